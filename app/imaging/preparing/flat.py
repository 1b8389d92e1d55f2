"""Finds the page on a scanner's picture, where nothing is seen from aslant.

Never cuts printing off: a frame or a picture printed on a page is not its edge.
"""

from __future__ import annotations

import cv2
import numpy as np

from app.domain.catalogue import Look
from app.imaging.pixels import Pixels
from app.imaging.preparing.finding import Found, find
from app.imaging.preparing.geometry import Floats, Quad, angles_deg, areas, side_lengths, whole
from app.imaging.preparing.glass import find_by_size
from app.imaging.preparing.sizes import MM_PER_INCH, PAPERS_MM
from app.imaging.preparing.skew import skew_deg
from app.imaging.preparing.views import FIT_PX, reduced, search_view

#: A sheet on glass has right angles; a fitted outline may be off by so much.
_SQUARE_DEG = 2.5
_LEAST_CONFIDENCE = 0.15
#: Where a square outline holds all the printing, nothing is lost by believing it.
_HOLDS_ALL = 0.6
#: Of the printing seen: so little of it may lie outside a page's edge (dust, the lid's own marks).
_MOST_PRINT_OUTSIDE = 0.02
#: How far a paper's measured size may be from what its kind has.
_SIZE_REACH = 0.05
#: A dark rim of the scanner's lid is cut off up to this share of a side.
_MOST_TRIMMED = 0.15
#: How sure one may be of a page that fills its picture, since there is nothing to compare.
_FILLS = 0.85
_SKEW_SEEN_DEG = 0.04


def find_flat(pixels: Pixels, look: Look, dpi: float | None) -> Found:
    """Return the paper on the glass, or the whole picture, set level."""
    small, scale = reduced(pixels, FIT_PX)
    found = _find_on_small(small, look, None if dpi is None else dpi * scale)
    height, width = small.shape[:2]
    # What is rounded when a picture is made smaller must not cut a line of it off.
    exact = np.array((pixels.shape[1] / width, pixels.shape[0] / height))
    return Found(found.quad * exact, found.confidence)


def _find_on_small(pixels: Pixels, look: Look, dpi: float | None) -> Found:
    found = find(pixels, look)
    known = PAPERS_MM.get(look.shape)
    is_edge = found.confidence >= _LEAST_CONFIDENCE and _is_square(found.quad)
    if dpi is not None and known is not None:
        if is_edge and _has_size(found.quad, known, dpi):
            return Found(as_rectangle(found.quad), max(found.confidence, 0.9))
        by_size = find_by_size(pixels, known, dpi)
        if by_size is not None:
            return by_size
        is_edge = is_edge and _is_as_large(found.quad, known, dpi)
    if is_edge and _print_outside(pixels, found.quad) <= _MOST_PRINT_OUTSIDE:
        return Found(as_rectangle(found.quad), max(found.confidence, _HOLDS_ALL))
    if dpi is not None and known is not None and _is_too_large(pixels, known, dpi):
        # A card is asked for and nothing like one is seen on all this glass.
        return Found(_level(pixels), 0.2)
    return Found(_level(pixels), _FILLS)


def as_rectangle(quad: Quad) -> Quad:
    """Return the rectangle nearest to an outline that is almost one."""
    centre = quad.mean(axis=0)
    sides = np.roll(quad, -1, axis=0) - quad
    across, down = (sides[0] - sides[2]) / 2, (sides[1] - sides[3]) / 2
    # The longer side tells the direction better.
    along = across if np.hypot(*across) >= np.hypot(*down) else np.array((down[1], -down[0]))
    along = along / max(float(np.hypot(*along)), 1e-9)
    upright = np.array((-along[1], along[0]))
    half_wide = along * float(np.hypot(*across)) / 2
    half_high = upright * float(np.hypot(*down)) / 2
    return np.array(
        (
            centre - half_wide - half_high,
            centre + half_wide - half_high,
            centre + half_wide + half_high,
            centre - half_wide + half_high,
        )
    )


def _is_square(quad: Quad) -> bool:
    return bool(np.abs(angles_deg(quad) - 90).max() <= _SQUARE_DEG)


