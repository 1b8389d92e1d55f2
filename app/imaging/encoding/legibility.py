"""How much of a page's writing and of its pictures is still there after encoding, by measure.

Compares a drawn page with the prepared one it came from; knows nothing of how it was encoded.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.pixels import Gray

_MM_PER_INCH = 25.4
#: One letter or two.
_TILE_MM = 2.8
#: Anything softer than this is no writing.
_PAPER_MM = 1.5
#: What a scanner's noise is worth: structure below it does not count.
_NOISE = 7.0
#: What is broad is looked at on every fourth pixel.
_STEP = 4
#: Writing stands out from its surroundings by this much, root mean square over a tile.
_WRITTEN = 15.0
_SSIM = ((0.01 * 255) ** 2, (0.03 * 255) ** 2)


@dataclass(frozen=True)
class Kept:
    """What stayed, tile by tile."""

    #: 0 to 1: how alike the tile's dark and bright parts are.
    likeness: NDArray[np.float32]
    #: Whether there is writing in it.
    is_written: NDArray[np.bool_]

    def legibility(self) -> float:
        """Return the likeness that all but one in fifty tiles with writing reach."""
        written = self.likeness[self.is_written]
        return float(np.quantile(written, 0.02)) if written.size else 1.0


def kept(before: Gray, after: Gray, dpi: float) -> Kept:
    """Compare two pictures of one page."""
    first, second = _detail(before, dpi), _detail(after, dpi)
    tile = _TILE_MM * dpi / _MM_PER_INCH
    size = (max(1, round(before.shape[1] / tile)), max(1, round(before.shape[0] / tile)))

    def mean(layer: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.resize(layer, size, interpolation=cv2.INTER_AREA), np.float32)

    power, other, shared = mean(first * first), mean(second * second), mean(first * second)
    noise = _NOISE**2
    likeness = (2 * shared + noise) / (power + other + noise)
    return Kept(np.clip(likeness, 0, 1).astype(np.float32), power > _WRITTEN**2)


def _detail(gray: Gray, dpi: float) -> NDArray[np.float32]:
    """Return what is finer than the paper's own shades and coarser than noise."""
    fine = cv2.GaussianBlur(gray.astype(np.float32), (0, 0), max(0.5, dpi / 375))
    size = (gray.shape[1], gray.shape[0])
    few = (max(1, size[0] // _STEP), max(1, size[1] // _STEP))
    small = cv2.resize(fine, few, interpolation=cv2.INTER_AREA)
    broad = cv2.GaussianBlur(small, (0, 0), _PAPER_MM * dpi / _MM_PER_INCH / _STEP)
    return np.asarray(fine - cv2.resize(broad, size, interpolation=cv2.INTER_LINEAR), np.float32)


def similarity(before: Gray, after: Gray) -> float:
    """Return the structural similarity (SSIM, Gaussian window of 1.5 pixels) of two pictures."""
    x, y = before.astype(np.float32), after.astype(np.float32)

    def mean(layer: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(layer, (11, 11), 1.5), np.float32)

    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    luminance = (2 * mx * my + _SSIM[0]) / (mx * mx + my * my + _SSIM[0])
    structure = (2 * vxy + _SSIM[1]) / (vx + vy + _SSIM[1])
    return float((luminance * structure).mean())
