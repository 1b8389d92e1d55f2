"""Owns the boxes in which text stands, found in the detector's map of where writing is likely.

Runs no model; a box says nothing of what is written in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.judgement import Place

#: Above this a point of the map belongs to writing; a box's mean must be above the second.
_INK = 0.3
_SURE = 0.5
#: The model is taught to see the core of a line only; this is how much it shrank it by.
_GROWTH = 1.6
_SMALLEST_PX = 3
_MOST_BOXES = 1000


@dataclass(frozen=True)
class TextBox:
    """Where one run of text stands on a picture, in its pixels.

    Attributes:
        corners: four points from the top left clockwise, as the text reads.
        score: how sure the detector is, 0..1.
    """

    corners: tuple[
        tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]
    ]
    score: float

    @property
    def left(self) -> float:
        """Return its left edge."""
        return min(x for x, _ in self.corners)

    @property
    def top(self) -> float:
        """Return its upper edge."""
        return min(y for _, y in self.corners)

    @property
    def width(self) -> float:
        """Return how far it reaches across."""
        return max(x for x, _ in self.corners) - self.left

    @property
    def height(self) -> float:
        """Return how far it reaches down."""
        return max(y for _, y in self.corners) - self.top

    def place(self, width: int, height: int) -> Place:
        """Return it in fractions of a picture of this size."""
        return Place(self.left / width, self.top / height, self.width / width, self.height / height)


def find_boxes(map_: NDArray[np.float32], x_scale: float, y_scale: float) -> list[TextBox]:
    """Return the boxes of a map, in pixels of the picture that the scales lead back to."""
    ink = cv2.dilate((map_ > _INK).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for outline in outlines[:_MOST_BOXES]:
        (x, y), (across, down), angle = cv2.minAreaRect(outline)
        if min(across, down) < _SMALLEST_PX:
            continue
        score = _mean_inside(map_, cv2.boxPoints(((x, y), (across, down), angle)))
        if score < _SURE:
            continue
        grown = across * down * _GROWTH / (across + down)
        corners = cv2.boxPoints(((x, y), (across + grown, down + grown), angle))
        if min(across, down) + grown >= _SMALLEST_PX + 2:
            boxes.append(_box(corners * np.array([x_scale, y_scale]), score))
    return boxes


def _mean_inside(map_: NDArray[np.float32], corners: NDArray[Any]) -> float:
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, map_.shape[::-1])
    part = map_[low[1] : high[1], low[0] : high[0]]
    if not part.size:
        return 0.0
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(inside, [(corners - low).astype(np.int32)], (1,))
    return float(cv2.mean(part, mask=inside)[0])


def _box(corners: NDArray[Any], score: float) -> TextBox:
    """Return the box with its corners from the top left clockwise; the text is taken to lie."""
    by_x = sorted((float(x), float(y)) for x, y in corners)
    top_left, low_left = sorted(by_x[:2], key=lambda point: point[1])
    top_right, low_right = sorted(by_x[2:], key=lambda point: point[1])
    return TextBox((top_left, top_right, low_right, low_left), score)
