"""Cuts a page out of a capture and makes it a rectangle again.

Never makes it larger than it was taken, and never copies more of the capture than it needs.
"""

from __future__ import annotations

import cv2
import numpy as np

from app.imaging.pixels import Pixels
from app.imaging.preparing.geometry import Quad, side_lengths
from app.imaging.preparing.views import by_whole_steps

#: Reading pixels from further apart than this would skip some: they are averaged first.
_SKIPPING = 1.6
#: A rectangle seen straight from above; corners are not known better than this.
_NO_PERSPECTIVE_PX = 0.05
_CLOCKWISE = {
    1: cv2.ROTATE_90_CLOCKWISE,
    2: cv2.ROTATE_180,
    3: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def straightened(pixels: Pixels, quad: Quad, width: int, height: int) -> Pixels:
    """Return the outline's inside as a picture of this size; what lies outside is prolonged."""
    if _is_whole(pixels, quad, width, height):
        return pixels
    cut, corner = _around(pixels, quad)
    quad = quad - corner
    cut, quad = _thinned(cut, quad, width, height)
    # Corners are told between pixels, matrices speak of pixels' middles.
    there = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform((quad - 0.5).astype(np.float32), there.astype(np.float32))
    size, edge = (width, height), cv2.BORDER_REPLICATE
    # Linear would be four times as fast, and small letters would be lost.
    if np.abs(quad[0] - quad[1] + quad[2] - quad[3]).max() < _NO_PERSPECTIVE_PX:
        # What lay flat on a glass: the same picture in three quarters of the time.
        made = cv2.warpAffine(cut, matrix[:2], size, flags=cv2.INTER_CUBIC, borderMode=edge)
    else:
        made = cv2.warpPerspective(cut, matrix, size, flags=cv2.INTER_CUBIC, borderMode=edge)
    return np.asarray(made, np.uint8)


def turned(pixels: Pixels, turns: int) -> Pixels:
    """Return the picture after some clockwise quarter turns."""
    code = _CLOCKWISE.get(turns % 4)
    return pixels if code is None else np.asarray(cv2.rotate(pixels, code), np.uint8)


def _thinned(cut: Pixels, quad: Quad, width: int, height: int) -> tuple[Pixels, Quad]:
    """Average what would be skipped on the way to this size; whole steps go ten times as fast."""
    lengths = side_lengths(quad)
    skipping = min(
        max(lengths[0], lengths[2]) / max(width, 1), max(lengths[1], lengths[3]) / max(height, 1)
    )
    if skipping <= _SKIPPING:
        return cut, quad
    if skipping >= 2:
        steps = int(skipping)
        return _thinned(by_whole_steps(cut, steps), quad / steps, width, height)
    across = max(1, round(cut.shape[1] / skipping * 1.15))
    down = max(1, round(cut.shape[0] / skipping * 1.15))
    made = cv2.resize(cut, (across, down), interpolation=cv2.INTER_AREA)
    return np.asarray(made, np.uint8), quad * (across / cut.shape[1], down / cut.shape[0])


def _is_whole(pixels: Pixels, quad: Quad, width: int, height: int) -> bool:
    if pixels.shape[:2] != (height, width):
        return False
    there = np.array(((0, 0), (width, 0), (width, height), (0, height)))
    return bool(np.abs(quad - there).max() < 0.25)


def _around(pixels: Pixels, quad: Quad) -> tuple[Pixels, tuple[int, int]]:
    """Return the part of the capture that holds the outline, and where it begins."""
    height, width = pixels.shape[:2]
    low = np.clip(np.floor(quad.min(axis=0)).astype(int) - 4, 0, (width - 1, height - 1))
    high = np.clip(np.ceil(quad.max(axis=0)).astype(int) + 4, low + 1, (width, height))
    return pixels[low[1] : high[1], low[0] : high[0]], (int(low[0]), int(low[1]))
