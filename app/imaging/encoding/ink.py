"""Tells ink from paper on one page, pixel by pixel, and what lies under and in it.

Looks at brightness against the surroundings only: no letter is recognised and none is mended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.pixels import Gray, Pixels

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
_MM_PER_INCH = 25.4
#: Wider than a stroke of a heading, narrower than a photograph.
_PAPER_MM = 4.0
#: Ink is compared with the blackest ink this near: a hair line beside a bold letter stays whole.
_STROKE_MM = 1.2
#: Noise and the comb of a camera's JPEG go, a letter's corners stay.
_SOFTEN = 0.4
#: Fewer joined pixels than a full stop of small print has.
_LEAST_SPECK_MM2 = 0.03
#: What a cell's surroundings weigh against the share of it that is its own.
_TRUST = 0.02


@dataclass(frozen=True)
class Ground:
    """The brightness of the paper and of the ink around every pixel."""

    paper: Floats
    ink: Floats


def ground(gray: Gray, dpi: float) -> Ground:
    """Return how bright paper and ink are in each pixel's surroundings."""
    height, width = gray.shape
    step = max(1, round(dpi / 120))
    size = (max(1, width // step), max(1, height // step))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    per_mm = dpi / step / _MM_PER_INCH
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, _disc(_PAPER_MM * per_mm))
    paper = cv2.GaussianBlur(paper, (0, 0), per_mm)
    ink = cv2.dilate(cv2.erode(small, _disc(_STROKE_MM * per_mm)), _disc(_STROKE_MM * per_mm / 3))
    ink = cv2.GaussianBlur(ink, (0, 0), per_mm / 6)
    whole = [
        cv2.resize(layer, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        for layer in (paper, ink)
    ]
    return Ground(whole[0], whole[1])


def find_ink(gray: Gray, dpi: float, around: Ground, least: float, fineness: float = 1.0) -> Mask:
    """Return where ink is: darker than halfway between the paper and the blackest ink nearby.

    Args:
        gray: the page.
        dpi: of the page.
        around: what ``ground`` found.
        least: how much darker than the paper ink is, at least, as a share of the paper.
        fineness: how many pixels of the mask are as wide as one of the page.
    """
    soft = cv2.GaussianBlur(gray.astype(np.float32), (0, 0), _SOFTEN)
    depth = around.paper - around.ink
    edge = np.asarray(around.paper - np.float32(0.5) * depth - soft, np.float32)
    near = (depth > least * around.paper).astype(np.uint8)
    if fineness != 1.0:
        # A thin stroke's gray tells where within a pixel its edge lies.
        size = (round(gray.shape[1] * fineness), round(gray.shape[0] * fineness))
        edge = cv2.resize(edge, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        near = cv2.resize(near, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    return _without_specks((edge > 0) & (near > 0), dpi * fineness)


def _without_specks(mask: Mask, dpi: float) -> Mask:
    least = _LEAST_SPECK_MM2 * (dpi / _MM_PER_INCH) ** 2
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    is_kept = boxes[:, cv2.CC_STAT_AREA] >= least
    is_kept[0] = False
    return np.asarray(is_kept[labels], np.bool_)


def filled(pixels: Pixels, weights: Floats, size: tuple[int, int]) -> Pixels:
    """Return the wanted pixels' colours as a smaller picture, spread to where none is wanted.

    Args:
        pixels: the page.
        weights: how much each of its pixels counts.
        size: width and height of what is returned.
    """
    return _spread((pixels[:, :, one] * weights for one in range(3)), weights, size)


def fitted(pixels: Pixels, paper: Pixels, cover: Floats, size: tuple[int, int]) -> Pixels:
    """Return the ink whose soft strokes on this paper come closest to the page.

    Ink is darker than what is seen of it: most of a thin stroke is its own soft edge.

    Args:
        pixels: the page.
        paper: the page without ink, as it will be drawn.
        cover: how much of each pixel ink covers, 0 to 1.
        size: width and height of what is returned.
    """
    # Least squares: cover * ink + (1 - cover) * paper = page.
    return _spread(
        (cover * (pixels[:, :, one] - (1 - cover) * paper[:, :, one]) for one in range(3)),
        cover * cover,
        size,
    )


def _spread(weighted: Iterable[Floats], weights: Floats, size: tuple[int, int]) -> Pixels:
    weight = cv2.resize(weights, size, interpolation=cv2.INTER_AREA)
    channels = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in weighted]
    layers = [(np.dstack(channels), weight)]
    while min(layers[-1][1].shape) > 2 and float(layers[-1][1].min()) < 1e-3:
        colour, weight = layers[-1]
        half = (max(1, weight.shape[1] // 2), max(1, weight.shape[0] // 2))
        layers.append((
            cv2.resize(colour, half, interpolation=cv2.INTER_AREA),
            cv2.resize(weight, half, interpolation=cv2.INTER_AREA),
        ))  # fmt: skip
    colour, weight = layers.pop()
    spread = colour / np.maximum(weight, 1e-6)[:, :, None]
    while layers:
        colour, weight = layers.pop()
        below = cv2.resize(
            spread, (weight.shape[1], weight.shape[0]), interpolation=cv2.INTER_LINEAR
        )
        # A cell with a trace of its own colour leans on its surroundings.
        spread = (colour + _TRUST * below) / (weight + _TRUST)[:, :, None]
    return np.clip(np.rint(spread), 0, 255).astype(np.uint8)


def _disc(diameter: float) -> NDArray[np.uint8]:
    side = max(1, round(diameter)) | 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)).astype(np.uint8)
