"""Owns what is put on a paper that is not text: emblems, stamps, signatures, fine lines, codes."""

from __future__ import annotations

import math
import random
from typing import TypeAlias

import cv2
import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.imaging.pixels import Pixels
from tests.specimens.fonts import font
from tests.specimens.sheet import Ink, px

STAMP_BLUE: Ink = (52, 58, 158)
STAMP_PURPLE: Ink = (96, 52, 150)
PEN_BLUE: Ink = (28, 38, 120)
PEN_BLACK: Ink = (30, 30, 36)
Cover: TypeAlias = NDArray[np.floating]
Line: TypeAlias = NDArray[np.float64]


def white(width: int, height: int) -> Pixels:
    return np.full((height, width, 3), 255, np.uint8)


def fine_lines(
    base: Pixels,
    inks: tuple[Ink, ...],
    chance: random.Random,
    pitch_mm: float = 0.9,
    swing_mm: float = 2.2,
) -> Pixels:
    """Lay a guilloche over a sheet: families of waves, thinner than a printed letter."""
    drawn = base.copy()
    height, width = base.shape[:2]
    along = np.linspace(0, width, 160)
    for ink in inks:
        wave, phase = chance.uniform(8, 19), chance.uniform(0, 6.28)
        second, lean = chance.uniform(2.2, 4.5), chance.uniform(-0.18, 0.18)
        pitch, swing = px(pitch_mm * chance.uniform(0.8, 1.3)), px(swing_mm)
        curve = swing * (
            np.sin(along / px(wave) * 2 * np.pi + phase)
            + 0.5 * np.sin(along / px(wave * second) * 2 * np.pi)
        )
        for level in np.arange(-2 * swing - width * 0.2, height + 2 * swing + width * 0.2, pitch):
            points = np.stack([along, level + curve + lean * along], axis=1) * 16
            cv2.polylines(drawn, [points.astype(np.int32)], False, ink, 1, cv2.LINE_AA, shift=4)
    return drawn


def rosette(base: Pixels, x_mm: float, y_mm: float, radius_mm: float, ink: Ink) -> None:
    """Draw a round guilloche into a sheet."""
    turn = np.linspace(0, 2 * np.pi, 900)
    for step in range(9):
        reach = px(radius_mm) * (0.72 + 0.28 * np.cos(9 * turn + step * 0.7))
        points = np.stack(
            [px(x_mm) + reach * np.cos(turn), px(y_mm) + reach * np.sin(turn)], axis=1
        )
        cv2.polylines(base, [(points * 16).astype(np.int32)], True, ink, 1, cv2.LINE_AA, shift=4)


