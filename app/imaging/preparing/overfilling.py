"""Tells that a paper is larger than the frame: nothing of its edge is seen, but print all around.

Never says where the paper lies; there is no outline to tell.
"""

from __future__ import annotations

import cv2
import numpy as np

from app.imaging.pixels import Pixels
from app.imaging.preparing.geometry import Quad
from app.imaging.preparing.views import above

#: This near to a side of the frame, as a share of it, print belongs to that side.
_BAND = 0.12
_LEAST_MARKS = 5
#: A paper that lies askew over one corner of the frame reaches two sides.
_LEAST_SIDES = 3
#: Darker than the paper close around it by so much, out of 255.
_INK = 24.0
#: In pixels of a frame 640 wide: higher and longer is a rule or the pattern of a table.
_LARGEST_MARK = 40
_AS_BRIGHT = 0.8
_REACH = np.ones((15, 15), np.uint8)
#: Print covers at most this share of a paper; cloth and wood are dark marks all over.
_MOST_COVERED = 0.13


def is_overfilled(small: Pixels, quad: Quad | None = None) -> bool:
    """Tell whether print reaches at least three sides of a frame, so that no table is seen.

    Args:
        small: the frame.
        quad: what was taken for the paper, in its pixels; print on it does not count.
    """
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    around = np.full(gray.shape, 255, np.uint8)
    if quad is not None:
        cv2.fillConvexPoly(around, np.round(quad).astype(np.int32), 0)
        inside, outside = gray[around == 0], gray[around > 0]
        if not inside.size or not outside.size:
            return False
        # A patterned cloth is darker than the paper that lies on it.
        if np.median(outside) < _AS_BRIGHT * np.median(inside):
            return False
    darker = cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, _REACH)
    level, _ = cv2.threshold(darker, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ink = cv2.bitwise_and(above(darker, max(_INK, 0.8 * level)), around)
    if np.count_nonzero(ink) > _MOST_COVERED * ink.size:
        return False
    _, _, stats, middles = cv2.connectedComponentsWithStats(ink)
    sizes = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    are_letters = (sizes <= _LARGEST_MARK).all(axis=1) & (stats[1:, cv2.CC_STAT_AREA] >= 4)
    at = middles[1:][are_letters] / gray.shape[::-1]
    marks = [int(count) for count in (*(at < _BAND).sum(axis=0), *(at > 1 - _BAND).sum(axis=0))]
    return sum(count >= _LEAST_MARKS for count in marks) >= _LEAST_SIDES
