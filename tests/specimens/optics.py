"""Owns what light, lens, sensor and age do to a picture; moves nothing."""

from __future__ import annotations

import math
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.pixels import Pixels

Level: TypeAlias = NDArray[np.float32]
_LIGHT_WIDTH = 160


def even_light(width: int, height: int) -> Level:
    """Return a small map of light, 1 everywhere; it is enlarged when it is applied."""
    return np.ones((max(2, round(_LIGHT_WIDTH * height / width)), _LIGHT_WIDTH), np.float32)


def leaning_light(light: Level, strength: float, chance: np.random.Generator) -> Level:
    """Let the light fall off to one side, and a little to the corners."""
    rows, columns = np.mgrid[-1 : 1 : light.shape[0] * 1j, -1 : 1 : light.shape[1] * 1j]
    angle = chance.uniform(0, 2 * math.pi)
    along = (columns * math.cos(angle) + rows * math.sin(angle)) / math.sqrt(2)
    fall = 1 - strength * (along + 1) / 2
    vignette = 1 - 0.12 * (columns**2 + rows**2) / 2
    return np.asarray(light * fall * vignette, np.float32)


def hand_shadow(light: Level, depth: float, chance: np.random.Generator) -> Level:
    """Let a hand or a head stand in the light: a soft dark shape that comes in from an edge."""
    height, width = light.shape
    shape = np.zeros((height, width), np.uint8)
    side = chance.uniform(0, 2 * math.pi)
    middle = (
        round(width * (0.5 + 0.5 * math.cos(side))),
        round(height * (0.5 + 0.5 * math.sin(side))),
    )
    reach = (round(width * chance.uniform(0.3, 0.5)), round(height * chance.uniform(0.25, 0.4)))
    cv2.ellipse(shape, middle, reach, math.degrees(side), 0, 360, 255, -1)
    soft = cv2.GaussianBlur(shape, (0, 0), chance.uniform(3, 9)).astype(np.float32) / 255
    return np.asarray(light * (1 - depth * soft), np.float32)