def _has_size(quad: Quad, known: tuple[float, float], dpi: float) -> bool:
    return bool(np.abs(_size_mm(quad, dpi) / known - 1).max() <= _SIZE_REACH)


def _is_as_large(quad: Quad, known: tuple[float, float], dpi: float) -> bool:
    """Tell whether an outline is no smaller than the paper awaited: no frame printed on it."""
    return bool((_size_mm(quad, dpi) / known).min() >= 1 - _SIZE_REACH)


def _size_mm(quad: Quad, dpi: float) -> Floats:
    """Return the long and the short side."""
    top, right, bottom, left = side_lengths(quad) / dpi * MM_PER_INCH
    return np.sort(np.array(((top + bottom) / 2, (right + left) / 2)))[::-1]


def _is_too_large(pixels: Pixels, known: tuple[float, float], dpi: float) -> bool:
    return bool(max(pixels.shape[:2]) / dpi * MM_PER_INCH > 1.35 * known[0])


def _print_outside(pixels: Pixels, quad: Quad) -> float:
    """Return which share of all the printing lies outside an outline."""
    small, scale = reduced(pixels, 1000)
    edges = cv2.Canny(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (3, 3), 0), 40, 120)
    inside = np.zeros(edges.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.round(quad * scale).astype(np.int32), 255)
    near = cv2.dilate(inside, np.ones((25, 25), np.uint8))
    every = max(int(np.count_nonzero(edges)), 1)
    return float(np.count_nonzero(np.asarray(edges)[np.asarray(near) == 0])) / every


def _level(pixels: Pixels) -> Quad:
    """Return the picture's whole area without a dark rim, turned until its lines are level."""
    height, width = pixels.shape[:2]
    quad = _without_dark_rim(pixels)
    left, top = np.floor(quad[0]).astype(int)
    right, bottom = np.ceil(quad[2]).astype(int)
    angle = skew_deg(pixels[top:bottom, left:right]) if areas(quad) > 0 else 0.0
    if abs(angle) < _SKEW_SEEN_DEG:
        return quad
    centre = quad.mean(axis=0)
    turn = np.radians(angle)
    rotation = np.array(((np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))))
    turned: Floats = centre + (quad - centre) @ rotation
    return turned


def _without_dark_rim(pixels: Pixels) -> Quad:
    height, width = pixels.shape[:2]
    small, scale = reduced(pixels, 800)
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float64)
    dark = 0.4 * float(np.percentile(gray, 80))
    rows, columns = np.percentile(gray, 70, axis=1), np.percentile(gray, 70, axis=0)
    top, bottom = _dark_ends(rows, dark)
    left, right = _dark_ends(columns, dark)
    quad = whole(width, height)
    quad[:, 0] = np.clip((left, width * scale - right) * np.array(1 / scale), 0, width)[
        [0, 1, 1, 0]
    ]
    quad[:, 1] = np.clip((top, height * scale - bottom) * np.array(1 / scale), 0, height)[
        [0, 0, 1, 1]
    ]
    return quad


def _dark_ends(levels: Floats, dark: float) -> tuple[int, int]:
    """Return how many rows at either end are the lid's; none when they would be too many."""
    bright = np.flatnonzero(levels > dark)
    if len(bright) == 0:
        return 0, 0
    most = _MOST_TRIMMED * len(levels)
    before, after = int(bright[0]), len(levels) - 1 - int(bright[-1])
    return before + 2 if 0 < before <= most else 0, after + 2 if 0 < after <= most else 0


def is_drawn(pixels: Pixels) -> bool:
    """Tell whether a picture without a known resolution is a drawn or scanned page all the same.

    A camera's picture is never so evenly white all around.
    """
    plain = search_view(pixels, 400).lab
    band = max(2, min(plain.shape[:2]) // 60)
    rim = np.concatenate(
        [
            plain[:band].reshape(-1, 3),
            plain[-band:].reshape(-1, 3),
            plain[:, :band].reshape(-1, 3),
            plain[:, -band:].reshape(-1, 3),
        ]
    ).astype(np.float64)
    return bool(
        np.percentile(rim[:, 0], 12) >= 245 and np.percentile(np.abs(rim[:, 1:] - 128), 88) <= 3
    )
