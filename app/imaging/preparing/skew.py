"""Measures by how little a scanned page lies askew: its lines of text are level or they are not.

Never looks for more than a few degrees; an askew paper with visible edges is found by those.
"""

from __future__ import annotations

import numpy as np

from app.imaging.pixels import Pixels
from app.imaging.preparing.geometry import Floats
from app.imaging.preparing.upright import ink_of
from app.imaging.preparing.views import reduced

_SEEN_PX = 1400
_MOST_DEG = 6.0
_MOST_POINTS = 40_000
#: A page whose rows stand out less than this from chance has no lines to go by.
_LEAST_CONTRAST = 1.12


def skew_deg(page: Pixels) -> float:
    """Return by how many degrees, clockwise, level lines of the page lean; 0 when none are seen."""
    small, _ = reduced(page, _SEEN_PX)
    down, right = np.nonzero(ink_of(small)[::1, ::1])
    if len(down) < 400:
        return 0.0
    step = max(1, len(down) // _MOST_POINTS)
    points = np.stack((right[::step], down[::step])).astype(np.float64)
    coarse = np.arange(-_MOST_DEG, _MOST_DEG + 0.01, 0.25)
    sharpness = np.array([_row_contrast(points, angle) for angle in coarse])
    best = float(coarse[int(np.argmax(sharpness))])
    if sharpness.max() < _LEAST_CONTRAST * float(np.median(sharpness)):
        return 0.0
    fine = best + np.arange(-0.3, 0.301, 0.02)
    contrast = np.array([_row_contrast(points, angle) for angle in fine])
    near = contrast > 0.5 * (contrast.max() + contrast.min())
    return float(np.average(fine[near], weights=contrast[near] - contrast.min()))


def _row_contrast(points: Floats, angle_deg: float) -> float:
    """Return how unevenly the ink falls into rows that lean by an angle."""
    angle = np.radians(angle_deg)
    rows = points[1] * np.cos(angle) - points[0] * np.sin(angle)
    counts = np.bincount((rows - rows.min()).astype(np.intp)).astype(np.float64)
    return float((counts**2).sum())
