"""Finds runs of writing on a page by their ink alone, in a tenth of a second.

Coarser than the text engine's own finder, which takes seconds for a whole page; reads nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.ocr.boxes import TextBox
from app.imaging.pixels import Gray

#: Pages are looked at in this many dots per inch, in which the smallest print is still apart.
_DPI = 200.0
_LONGEST_PX = 2400
#: Titles are looked for in a copy so much smaller, in which they are as small as other print.
_FOR_TITLES = 0.36
#: A title's letters are at least so high in that copy.
_TITLE_PX = 9
#: Ink is darker than its surroundings by this.
_DARKER = 18
_AROUND_PX = 31
#: Rules of tables and frames: straight runs of ink longer than any stroke of a letter.
_RULE_PX = 70
#: Words of one run stand closer than this.
_GAP = 15
#: What joins two lines, a tail above a tall letter, is narrower than this.
_TAIL = 19
_LOWEST_PX = 5
_HIGHEST_PX = 90
#: Room around the bodies of the letters, in their height, for tall letters and tails.
_MARGIN = 0.5
_LEAST_MARGIN_PX = 3.0
#: What letters are like: strokes and gaps take turns so often along a line's height, they fill
#: no more of their box, and a run is at least so many times as wide as high.
_LEAST_TURNS = 2.3
_FULLEST = 0.36
_SHORTEST = 2.4
_STEEPEST = 20.0


@dataclass(frozen=True)
class Writing:
    """Where writing stands on a page, in its pixels, from the top down.

    Attributes:
        runs: what looks like letters.
        doubtful: what may be letters out of focus, or a portrait, an ornament, a stamp.
    """

    runs: tuple[TextBox, ...]
    doubtful: tuple[TextBox, ...]


def find_writing(gray: Gray, dpi: float) -> Writing:
    """Return where writing stands."""
    height, width = gray.shape[:2]
    scale = min(1.0, _DPI / max(dpi, 1.0), _LONGEST_PX / max(height, width))
    small = _scaled(gray, scale)
    titles = [
        (box, is_lettered)
        for box, is_lettered, body in _runs(_scaled(small, _FOR_TITLES), gray.shape)
        if body >= _TITLE_PX and is_lettered
    ]
    others = [
        (box, is_lettered)
        for box, is_lettered, _ in _runs(small, gray.shape)
        if not any(_holds(title, box) for title, _ in titles)
    ]
    found = sorted([*titles, *others], key=lambda run: (run[0].top, run[0].left))
    return Writing(
        runs=tuple(box for box, is_lettered in found if is_lettered),
        doubtful=tuple(box for box, is_lettered in found if not is_lettered),
    )


def _scaled(gray: Gray, scale: float) -> Gray:
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _runs(small: Gray, full: tuple[int, ...]) -> Iterator[tuple[TextBox, bool, float]]:
    """Return each run, whether it looks like letters, and the height of their bodies."""
    dark = _ink(small)
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, _GAP), np.uint8))
    bodies = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, _TAIL), np.uint8))
    outlines, _ = cv2.findContours(bodies, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    scales = (full[1] / small.shape[1], full[0] / small.shape[0])
    for outline in outlines:
        run = _run(outline, small.shape)
        if run is not None:
            box, body = run
            yield _grown(box, scales), _is_lettered(dark, box), body


def _ink(gray: Gray) -> Gray:
    """Return what is darker than its surroundings, without rules and frames."""
    around = cv2.blur(gray, (_AROUND_PX, _AROUND_PX))
    dark = (cv2.subtract(around, gray) > _DARKER).astype(np.uint8)
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, _RULE_PX), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((_RULE_PX, 1), np.uint8))
    rules = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.bitwise_and(dark, 1 - rules), dtype=np.uint8)


def _run(outline: NDArray[Any], shape: tuple[int, ...]) -> tuple[TextBox, float] | None:
    """Return the box around one outline with room for tall letters, and its bodies' height."""
    (x, y), (across, down), angle = cv2.minAreaRect(outline)
    # The angle is any of those under which the same box could be meant.
    if abs(angle) > 45:
        across, down, angle = down, across, angle - math.copysign(90, angle)
    is_run = _LOWEST_PX <= down <= _HIGHEST_PX and across >= 1.5 * down
    if not is_run or abs(angle) > _STEEPEST:
        return None
    room = max(_MARGIN * down, _LEAST_MARGIN_PX)
    right = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    along, below = right * (across / 2 + room), right[::-1] * [-1, 1] * (down / 2 + room)
    corners = [
        (
            float(np.clip(x + a * along[0] + b * below[0], 0, shape[1])),
            float(np.clip(y + a * along[1] + b * below[1], 0, shape[0])),
        )
        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    return TextBox((corners[0], corners[1], corners[2], corners[3]), 1.0), float(down)


def _grown(box: TextBox, scales: tuple[float, float]) -> TextBox:
    """Return a small picture's box in pixels of the whole one."""
    corners = [(x * scales[0], y * scales[1]) for x, y in box.corners]
    return TextBox((corners[0], corners[1], corners[2], corners[3]), box.score)


def _is_lettered(dark: Gray, box: TextBox) -> bool:
    """Tell whether strokes and gaps take turns in it as letters do."""
    if box.width < _SHORTEST * box.height:
        return False
    left, top = int(box.left), int(box.top)
    part = dark[top : int(box.top + box.height) + 1, left : int(box.left + box.width) + 1]
    if part.shape[1] < 2 or float(part.mean()) > _FULLEST:
        return False
    turns = int(np.count_nonzero(part[:, 1:] != part[:, :-1]))
    return bool(turns >= _LEAST_TURNS * part.shape[1])


def _holds(title: TextBox, box: TextBox) -> bool:
    x, y = box.left + box.width / 2, box.top + box.height / 2
    return (
        title.left <= x <= title.left + title.width and title.top <= y <= title.top + title.height
    )