def emblem(size_mm: float, ink: Ink) -> Pixels:
    """Draw a bird with a shield: the place of the state emblem, not the emblem itself."""
    side = round(px(size_mm)) * 2
    image = Image.new("RGB", (side, side), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    middle = side / 2
    for wing in (-1, 1):
        for feather in range(7):
            angle = math.radians(12 + feather * 15)
            reach = side * (0.47 - 0.012 * feather)
            tip = (
                middle + wing * reach * math.cos(angle),
                side * (0.4 + 0.035 * feather) - reach * 0.62 * math.sin(angle),
            )
            root = (middle + wing * side * 0.08, side * (0.4 + 0.02 * feather))
            draw.line((root, tip), ink, max(1, side // 34))
    draw.ellipse((middle - side * 0.06, side * 0.08, middle + side * 0.06, side * 0.24), fill=ink)
    shield = [(0.38, 0.34), (0.62, 0.34), (0.62, 0.54), (0.5, 0.68), (0.38, 0.54)]
    draw.polygon([(x * side, y * side) for x, y in shield], (255, 255, 255), ink, side // 50)
    draw.line((middle, side * 0.34, middle, side * 0.68), ink, side // 60)
    draw.line((side * 0.38, side * 0.46, side * 0.62, side * 0.46), ink, side // 60)
    for feather in range(5):
        x = middle + (feather - 2) * side * 0.06
        draw.line((middle, side * 0.66, x, side * 0.86), ink, max(1, side // 40))
    draw.arc((side * 0.2, side * 0.72, side * 0.8, side * 0.94), 20, 160, ink, side // 24)
    return np.array(image.resize((side // 2, side // 2), Image.Resampling.LANCZOS))


def qr(text: str, module_mm: float) -> Pixels:
    """Draw a QR code with its quiet zone."""
    matrix = np.array(
        [[0 if dark else 255 for dark in row] for row in segno.make_qr(text, error="m").matrix],
        np.uint8,
    )
    matrix = np.pad(matrix, 3, constant_values=255)
    side = round(px(module_mm) * matrix.shape[0])
    grown = cv2.resize(matrix, (side, side), interpolation=cv2.INTER_NEAREST)
    return cv2.cvtColor(grown, cv2.COLOR_GRAY2RGB).astype(np.uint8)


def stamp(
    chance: random.Random, ring: str, middle: tuple[str, ...], diameter_mm: float, ink: Ink
) -> Pixels:
    """Draw a round office stamp, unevenly inked and a little turned."""
    side = round(px(diameter_mm)) * 2
    layer = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(layer)
    edge = side // 60
    for inset, width in ((0.01, edge * 2), (0.05, edge), (0.27, edge)):
        draw.ellipse((side * inset, side * inset, side * (1 - inset), side * (1 - inset)),
                     outline=255, width=width)  # fmt: skip
    _ring_text(layer, ring, side)
    size = side * 0.085
    top = side / 2 - (len(middle) - 1) * size * 0.6
    for index, text in enumerate(middle):
        draw.text((side / 2, top + index * size * 1.2), text, 255, font("sans-bold", size), "mm")
    turned = layer.rotate(chance.uniform(-18, 18), Image.Resampling.BICUBIC)
    cover = np.array(turned.resize((side // 2, side // 2), Image.Resampling.LANCZOS), np.float32)
    return inked(cover / 255 * _patchy(chance, side // 2, side // 2), ink)


def _ring_text(layer: Image.Image, text: str, side: int) -> None:
    letters = f"{text}  *  "
    size = side * 0.1
    cell = round(size * 2)
    for index, letter in enumerate(letters):
        angle = 360 * index / len(letters) - 115
        glyph = Image.new("L", (cell, cell), 0)
        middle = (cell / 2, cell / 2)
        ImageDraw.Draw(glyph).text(middle, letter, 255, font("sans-bold", size), "mm")
        turn = math.radians(angle)
        x = side / 2 + side * 0.34 * math.sin(turn) - cell / 2
        y = side / 2 - side * 0.34 * math.cos(turn) - cell / 2
        turned = glyph.rotate(-angle, Image.Resampling.BICUBIC)
        layer.paste(255, (round(x), round(y)), turned)


def _patchy(chance: random.Random, width: int, height: int) -> Cover:
    """Return how much ink reached the paper, in 0.35..1."""
    noise = np.random.default_rng(chance.randrange(2**31))
    coarse = cv2.resize(noise.random((9, 9), np.float32), (width, height),
                        interpolation=cv2.INTER_CUBIC)  # fmt: skip
    fine = cv2.GaussianBlur(noise.random((height, width), np.float32), (0, 0), 1.2)
    return np.clip(0.55 + 0.5 * coarse + 1.6 * (fine - 0.5), 0.35, 1.0).astype(np.float32)


def inked(cover: Cover, ink: Ink) -> Pixels:
    """Turn a cover of 0..1 into a picture that soaks into a sheet."""
    tone = np.asarray(ink, np.float32)
    soaked: Pixels = np.clip(255 - cover[..., None] * (255 - tone), 0, 255).astype(np.uint8)
    return soaked


def signature(chance: random.Random, width_mm: float, height_mm: float, ink: Ink) -> Pixels:
    """Draw an invented signature: a few loops of a pen."""
    width, height = round(px(width_mm)) * 2, round(px(height_mm)) * 2
    canvas = np.zeros((height, width), np.uint8)
    knots = chance.randint(8, 12)
    xs = np.linspace(width * 0.06, width * 0.94, knots)
    ys = np.array([chance.uniform(0.12, 0.88) * height for _ in range(knots)])
    xs = xs + np.array([chance.uniform(-0.07, 0.05) * width for _ in range(knots)])
    times = np.linspace(0, knots - 1, 700)
    curve = np.stack([_smooth(xs, times), _smooth(ys, times)], axis=1)
    pressure = 1.6 + np.abs(np.sin(times * 1.7)) * 3.4
    for start, end, weight in zip(curve[:-1], curve[1:], pressure[:-1], strict=True):
        first = (int(start[0] * 16), int(start[1] * 16))
        last = (int(end[0] * 16), int(end[1] * 16))
        cv2.line(canvas, first, last, 255, max(1, round(float(weight) + 2)), cv2.LINE_AA, 4)
    small = cv2.resize(canvas, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return inked(small.astype(np.float32) / 255 * 0.92, ink)


def _smooth(
    knots: Line,
    times: Line,
) -> Line:
    """Run a Catmull-Rom curve through the knots."""
    padded = np.concatenate([[knots[0]], knots, [knots[-1], knots[-1]]])
    index = np.minimum(times.astype(int), len(knots) - 1)
    part = times - index
    before, here, after, last = (padded[index + step] for step in range(4))
    smooth: Line = 0.5 * (
        2 * here
        + (after - before) * part
        + (2 * before - 5 * here + 4 * after - last) * part**2
        + (3 * here - before - 3 * after + last) * part**3
    )
    return smooth
