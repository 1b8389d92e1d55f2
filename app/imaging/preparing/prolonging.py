"""Moves a side of an outline outwards when the paper's edges go on beyond its corners.

A sheet that the picture does not hold whole has no edge where it leaves it; the best four-cornered
outline is then a printed line, and the corners belong outside the picture. Never moves one inwards.
"""

from __future__ import annotations

import numpy as np

from app.imaging.preparing.geometry import Floats, Quad
from app.imaging.preparing.views import View

#: How far inside and outside an edge its two colours are looked at, in pixels of the view.
_AWAY = (3.0, 5.0)
#: Two colours nearer than this are no edge (Lab, colour counting more than lightness).
_LEAST_STEP = 9.0
#: An edge that goes on has at least this share of its step, at nearly all of its points.
_LIKE = 0.5
_UNBROKEN = 0.6
_APART_PX = 1.5
#: It goes on for so many sides' lengths, or for less when it leaves the picture there.
_FAR = 0.08
_FAR_AT_FRAME = 0.012
#: What lies outside the picture by this share of a side is told to be outside.
_BEYOND = 0.005
_WEIGHTS = np.array((1.0, 1.5, 1.5))


def prolonged(view: View, quad: Quad) -> Quad:
    """Return the outline with its sides where the paper ends; in pixels of the view."""
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    if lengths.min() < 8.0:
        return quad
    steps = [
        _step(view, quad[n] + np.linspace(0.1, 0.9, 60)[:, None] * sides[n], sides[n])
        for n in range(4)
    ]
    moved = quad.copy()
    for n in range(4):
        before, after = (n - 1) % 4, (n + 1) % 4
        # Its two neighbours lead to it: the one before by its end, the one after by its start.
        share = max(
            _goes_on(view, quad[n], sides[before], steps[before], sides[before]),
            _goes_on(view, quad[after], -sides[after], steps[after], sides[after]),
        )
        if share > 0.0:
            moved[n] = moved[n] + share * sides[before]
            moved[after] = moved[after] - share * sides[after]
    return moved


def _step(view: View, points: Floats, side: Floats) -> Floats:
    """Return by how much the colour inside a side differs from that outside."""
    return np.asarray(np.median(_differences(view, points, side), axis=0))


def _differences(view: View, points: Floats, side: Floats) -> Floats:
    # Clockwise on a picture whose y grows downwards: the inside lies to the right.
    inwards = np.array([-side[1], side[0]]) / max(float(np.hypot(*side)), 1e-9)
    steps = [
        _colours(view, points + away * inwards) - _colours(view, points - away * inwards)
        for away in _AWAY
    ]
    return np.asarray(np.mean(steps, axis=0) * _WEIGHTS, np.float64)


def _colours(view: View, points: Floats) -> Floats:
    at = np.rint(points).astype(int)
    x, y = np.clip(at[:, 0], 0, view.width - 1), np.clip(at[:, 1], 0, view.height - 1)
    return np.asarray(view.plain[y, x], np.float64)


def _goes_on(view: View, corner: Floats, onwards: Floats, step: Floats, side: Floats) -> float:
    """Return for how much of its length a side goes on beyond a corner; 0 when it ends there."""
    size = float(np.linalg.norm(step))
    length = float(np.hypot(*onwards))
    if size < _LEAST_STEP:
        return 0.0
    ahead = onwards / length
    reach = _to_frame(view, corner, ahead)
    if reach < 2.0:
        # As near as this the edge of the picture may well have cut it.
        return (max(reach, 0.0) + 0.5) / length if reach > -2.0 else 0.0
    points = corner + np.arange(1.0, reach, _APART_PX)[:, None] * ahead
    like = (_differences(view, points, side) @ step) >= _LIKE * size * size
    # The end is where going on further gains nothing: a gap costs what three points gain.
    gain = np.cumsum(np.where(like, 1.0, -3.0))
    last = int(np.argmax(gain))
    if gain[last] < _UNBROKEN * (last + 1):
        return 0.0
    far = (last + 1) * _APART_PX / length
    if last >= len(like) - 4 and far >= _FAR_AT_FRAME:
        return reach / length + _BEYOND
    return far if far >= _FAR else 0.0


def _to_frame(view: View, corner: Floats, ahead: Floats) -> float:
    """Return how far it is from a corner to the picture's edge."""
    reaches = []
    for at, way, size in ((corner[0], ahead[0], view.width), (corner[1], ahead[1], view.height)):
        if abs(way) > 1e-6:
            reaches.append(((size - 1 if way > 0 else 0.0) - at) / way)
    return float(min(reaches))
