"""Finds straight edges that throw a shadow on one side only, as a paper does that lies on another.

Print throws none: a rule is dark itself, a printed field is as dark in its middle as at its edge.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.imaging.pixels import Gray

#: No more pieces are looked at, the longest first.
_MOST = 200
#: Points along a piece, and how far beside it they are taken, in pixels of the small copy.
_POINTS = 48
_NEAREST, _FURTHEST = 3, 16
#: Letters aside, paper is as bright as this share of the points at one distance.
_PAPER = 70
#: A shadow is darker than the paper beyond it by this at least, grows fainter all the way, by no
#: more than this share of itself at once, and is never as dark as ink.
_LEAST_SHADE = 10.0
_NOISE = 2.0
_LARGEST_STEP = 0.5
_INK = 0.5
#: Where it is over, and the lit paper on the other side, which is even.
_OVER = 9
_EVEN = 3.0
#: Both sides are paper: about as bright as the page.
_AS_BRIGHT = 0.75
#: Pieces of one edge lie within so many pixels of one line.
_IN_LINE = 4.0


def shadowed(small: Gray, ends: NDArray[Any]) -> NDArray[Any]:
    """Return those pieces (x, y, x, y) beside which a shadow lies."""
    if len(ends) == 0:
        return ends
    lengths = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    ends = ends[np.argsort(-lengths)[:_MOST]]
    paper = float(np.percentile(small, 80))
    one, other = _beside(small, ends, -1), _beside(small, ends, 1)
    is_paper = np.minimum(one[:, -1], other[:, -1]) >= _AS_BRIGHT * paper
    is_edge = (_is_shade(one, paper) & _is_even(other)) | (_is_shade(other, paper) & _is_even(one))
    return np.asarray(ends[is_paper & is_edge])


def in_line(ends: NDArray[Any], with_one: NDArray[Any]) -> NDArray[Any]:
    """Return the pieces that lie on the line of one of them."""
    along = with_one[2:] - with_one[:2]
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    away = np.abs((ends.reshape(-1, 2, 2) - with_one[:2]) @ across)
    return np.asarray(ends[(away < _IN_LINE).all(axis=1)])


def _beside(small: Gray, ends: NDArray[Any], sign: int) -> NDArray[Any]:
    """Return how bright it is beside each piece (n, distances), letters aside."""
    start, along = ends[:, None, :2], (ends[:, 2:] - ends[:, :2])[:, None]
    across = np.stack((-along[..., 1], along[..., 0]), axis=2)
    across = across / np.linalg.norm(across, axis=2, keepdims=True)
    points = start + np.linspace(0.02, 0.98, _POINTS)[:, None] * along
    away = sign * np.arange(_NEAREST, _FURTHEST + 1)
    at = np.rint(points[:, None] + away[:, None, None] * across[:, None]).astype(int)
    x = np.clip(at[..., 0], 0, small.shape[1] - 1)
    y = np.clip(at[..., 1], 0, small.shape[0] - 1)
    return np.asarray(np.percentile(small[y, x], _PAPER, axis=2))


def _is_shade(side: NDArray[Any], paper: float) -> NDArray[Any]:
    depth = side[:, _OVER] - side[:, 0]
    steps = np.diff(side[:, : _OVER + 1], axis=1)
    is_gradual = (steps >= -_NOISE).all(axis=1) & (steps.max(axis=1) <= _LARGEST_STEP * depth)
    return np.asarray((depth >= _LEAST_SHADE) & is_gradual & (side[:, 0] >= _INK * paper))


def _is_even(side: NDArray[Any]) -> NDArray[Any]:
    near, far = side[:, :3].mean(axis=1), side[:, _OVER - 2 : _OVER + 1].mean(axis=1)
    return np.asarray(np.abs(far - near) <= _EVEN)
