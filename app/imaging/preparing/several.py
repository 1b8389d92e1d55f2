"""Takes several papers on one glass apart, in the order in which one reads them.

Papers that touch stay together; a person sees it and scans them again.
"""

from __future__ import annotations

import cv2
import numpy as np

from app.imaging.pixels import Gray, Pixels
from app.imaging.preparing.finding import Found
from app.imaging.preparing.fitting import fit_sides
from app.imaging.preparing.flat import as_rectangle
from app.imaging.preparing.geometry import (
    Quad,
    angles_deg,
    areas,
    clockwise,
    overlap,
    side_lengths,
)
from app.imaging.preparing.views import FIT_PX, View, above, distance_to_table, reduced, search_view

#: A photo of 3 x 4 cm on an A4 glass.
_LEAST_SHARE = 0.012
_MOST_PAPERS = 12
#: Long over short side; the lid's own rim is longer.
_LONGEST = 3.5
#: Of its own rectangle, a paper covers at least this much.
_LEAST_FILL = 0.80
_LEVELS = (8, 14, 24, 40)
_TINTS = (0.8, 1.5, 3.0)


def find_several(pixels: Pixels) -> tuple[Found, ...]:
    """Return the papers on a glass; none when no two can be told apart from the lid."""
    small, scale = reduced(pixels, FIT_PX)
    view = search_view(small, 800)
    best: list[Quad] = []
    for mask in _masks(view):
        papers = _papers(mask)
        if sum(map(_area, papers)) > 1.02 * sum(map(_area, best)) and len(papers) >= len(best):
            best = papers
    if len(best) < 2:
        return ()
    found = []
    for quad in best[:_MOST_PAPERS]:
        coarse = quad / view.scale
        reach = min(max(0.02 * float(side_lengths(coarse).min()), 6.0), 14.0)
        fitted = fit_sides(small, coarse, reach, reach / 3)
        is_held = np.abs(angles_deg(fitted) - 90).max() < 3 and overlap(fitted, coarse) > 0.9
        sheet = as_rectangle(fitted if is_held else coarse) / scale
        found.append(Found(sheet, 0.9 if is_held else 0.6))
    return tuple(sorted(found, key=lambda paper: _reading_order(paper.quad, pixels.shape[0])))


def _masks(view: View) -> list[Gray]:
    """Set papers off from the lid by brightness and colour, and by their tint alone.

    The lid is white too, and its light uneven; but it has no colour, and most papers have a little.
    """
    away = cv2.GaussianBlur(distance_to_table(view.plain), (3, 3), 0)
    tint = cv2.GaussianBlur(view.lab[..., 1:].astype(np.float32), (0, 0), 2.5)
    tint_away = np.abs(tint - np.median(tint, axis=(0, 1))).sum(axis=2)
    return [above(away, level) for level in _LEVELS] + [above(tint_away, level) for level in _TINTS]


def _area(quad: Quad) -> float:
    return float(areas(quad))


def _papers(mask: Gray) -> list[Quad]:
    closed = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    papers = []
    for contour in contours:
        hull = cv2.convexHull(contour)
        (_, (wide, high), _) = rectangle = cv2.minAreaRect(hull)
        if not _LEAST_SHARE * mask.size <= wide * high <= 0.95 * mask.size:
            continue
        if max(wide, high) > _LONGEST * min(wide, high):
            continue
        if cv2.contourArea(hull) >= _LEAST_FILL * wide * high:
            papers.append(clockwise(np.asarray(cv2.boxPoints(rectangle), np.float64)))
    return sorted(papers, key=_area, reverse=True)


def _reading_order(quad: Quad, height: int) -> tuple[int, float]:
    """Rows of a quarter of the glass, from left to right within each."""
    middle = quad.mean(axis=0)
    return int(4 * middle[1] / height), float(middle[0])
