"""Compares proposed outlines: how much each looks like the edge of the paper that is awaited.

Scores are comparable within one picture, and calibrated enough across pictures to say how sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.catalogue import Look
from app.imaging.preparing.geometry import Floats, angles_deg, areas, side_lengths
from app.imaging.preparing.sizes import measured_ratio, ratio_distance
from app.imaging.preparing.views import View

#: Points along each side; the ends are left out, for cards have round corners.
_POINTS = np.linspace(0.07, 0.93, 22)
#: A change of this much a pixel, in steps of lightness of 255, is an edge as likely as not.
_EDGE = 2.5
#: A difference of colour this large between in and out is a step as likely as not.
_STEP = 7.0
#: What a side is worth that lies on the picture's own edge: nothing can be seen of it.
_UNSEEN = 0.30
#: Only the best by everything else have their perspective undone.
_LOOKED_AT_CLOSELY = 60
#: Of two that fit alike the larger is the sheet: frames are printed on papers, not around them.
_LARGER = 0.25
#: How far (natural logarithm) a measured form may be from the awaited one, and what it is worth
#: when it is further: papers are cut, folded, and other than expected.
_RATIO_REACH = 0.16
_LEAST_LIKELY = 0.3


@dataclass(frozen=True, eq=False)
class Scores:
    """One row per outline."""

    total: Floats
    #: Per side: share of it on which an edge is seen.
    edge: Floats
    #: Per side: how much the colours in and out differ, 0..1.
    step: Floats
    #: How much it has the form of a sheet, and of the one that is awaited, 0..1.
    shape: Floats


def score(view: View, quads: Floats, look: Look, closely: int = _LOOKED_AT_CLOSELY) -> Scores:
    """Return how well outlines (n, 4, 2) fit the picture and the paper awaited.

    Args:
        view: the picture.
        quads: what was proposed.
        look: what is awaited.
        closely: how many of the best have their perspective undone.
    """
    edge, step = _along_sides(view, quads)
    seen = 0.55 * edge.mean(axis=1) + 0.45 * np.sort(edge, axis=1)[:, :2].mean(axis=1)
    stepped = 0.6 * step.mean(axis=1) + 0.4 * step.min(axis=1)
    share = np.clip(areas(quads) / (view.width * view.height), 1e-4, 1.0)
    shape = _squareness(quads)
    total = seen * (0.15 + 0.85 * stepped) * share**_LARGER * shape
    likely = np.full(len(quads), _LEAST_LIKELY)
    for i in np.argsort(-total)[:closely]:
        distance = ratio_distance(look, measured_ratio(quads[i], view.width, view.height))
        likely[i] += (1 - _LEAST_LIKELY) * float(np.exp(-((distance / _RATIO_REACH) ** 2)))
    return Scores(total * likely, edge, step, shape * likely)


def confidence(scores: Scores, best: int) -> float:
    """Say how surely the best is the paper's edge, by its weakest sides."""
    edge, step = np.sort(scores.edge[best]), np.sort(scores.step[best])
    seen = 0.5 * edge[0] + 0.2 * edge[1] + 0.3 * edge.mean()
    stepped = min(1.0, (0.5 * step[0] + 0.5 * step.mean()) / 0.8)
    return float(np.clip(seen * stepped * scores.shape[best], 0, 1))


def _squareness(quads: Floats) -> Floats:
    """Return 1 for a rectangle, less the more its angles and opposite sides differ."""
    skew = np.abs(angles_deg(quads) - 90).mean(axis=1)
    lengths = side_lengths(quads)
    across = np.minimum(lengths[:, 0], lengths[:, 2]) / np.maximum(lengths[:, 0], lengths[:, 2])
    down = np.minimum(lengths[:, 1], lengths[:, 3]) / np.maximum(lengths[:, 1], lengths[:, 3])
    return np.asarray(np.exp(-((skew / 28) ** 2)) * np.sqrt(across * down) ** 0.5)


def _along_sides(view: View, quads: Floats) -> tuple[Floats, Floats]:
    """Look along each side for an edge on it, and at the colours on its two flanks."""
    start, end = quads, np.roll(quads, -1, axis=1)
    along = (end - start) / np.maximum(np.linalg.norm(end - start, axis=2, keepdims=True), 1e-9)
    outward = np.stack((along[..., 1], -along[..., 0]), axis=-1)
    points = start[:, :, None] + (end - start)[:, :, None] * _POINTS[:, None]
    edge = np.zeros(points.shape[:3])
    for offset in (-1.5, 0.0, 1.5):
        at = points + offset * outward[:, :, None]
        slope = np.abs(
            _sample(view.right, at) * outward[:, :, None, 0]
            + _sample(view.down, at) * outward[:, :, None, 1]
        )
        np.maximum(edge, slope, out=edge)
    seen = edge**2 / (edge**2 + _EDGE**2)
    away = max(4.0, 0.012 * max(view.width, view.height))
    inside = _sample(view.plain, points - away * outward[:, :, None])
    outside = _sample(view.plain, points + away * outward[:, :, None])
    # Amid writing the sign of the difference changes from point to point; along an edge it stays.
    difference = (inside - outside) * (1.0, 1.5, 1.5)
    limit = np.array((view.width, view.height)) - 2.5
    unseen = np.asarray(((points < 2.5) | (points > limit)).any(axis=-1), np.bool_)
    hidden = unseen.mean(axis=2)
    size = np.linalg.norm(_mean_where(difference, ~unseen), axis=-1)
    step = hidden * _UNSEEN + (1 - hidden) * size / (size + _STEP)
    return np.where(unseen, _UNSEEN, seen).mean(axis=2), step


def _mean_where(values: Floats, counts: NDArray[np.bool_]) -> Floats:
    """Return the mean along each side of the points that count."""
    number = np.maximum(counts.sum(axis=2), 1)[..., None]
    return np.asarray((values * counts[..., None]).sum(axis=2) / number)


def _sample(picture: Floats | cv2.typing.MatLike, points: Floats) -> Floats:
    """Return the values at points (..., 2), the nearest where a point is outside."""
    height, width = picture.shape[:2]
    x = np.clip(np.round(points[..., 0]), 0, width - 1).astype(np.intp)
    y = np.clip(np.round(points[..., 1]), 0, height - 1).astype(np.intp)
    return np.asarray(picture[y, x], np.float64)
