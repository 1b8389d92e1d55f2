"""Tells whether a second paper lies on a page, or shows within its outline.

Its edge is a long straight step that is not parallel to the page's own print, or one that throws a
shadow. A paper laid exactly along the first one, in light without shadow, is not told from a
printed box.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.judgement import Place
from app.imaging.judging.shadows import in_line, shadowed
from app.imaging.pixels import Gray

_LONGEST_PX = 800
#: Lengths are in shorter sides of the page. A piece of an edge, and all pieces of one edge.
_PIECE = 0.1
_EDGE = 0.24
#: Print is parallel to the page within so many degrees; steeper is another paper's.
_ASKEW = 1.2
#: An edge with a shadow may be parallel to print, and in shorter pieces; one that goes from end to
#: end of the page is a fold.
_SHADED_PIECE = 0.06
_SHADED_EDGE = 0.2
_FOLD = 0.92
#: Pieces of one edge differ by less.
_SAME = 1.5
#: Along its border a page may show a sliver of the table.
_BORDER = 0.04
#: Bands on either side of an edge, in pixels of the small copy, and how much they differ: those of
#: a scratch or a fold do not.
_BANDS = (3, 6, 9)
_STEP = 4.0


def second_paper(gray: Gray) -> Place | None:
    """Return where another paper shows; None when the page lies alone."""
    height, width = gray.shape[:2]
    if min(height, width) < 64:
        return None
    scale = min(1.0, _LONGEST_PX / max(height, width))
    small = np.asarray(
        cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    every = _steps(small)
    return _askew(small, every) or _shaded(small, every)


def _steps(small: Gray) -> NDArray[Any]:
    """Return the ends (x, y, x, y) of straight steps, some of the table beside the page aside."""
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(small)[0]
    if found is None:
        return np.zeros((0, 4))
    ends = np.asarray(found, dtype=np.float64).reshape(-1, 4)
    ends = ends[_lengths(ends) >= _SHADED_PIECE * min(small.shape)]
    inside = [e for e in ends if _is_inside(e, small.shape)]
    return np.array(inside, dtype=np.float64).reshape(-1, 4)


def _askew(small: Gray, every: NDArray[Any]) -> Place | None:
    """Return where a paper lies whose edges are not parallel to the page."""
    off = np.abs((_angles(every) + 45) % 90 - 45)
    long = every[(_lengths(every) >= _PIECE * min(small.shape)) & (off >= _ASKEW)]
    pieces = np.array([e for e in long if _step(small, e) >= _STEP]).reshape(-1, 4)
    angles = _angles(pieces)
    for angle in angles:
        same = pieces[np.abs(_turned(angles - angle)) <= _SAME]
        if _reach(same) >= _EDGE * min(small.shape):
            # The other edges of the same paper are square to it.
            both = pieces[np.abs(_turned(2 * (angles - angle))) <= 2 * _SAME]
            return _corner_of(both, small.shape)
    return None


def _shaded(small: Gray, every: NDArray[Any]) -> Place | None:
    """Return where a paper lies whose edges throw a shadow."""
    pieces = shadowed(small, every)
    for one in pieces:
        edge = in_line(pieces, one)
        along = np.abs(one[2:] - one[:2])
        whole = small.shape[1] if along[0] > along[1] else small.shape[0]
        if _SHADED_EDGE * min(small.shape) <= _reach(edge) < _FOLD * whole:
            return _corner_of(pieces, small.shape)
    return None


def _lengths(ends: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]))


def _angles(ends: NDArray[Any]) -> NDArray[Any]:
    degrees = np.degrees(np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0]))
    return np.asarray(degrees % 180)


def _turned(degrees: NDArray[Any]) -> NDArray[Any]:
    """Return differences of directions, -90 to 90."""
    return np.asarray((degrees + 90) % 180 - 90)


def _is_inside(ends: NDArray[Any], shape: tuple[int, ...]) -> bool:
    height, width = shape[:2]
    border = _BORDER * min(height, width)
    x, y = ends[0::2], ends[1::2]
    return bool(
        x.max() > border
        and y.max() > border
        and x.min() < width - border
        and y.min() < height - border
    )


def _step(small: Gray, ends: NDArray[Any]) -> float:
    """Return how much the two sides of a piece differ in brightness, letters aside."""
    start, end = ends[:2], ends[2:]
    along = end - start
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    points = start + np.linspace(0.05, 0.95, 48)[:, None] * along
    sides = []
    for sign in (-1, 1):
        values = []
        for reach in _BANDS:
            at = np.rint(points + sign * reach * across).astype(int)
            x = np.clip(at[:, 0], 0, small.shape[1] - 1)
            y = np.clip(at[:, 1], 0, small.shape[0] - 1)
            values.append(small[y, x])
        sides.append(float(np.percentile(np.concatenate(values), 70)))
    return abs(sides[0] - sides[1])


def _reach(ends: NDArray[Any]) -> float:
    """Return how far pieces of like direction go along it, those beside each other once."""
    along = ends[0, 2:] - ends[0, :2]
    along = along / np.hypot(*along)
    marks = np.sort(np.stack([ends[:, :2] @ along, ends[:, 2:] @ along], axis=1), axis=1)
    reach, upto = 0.0, -np.inf
    for low, high in sorted(marks.tolist()):
        reach += max(0.0, high - max(low, upto))
        upto = max(upto, high)
    return reach


def _corner_of(ends: NDArray[Any], shape: tuple[int, ...]) -> Place:
    """Return the box from the edges to the corner of the page that they are nearest to."""
    height, width = shape[:2]
    x, y = ends[:, 0::2] / width, ends[:, 1::2] / height
    left, right, top, bottom = x.min(), x.max(), y.min(), y.max()
    left, right = (0.0, right) if left < 1 - right else (left, 1.0)
    top, bottom = (0.0, bottom) if top < 1 - bottom else (top, 1.0)
    return Place(float(left), float(top), float(right - left), float(bottom - top))