def lit(pixels: Pixels, light: Level, tint: tuple[float, float, float] = (1, 1, 1)) -> Pixels:
    """Apply a map of light; ``tint`` is the lamp's colour."""
    height, width = pixels.shape[:2]
    scaled = np.clip(light[..., None] * np.asarray(tint, np.float32) * 200, 0, 255)
    large = cv2.resize(scaled.astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.multiply(pixels, large, scale=1 / 200).astype(np.uint8)


def glared(
    pixels: Pixels,
    middle: tuple[float, float],
    reach: tuple[float, float],
    strength: float = 1.0,
    angle: float = 0.0,
) -> Pixels:
    """Burn a lamp's reflection into a picture; middle and reach in pixels."""
    height, width = pixels.shape[:2]
    grid = even_light(width, height)
    step = width / grid.shape[1]
    rows, columns = np.mgrid[0 : grid.shape[0], 0 : grid.shape[1]].astype(np.float32)
    x, y = columns * step - middle[0], rows * step - middle[1]
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    near = ((x * cos + y * sin) / reach[0]) ** 2 + ((y * cos - x * sin) / reach[1]) ** 2
    core = np.clip(1.6 - near, 0, 1) * 255 + 130 * np.exp(-near / 1.8)
    added = np.clip(core * strength, 0, 255).astype(np.uint8)
    large = cv2.resize(added, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.add(pixels, cv2.cvtColor(large, cv2.COLOR_GRAY2RGB)).astype(np.uint8)


def softened(pixels: Pixels, sigma: float) -> Pixels:
    """Defocus."""
    if sigma <= 0.05:
        return pixels
    return cv2.GaussianBlur(pixels, (0, 0), sigma).astype(np.uint8)


def shaken(pixels: Pixels, length: float, angle: float) -> Pixels:
    """Move the camera along a line while the shutter is open."""
    side = max(3, math.ceil(length) | 1)
    kernel = np.zeros((side, side), np.float32)
    middle, reach = side // 2, length / 2
    dx, dy = reach * math.cos(math.radians(angle)), reach * math.sin(math.radians(angle))
    start = (round((middle - dx) * 16), round((middle - dy) * 16))
    end = (round((middle + dx) * 16), round((middle + dy) * 16))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_AA, 4)
    return cv2.filter2D(pixels, -1, kernel / kernel.sum()).astype(np.uint8)


def noisy(pixels: Pixels, sigma: float, chance: np.random.Generator) -> Pixels:
    """Add the sensor's noise: correlated a little, as it is after demosaicing."""
    if sigma <= 0:
        return pixels
    height, width = pixels.shape[:2]
    tile = chance.standard_normal((701, 709, 3), np.float32)
    tile = 0.75 * cv2.GaussianBlur(tile, (0, 0), 0.6) * 1.9 + 0.35 * tile[..., :1]
    grains = np.clip(np.rint(tile * sigma), -127, 127).astype(np.int8)
    times = (-(-height // grains.shape[0]), -(-width // grains.shape[1]), 1)
    field = np.tile(grains, times)[:height, :width]
    return cv2.add(pixels, np.ascontiguousarray(field), dtype=cv2.CV_8U).astype(np.uint8)


def through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    """Return what is left after the camera's own JPEG."""
    swapped = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, coded = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB)
    assert decoded is not None
    return decoded.astype(np.uint8)


def aged(pixels: Pixels, chance: np.random.Generator, is_card: bool) -> Pixels:
    """Fade, yellow, fold, scratch and dust a sheet."""
    height, width = pixels.shape[:2]
    fade = chance.uniform(0.72, 0.88)
    cast = np.array([chance.uniform(0.97, 1.0), chance.uniform(0.95, 0.98),
                     chance.uniform(0.86, 0.94)])  # fmt: skip
    levels = np.arange(256, dtype=np.float32)[:, None]
    table = np.clip((levels * fade + 255 * (1 - fade) * 0.86) * cast, 0, 255).astype(np.uint8)
    worn = cv2.LUT(pixels, table[:, None, :]).astype(np.uint8)
    light = even_light(width, height)
    cloud = cv2.resize(chance.standard_normal((7, 6), np.float32), light.shape[::-1],
                       interpolation=cv2.INTER_CUBIC)  # fmt: skip
    worn = lit(worn, np.asarray(np.minimum(1.2, light * (1 + 0.02 * cloud)), np.float32))
    if is_card:
        _scratch(worn, chance)
    else:
        _fold(worn, chance)
    return _dusted(worn, chance)


def _scratch(pixels: Pixels, chance: np.random.Generator) -> None:
    height, width = pixels.shape[:2]
    for _ in range(int(chance.integers(5, 12))):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        angle, length = chance.uniform(0, math.pi), chance.uniform(30, 220)
        end = (round(x + length * math.cos(angle)), round(y + length * math.sin(angle)))
        tone = int(chance.integers(205, 250))
        cv2.line(pixels, (round(x), round(y)), end, (tone, tone, tone), 1, cv2.LINE_AA)


def _fold(pixels: Pixels, chance: np.random.Generator) -> None:
    """Fold a sheet once or twice: a bright broken line, and shade beside it."""
    height, width = pixels.shape[:2]
    lines = [(0, 0.5)] if chance.random() < 0.4 else [(0, 0.5), (1, 0.5)]
    if chance.random() < 0.4:
        lines = [(0, 1 / 3), (0, 2 / 3)]
    for across, share in lines:
        at = round((height, width)[across] * share + chance.uniform(-20, 20))
        band = pixels[at - 24 : at + 24] if across == 0 else pixels[:, at - 24 : at + 24]
        shade = 1 - 0.10 * np.exp(-np.abs(np.arange(48) - 24) / 7.0)
        shade = shade[:, None, None] if across == 0 else shade[None, :, None]
        band[:] = (band * shade).astype(np.uint8)
        crease = band[22:26] if across == 0 else band[:, 22:26]
        broken = chance.random(crease.shape[:2]) < 0.55
        crease[broken] = np.clip(crease[broken].astype(np.int16) + 60, 0, 240).astype(np.uint8)


def _dusted(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    for _ in range(round(height * width / 45_000)):
        x, y = int(chance.integers(width)), int(chance.integers(height))
        tone = int(chance.integers(90, 190))
        cv2.circle(pixels, (x, y), int(chance.integers(1, 3)), (tone, tone, tone - 10), -1,
                   cv2.LINE_AA)  # fmt: skip
    return pixels
