"""Compares proposed outlines: how much each looks like the edge of the paper that is awaited.

Scores are comparable within one picture, and calibrated enough across pictures to say how sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

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


@dataclass(frozen=True, eq=False)
class Scores:
    """One row per outline."""

    total: Floats
    #: Per side: share of it on which an edge is seen.
    edge: Floats
    #: Per side: how much the colours in and out differ, 0..1.
    step: Floats


def score(view: View, quads: Floats, look: Look) -> Scores:
    """Return how well outlines (n, 4, 2) fit the picture and the paper awaited."""
    edge, step = _along_sides(view, quads)
    seen = 0.55 * edge.mean(axis=1) + 0.45 * np.sort(edge, axis=1)[:, :2].mean(axis=1)
    stepped = 0.6 * step.mean(axis=1) + 0.4 * step.min(axis=1)
    share = np.clip(areas(quads) / (view.width * view.height), 1e-4, 1.0)
    total = seen**1.0 * (0.15 + 0.85 * stepped) * share**0.22 * _squareness(quads)
    closely = np.argsort(-total)[:_LOOKED_AT_CLOSELY]
    shaped = np.zeros_like(total)
    for i in closely:
        distance = ratio_distance(look, measured_ratio(quads[i], view.width, view.height))
        shaped[i] = total[i] * (0.3 + 0.7 * float(np.exp(-((distance / 0.16) ** 2))))
    return Scores(shaped, edge, step)


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
    difference = np.sqrt((((inside - outside) * (1.0, 1.5, 1.5)) ** 2).sum(axis=-1))
    step = difference / (difference + _STEP)
    limit = np.array((view.width, view.height)) - 2.5
    unseen = ((points < 2.5) | (points > limit)).any(axis=-1)
    seen = np.where(unseen, _UNSEEN, seen).mean(axis=2)
    return seen, np.where(unseen, _UNSEEN, step).mean(axis=2)


def _sample(picture: Floats | cv2.typing.MatLike, points: Floats) -> Floats:
    """Return the values at points (..., 2), the nearest where a point is outside."""
    height, width = picture.shape[:2]
    x = np.clip(np.round(points[..., 0]), 0, width - 1).astype(np.intp)
    y = np.clip(np.round(points[..., 1]), 0, height - 1).astype(np.intp)
    return np.asarray(picture[y, x], np.float64)
