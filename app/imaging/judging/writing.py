"""Finds runs of writing on a page by their ink alone, in a few hundredths of a second.

Coarser than the text engine's own finder, which takes seconds for a whole page; reads nothing.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.ocr.boxes import TextBox
from app.imaging.pixels import Gray

#: Pages are looked at in this many dots per inch, in which the smallest print is still apart.
_DPI = 200.0
_LONGEST_PX = 2400
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


def runs(gray: Gray, dpi: float) -> list[TextBox]:
    """Return where runs of writing stand, in pixels of the page, from the top down."""
    height, width = gray.shape[:2]
    scale = min(1.0, _DPI / max(dpi, 1.0), _LONGEST_PX / max(height, width))
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    joined = _joined(ink(np.asarray(small, dtype=np.uint8)))
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for outline in outlines:
        box = _run(outline, 1.0 / scale, width, height)
        if box is not None:
            boxes.append(box)
    return sorted(boxes, key=lambda box: (box.top, box.left))


def ink(gray: Gray) -> Gray:
    """Return what is darker than its surroundings, without rules and frames."""
    around = cv2.blur(gray, (_AROUND_PX, _AROUND_PX))
    dark = (cv2.subtract(around, gray) > _DARKER).astype(np.uint8)
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, _RULE_PX), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((_RULE_PX, 1), np.uint8))
    rules = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.bitwise_and(dark, 1 - rules), dtype=np.uint8)


def _joined(dark: Gray) -> Gray:
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, _GAP), np.uint8))
    bodies = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, _TAIL), np.uint8))
    return np.asarray(bodies, dtype=np.uint8)


def _run(outline: NDArray[Any], scale: float, width: int, height: int) -> TextBox | None:
    """Return the box around one outline; None when it cannot be a run of letters."""
    (x, y), (across, down), angle = cv2.minAreaRect(outline)
    # The angle is any of those under which the same box could be meant.
    if abs(angle) > 45:
        across, down, angle = down, across, angle - math.copysign(90, angle)
    if not _LOWEST_PX <= down <= _HIGHEST_PX or across < 1.5 * down or abs(angle) > 20:
        return None
    room = max(_MARGIN * down, _LEAST_MARGIN_PX)
    right = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    along, below = right * (across / 2 + room), right[::-1] * [-1, 1] * (down / 2 + room)
    corners = [
        (
            float(np.clip((x + sides[0] * along[0] + sides[1] * below[0]) * scale, 0, width)),
            float(np.clip((y + sides[0] * along[1] + sides[1] * below[1]) * scale, 0, height)),
        )
        for sides in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    return TextBox((corners[0], corners[1], corners[2], corners[3]), 1.0)
