"""Finds a paper of known size on a scanner's glass when its edge is all but white on white.

The print says roughly where it lies; its edges are then looked for as pairs at the right distance.
"""

from __future__ import annotations

import cv2
import numpy as np

from app.imaging.pixels import Pixels
from app.imaging.preparing.finding import Found
from app.imaging.preparing.geometry import Floats, Quad, clockwise
from app.imaging.preparing.sizes import MM_PER_INCH
from app.imaging.preparing.skew import skew_deg
from app.imaging.preparing.views import lab_of, reduced, steepest

_SEEN_PX = 1200
#: Of a paper's length and height, printing covers at least this much.
_LEAST_COVERED = 0.55
#: How much smaller or larger than its kind a paper is, and a scanner makes it.
_REACH = 0.015
#: The room around the paper in which its edges are looked for, as a share of its size.
_ROOM = 1.3
#: An edge this many times clearer than what is around it leaves no doubt.
_CLEAR = 2.5


def find_by_size(pixels: Pixels, size_mm: tuple[float, float], dpi: float) -> Found | None:
    """Return where a paper of a known size lies, or None when no print could be on one.

    Args:
        pixels: what the scanner saw.
        size_mm: long side and short side.
        dpi: of the scanner.
    """
    small, scale = reduced(pixels, _SEEN_PX)
    printed = _printed(small)
    if printed is None:
        return None
    centre, (across, down), angle = printed
    per_mm = dpi / MM_PER_INCH * scale
    wide, high = (side * per_mm for side in (size_mm if across >= down else size_mm[::-1]))
    if not (_LEAST_COVERED < across / wide < 1.03 and _LEAST_COVERED < down / high < 1.03):
        return None
    level, there = _levelled(small, centre, angle, wide, high)
    angle += skew_deg(level)
    level, there = _levelled(small, centre, angle, wide, high)
    rightwards, downwards = _slopes(level, small, there)
    (left, right), x_clear = _edge_pair(rightwards, wide, across)
    (top, bottom), y_clear = _edge_pair(downwards.T, high, down)
    corners = np.array(((left, top), (right, top), (right, bottom), (left, bottom)), np.float64)
    back = cv2.invertAffineTransform(there)
    quad: Quad = (corners @ back[:, :2].T + back[:, 2]) / scale
    is_clear = min(x_clear, y_clear) > _CLEAR
    return Found(clockwise(quad), 0.85 if is_clear else 0.5)


def _printed(small: Pixels) -> tuple[tuple[float, float], tuple[float, float], float] | None:
    """Return middle, size and angle (within 45 degrees of level) of what is printed."""
    gray = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    edges = cv2.Canny(gray, 40, 120)
    reach = max(5, round(0.02 * max(small.shape[:2])) | 1)
    joined = cv2.dilate(edges, np.ones((reach, reach), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    # Dust is a speck; a word, widened, is several times as long as high.
    are_print = stats[:count, cv2.CC_STAT_AREA] >= 3 * reach * reach
    are_print[0] = False
    ys, xs = np.nonzero(are_print[labels] & (np.asarray(edges) > 0))
    points = np.stack((xs, ys), axis=1).astype(np.int32)
    if len(points) < 50:
        return None
    centre, (across, down), angle = cv2.minAreaRect(points)
    if angle > 45:
        across, down, angle = down, across, angle - 90
    return (float(centre[0]), float(centre[1])), (float(across), float(down)), float(angle)


def _levelled(
    small: Pixels, centre: tuple[float, float], angle: float, wide: float, high: float
) -> tuple[Pixels, Floats]:
    """Return the surroundings of the print set level, and the way there."""
    size = max(16, round(wide * _ROOM)), max(16, round(high * _ROOM))
    there = cv2.getRotationMatrix2D(centre, angle, 1.0)
    there[:, 2] += np.array((size[0] / 2 - centre[0], size[1] / 2 - centre[1]))
    level = cv2.warpAffine(
        small, there, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(level, np.uint8), np.asarray(there, np.float64)


def _slopes(level: Pixels, small: Pixels, there: Floats) -> tuple[Floats, Floats]:
    """Return how steep the surroundings are to the right and downwards; 0 outside the picture."""
    right, down = steepest(lab_of(cv2.GaussianBlur(level, (0, 0), 1.0)))
    height, width = level.shape[:2]
    held = cv2.warpAffine(np.ones(small.shape[:2], np.uint8), there, (width, height))
    held = cv2.erode(held, np.ones((7, 7), np.uint8), borderValue=0)
    return np.abs(right) * held, np.abs(down) * held


def _edge_pair(slopes: Floats, wanted: float, printed: float) -> tuple[tuple[float, float], float]:
    """Return the two columns, so far apart as wanted, where edges stand; and how clear they are.

    Args:
        slopes: from left to right; its middle is the print's.
        wanted: how far apart the edges are.
        printed: how far the print reaches; it lies between them.
    """
    rows = len(slopes)
    strength = np.median(slopes[rows // 5 : max(rows - rows // 5, rows // 5 + 1)], axis=0) + 0.2
    middle = len(strength) / 2
    best, places = -1.0, (middle - wanted / 2, middle + wanted / 2)
    for distance in range(round(wanted * (1 - _REACH)), round(wanted * (1 + _REACH)) + 1):
        slack = max(1, round((distance - min(printed, distance)) / 2) + 2)
        first = round(middle - distance / 2)
        for start in range(max(first - slack, 0), first + slack + 1):
            if start + distance < len(strength):
                both = float(min(strength[start], strength[start + distance]))
                if both > best:
                    best, places = both, (start + 0.5, start + distance + 0.5)
    return places, best / float(np.median(strength))
