"""Tells whether writing runs on through the sides of an outline: then the paper does not end there.

Looks at narrow strips along the sides only; what is written is not its task.
"""

from __future__ import annotations

import cv2
import numpy as np

from app.imaging.pixels import Gray, Pixels
from app.imaging.preparing.geometry import Floats, Quad

#: How far from a side is looked, in pixels of the view in which sides are fitted.
_AROUND_PX = 24
#: Ink is darker than its surroundings by this; letters of a word stand closer than that.
_DARKER = 18
_SURROUNDINGS_PX = 31
_GAP_PX = 9
#: A word lies across a side when it is seen so far to either hand of it.
_ACROSS_PX = 6
#: Half of a page's height is lines; a side through a column of them crosses a third. Of a true
#: side, on tables of all kinds, a ninth was the most.
_MOST_CROSSED = 0.2


def is_written_across(pixels: Pixels, quad: Quad) -> bool:
    """Tell whether a good part of any side goes through writing.

    Args:
        pixels: the view in which sides are fitted, RGB.
        quad: the outline, in its pixels.
    """
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    ends = np.roll(quad, -1, axis=0)
    return any(
        crossed(gray, start, end) > _MOST_CROSSED for start, end in zip(quad, ends, strict=True)
    )


def crossed(gray: Gray, start: Floats, end: Floats) -> float:
    """Return the share of a side that goes through writing."""
    length = float(np.hypot(*(end - start)))
    if length < 2 * _SURROUNDINGS_PX:
        return 0.0
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    there = np.column_stack((along, across, start - _AROUND_PX * across))
    strip = cv2.warpAffine(
        gray,
        there,
        (int(length), 2 * _AROUND_PX + 1),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        # What the picture does not hold is no writing.
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )
    around = cv2.blur(strip, (_SURROUNDINGS_PX, _SURROUNDINGS_PX))
    ink = (cv2.subtract(around, strip) > _DARKER).astype(np.uint8)
    words = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((_GAP_PX, _GAP_PX), np.uint8))
    middle = words[_AROUND_PX - _ACROSS_PX : _AROUND_PX + _ACROSS_PX + 1]
    return float(middle.all(axis=0).mean())
