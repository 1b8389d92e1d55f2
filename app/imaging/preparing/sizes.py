"""Owns how large papers are, and how many dots an inch of them has on a picture.

Never guesses a resolution that would make a page larger than it was taken.
"""

from __future__ import annotations

import math

import numpy as np

from app.domain.catalogue import Look
from app.imaging.preparing.geometry import Quad, side_lengths

MM_PER_INCH = 25.4
#: The finest that a page is kept in; more dots say nothing more about it.
MOST_DPI = 300.0
#: Long and short side in mm.
PAPERS_MM: dict[str, tuple[float, float]] = {
    "card": (85.6, 53.98),
    "passport": (125.0, 88.0),
    "a4": (297.0, 210.0),
}
#: Also met on Indonesian counters where any paper may come: folio (F4) and quarto.
_COMMON_RATIOS = (297.0 / 210.0, 330.0 / 215.0, 85.6 / 53.98)
#: Within this of a known ratio, a measured one is taken to be that paper.
_SAME_PAPER = 0.075
_SAME_ANY = 0.045
#: Sides that differ less than this are seen straight from above: no perspective to undo.
_STRAIGHT_ABOVE = 0.02


def measured_ratio(quad: Quad, width: int, height: int) -> float:
    """Return width over height of the sheet behind an outline, with the perspective undone.

    After Zhang and He, "Whiteboard scanning and image enhancement" (2007): the corners of a
    rectangle and a camera that looks at the picture's middle leave one unknown, its focal length,
    and that cancels out.
    """
    top, right, bottom, left = side_lengths(quad)
    plain = float((top + bottom) / max(left + right, 1e-9))
    unevenness = max(abs(top - bottom) / max(top, bottom), abs(left - right) / max(left, right))
    if unevenness < _STRAIGHT_ABOVE:
        return plain
    centred = quad - (width / 2, height / 2)
    m1, m2, m4, m3 = (np.array((x, y, 1.0)) for x, y in (centred[0], centred[1], *centred[2:]))
    k2 = _quotient(np.cross(m1, m4) @ m3, np.cross(m2, m4) @ m3)
    k3 = _quotient(np.cross(m1, m4) @ m2, np.cross(m3, m4) @ m2)
    n2, n3 = k2 * m2 - m1, k3 * m3 - m1
    if abs(n2[2] * n3[2]) < 1e-6:
        return plain
    focal_squared = -(n2[0] * n3[0] + n2[1] * n3[1]) / (n2[2] * n3[2])
    longest = max(width, height)
    # The sum is ill-conditioned; cameras that are held over papers see 45 to 65 degrees.
    focal_squared = min(max(float(focal_squared), (0.85 * longest) ** 2), (1.25 * longest) ** 2)
    scale = np.array((1 / focal_squared, 1 / focal_squared, 1.0))
    ratio = math.sqrt(float((n2**2 * scale).sum() / max(float((n3**2 * scale).sum()), 1e-12)))
    # Far from what is plainly seen, the sum was too ill-conditioned to be believed.
    return ratio if 0.6 < ratio / plain < 1.67 else plain


def _quotient(upper: float, lower: float) -> float:
    return float(upper / lower) if abs(lower) > 1e-9 else 1.0


def awaited_ratio(look: Look, measured: float) -> float:
    """Return the ratio to straighten to: a known paper's when it can be that, or as measured."""
    known = PAPERS_MM.get(look.shape)
    is_wide = measured >= 1
    long_over_short = measured if is_wide else 1 / measured
    ratios = _COMMON_RATIOS if known is None else (known[0] / known[1],)
    nearest = min(ratios, key=lambda ratio: abs(math.log(ratio / long_over_short)))
    reach = _SAME_ANY if known is None else _SAME_PAPER
    if abs(math.log(nearest / long_over_short)) <= reach:
        long_over_short = nearest
    return long_over_short if is_wide else 1 / long_over_short


def ratio_distance(look: Look, measured: float) -> float:
    """Return how far (in natural logarithm) a shape is from the awaited one; 0 when any will do."""
    known = PAPERS_MM.get(look.shape)
    if known is None:
        return 0.0
    return abs(abs(math.log(max(measured, 1e-6))) - math.log(known[0] / known[1]))


def target_size(
    quad: Quad, ratio: float, look: Look, dpi: float | None, most_dpi: float = MOST_DPI
) -> tuple[int, int, float]:
    """Return width, height and dpi of the straightened page: as fine as taken, never finer.

    Args:
        quad: on the capture, in pixels.
        ratio: width over height to straighten to.
        look: says the paper's size when there is no scanner to say it.
        dpi: what the scanner said; None for a camera.
        most_dpi: nothing above it is kept.
    """
    top, right, bottom, left = side_lengths(quad)
    across, down = (top + bottom) / 2, (left + right) / 2
    width = min(across, down * ratio) if dpi is None else across
    long_px = max(width, width / ratio)
    if dpi is None:
        long_mm = PAPERS_MM.get(look.shape, PAPERS_MM["a4"])[0]
        dpi = long_px / long_mm * MM_PER_INCH
    scale = min(1.0, most_dpi / max(dpi, 1.0))
    made_width = max(1, round(width * scale))
    return made_width, max(1, round(width * scale / ratio)), round(min(dpi, most_dpi), 1)
