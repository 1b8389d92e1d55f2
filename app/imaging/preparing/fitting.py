"""Moves the sides of an outline onto the edge that is really there, finer than a pixel.

Never moves a side further than it is told; a side with nothing to hold on to stays.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.pixels import Pixels
from app.imaging.preparing.geometry import Floats, Quad, intersection, line_through
from app.imaging.preparing.views import lab_of

_PROFILES = 72
_MARGIN = 0.05
#: A profile's edge of this strength counts half.
_CLEAR = 6.0
#: The first half of them fit a straight line, the others a curve; each trusts outliers less.
_ROUNDS = 12


def fit_sides(rgb: Pixels, quad: Quad, *reaches_px: float) -> Quad:
    """Return the outline with each side on the strongest edge within reach, and again, nearer.

    Paper curls: a side is a shallow curve, and a corner is where two curves' ends meet.
    """
    lab = lab_of(cv2.GaussianBlur(rgb, (0, 0), 1.0))
    for reach in reaches_px:
        ends = [_fit_side(lab, quad, side, max(2.0, reach)) for side in range(4)]
        corners = [intersection(ends[side - 1][1], ends[side][0]) for side in range(4)]
        if any(corner is None for corner in corners):
            return quad
        moved = np.array(corners)
        # Where two sides' ends disagree, the corner that was is better than one far away.
        is_near = np.linalg.norm(moved - quad, axis=1) <= 2 * max(2.0, reach)
        quad = np.where(is_near[:, None], moved, quad)
    return quad


def _fit_side(lab: Pixels, quad: Quad, side: int, reach: float) -> tuple[Floats, Floats]:
    """Return the lines that a side follows at its start and at its end."""
    start, end = quad[side], quad[(side + 1) % 4]
    unmoved = line_through(start, end)
    length = max(float(np.hypot(*(end - start))), 1e-9)
    along = (end - start) / length
    outward = np.array((along[1], -along[0]))
    share = np.linspace(_MARGIN, 1 - _MARGIN, _PROFILES)
    points = start + share[:, None] * (end - start)
    inside = (points >= 0).all(axis=1) & (points < (lab.shape[1], lab.shape[0])).all(axis=1)
    if inside.sum() < _PROFILES // 4:
        return unmoved, unmoved
    offsets = np.arange(-reach, reach + 0.25, 0.5)
    slopes = _slopes(lab, points[inside], outward, offsets)
    curve = _curve(share[inside], *_edges_in(slopes, offsets), reach)
    if curve is None:
        return unmoved, unmoved
    lines = []
    for at, ahead in ((0.0, 0.05), (0.95, 1.0)):
        one, other = (
            start + s * length * along + float(np.polyval(curve, s)) * outward for s in (at, ahead)
        )
        lines.append(line_through(one, other))
    return lines[0], lines[1]


def _slopes(lab: Pixels, points: Floats, outward: Floats, offsets: Floats) -> Floats:
    """Return how steeply colour changes across each point (points, offsets), as vectors in Lab."""
    wide = np.concatenate((offsets[:1] - (1.0, 0.5), offsets, offsets[-1:] + (0.5, 1.0)))
    at = points[:, None] + wide[None, :, None] * outward
    seen = cv2.remap(
        lab,
        at[..., 0].astype(np.float32),
        at[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    values = np.asarray(seen, np.float64) * (1.0, 1.5, 1.5)
    return np.asarray(values[:, 4:] - values[:, :-4])


def _edges_in(slopes: Floats, offsets: Floats) -> tuple[Floats, Floats]:
    """Return per profile where its edge is and how clear it is.

    What all profiles have in common is the side; printing differs from one to the next. So the
    edge is looked for in the change of colour that most of them show.
    """
    sizes = np.linalg.norm(slopes, axis=2)
    shared = np.convolve(np.median(sizes, axis=0), (0.25, 0.5, 0.25), mode="same")
    direction = np.median(slopes[:, int(np.argmax(shared))], axis=0)
    norm = float(np.linalg.norm(direction))
    likeness = slopes @ (direction / norm) if norm > 1e-6 else sizes
    best = np.argmax(likeness, axis=1)
    rows = np.arange(len(best))
    found = offsets[best] + 0.5 * _between(likeness, rows, best)
    return found, np.maximum(likeness[rows, best], 0.0)


def _between(values: Floats, rows: NDArray[np.intp], best: NDArray[np.intp]) -> Floats:
    """Return the top of the parabola through three neighbours, in steps from the middle one."""
    before = values[rows, np.maximum(best - 1, 0)]
    after = values[rows, np.minimum(best + 1, values.shape[1] - 1)]
    bend = before - 2 * values[rows, best] + after
    shift = np.where(bend < -1e-9, 0.5 * (before - after) / np.minimum(bend, -1e-9), 0.0)
    return np.asarray(np.clip(shift, -0.5, 0.5))


def _curve(share: Floats, found: Floats, weight: Floats, reach: float) -> Floats | None:
    """Fit a shallow curve through what most profiles agree on; None when nothing is clear.

    Returns:
        Its coefficients, the square's first.
    """
    base = weight / (weight + _CLEAR)
    powers = np.stack((share**2, share, np.ones_like(share)), axis=1)
    curve = np.array((0.0, 0.0, float(np.median(found))))
    spread = reach
    for turn in range(_ROUNDS):
        near = 1 / (1 + ((found - powers @ curve) / spread) ** 2)
        total = base * near**2
        if total.sum() < 1e-3 * len(share):
            return None
        terms = powers[:, 1:] if turn < _ROUNDS // 2 else powers
        weighted = terms * total[:, None]
        square = weighted.T @ terms + 1e-9 * np.eye(terms.shape[1])
        curve[-terms.shape[1] :] = np.linalg.solve(square, weighted.T @ found)
        spread = max(0.7, spread * 0.7)
    return curve
