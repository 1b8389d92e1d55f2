"""Owns four-cornered outlines in pixels: their order, soundness, lengths, and overlap.

Knows nothing of pictures; an outline is a float array (4, 2), clockwise as seen.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.domain.judgement import Outline

Floats: TypeAlias = NDArray[np.float64]
#: (4, 2), clockwise as seen on the picture.
Quad: TypeAlias = NDArray[np.float64]

#: A sheet lying flat shows angles near 90 degrees; beyond these no camera over a table sees one.
_SHARPEST_DEG = 40.0
_BLUNTEST_DEG = 140.0


def clockwise(points: Floats) -> Quad:
    """Return four points in clockwise order as seen, the one nearest the top left first."""
    centre = points.mean(axis=0)
    angles = np.arctan2(points[:, 1] - centre[1], points[:, 0] - centre[0])
    ordered = points[np.argsort(angles)]
    return np.roll(ordered, -int(np.argmin(ordered.sum(axis=1))), axis=0)


def areas(quads: Floats) -> Floats:
    """Return the areas of outlines (n, 4, 2); crossed ones come out small or negative."""
    x, y = quads[..., 0], quads[..., 1]
    following_x, following_y = np.roll(x, -1, axis=-1), np.roll(y, -1, axis=-1)
    return np.asarray((x * following_y - following_x * y).sum(axis=-1) / 2)


def side_lengths(quads: Floats) -> Floats:
    """Return lengths (n, 4) of the sides top, right, bottom, left."""
    return np.asarray(np.linalg.norm(np.roll(quads, -1, axis=-2) - quads, axis=-1))


def angles_deg(quads: Floats) -> Floats:
    """Return the inner angles (n, 4); more than 180 where an outline is dented or crossed."""
    onward = np.roll(quads, -1, axis=-2) - quads
    back = np.roll(quads, 1, axis=-2) - quads
    cross = onward[..., 0] * back[..., 1] - onward[..., 1] * back[..., 0]
    dot = (onward * back).sum(axis=-1)
    return np.asarray(np.degrees(np.arctan2(cross, dot)) % 360)


def are_sound(quads: Floats, least_area: float, shortest_side: float = 8.0) -> NDArray[np.bool_]:
    """Tell which outlines (n, 4, 2) can be a sheet of paper seen by a camera."""
    if len(quads) == 0:
        return np.zeros(0, dtype=np.bool_)
    angles = angles_deg(quads)
    return np.asarray(
        np.isfinite(quads).all(axis=(1, 2))
        & (areas(quads) >= least_area)
        & (side_lengths(quads).min(axis=1) >= shortest_side)
        & (angles.min(axis=1) > _SHARPEST_DEG)
        & (angles.max(axis=1) < _BLUNTEST_DEG)
    )


def overlap(one: Quad, other: Quad) -> float:
    """Return the shared area of two clockwise outlines over their joint area, 0..1.

    OpenCV has this too, and loses corners of outlines that nearly coincide.
    """
    shared = one
    for start, end in zip(other, np.roll(other, -1, axis=0), strict=True):
        shared = _right_of(shared, start, end - start)
        if len(shared) < 3:
            return 0.0
    common = float(areas(shared))
    joint = float(areas(one)) + float(areas(other)) - common
    return 0.0 if joint <= 0 else min(1.0, max(0.0, common / joint))


def _right_of(polygon: Floats, start: Floats, along: Floats) -> Floats:
    """Return the part of a polygon on the inner side of a line."""
    away = along[0] * (polygon[:, 1] - start[1]) - along[1] * (polygon[:, 0] - start[0])
    kept: list[Floats] = []
    for i, point in enumerate(polygon):
        following = (i + 1) % len(polygon)
        if away[i] >= 0:
            kept.append(point)
        if (away[i] >= 0) != (away[following] >= 0):
            share = away[i] / (away[i] - away[following])
            kept.append(point + share * (polygon[following] - point))
    return np.array(kept).reshape(-1, 2)


def intersection(one: Floats, other: Floats) -> Floats | None:
    """Return where two lines (normal x, normal y, distance) cross; None when nearly parallel."""
    determinant = one[0] * other[1] - one[1] * other[0]
    if abs(determinant) < 1e-6:
        return None
    return np.array(
        (
            (one[2] * other[1] - one[1] * other[2]) / determinant,
            (one[0] * other[2] - one[2] * other[0]) / determinant,
        )
    )


def line_through(one: Floats, other: Floats) -> Floats:
    """Return (normal x, normal y, distance from the origin) of the line through two points."""
    along = other - one
    normal = np.array((-along[1], along[0])) / max(float(np.hypot(*along)), 1e-9)
    return np.array((normal[0], normal[1], float(normal @ one)))


def from_outline(outline: Outline, width: int, height: int) -> Quad:
    """Return an outline's corners in pixels."""
    return np.array(outline.corners, dtype=np.float64) * (width, height)


def to_outline(quad: Quad, width: int, height: int) -> Outline:
    """Return corners in fractions of the picture, as everybody outside speaks of them."""
    a, b, c, d = ((round(float(x) / width, 6), round(float(y) / height, 6)) for x, y in quad)
    return Outline(corners=(a, b, c, d))


def whole(width: int, height: int) -> Quad:
    """Return the outline of the picture itself."""
    return np.array(((0, 0), (width, 0), (width, height), (0, height)), dtype=np.float64)
