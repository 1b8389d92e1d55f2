"""Finds portraits on a page: pictures of people are kept as pictures, never as ink on paper.

Recognises nobody; it only tells where a face is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from app.imaging.pixels import Gray

_CASCADE = "haarcascade_frontalface_alt2.xml"
#: Faces are looked for at this resolution; on a card the smallest is a passport's second one.
_DPI, _LEAST_FACE_MM = 75.0, 8.0
_CARD_DPI, _LEAST_CARD_FACE_MM = 200.0, 5.5
#: A passport page has 17.
_CARD_SQUARE_INCHES = 20.0
_MM_PER_INCH = 25.4
#: A portrait around its face, in widths and heights of the face.
_BESIDE, _ABOVE, _BELOW = 0.45, 0.45, 0.75
#: Between a letter's ink and its paper lies little; in a photograph most pixels lie there.
_LEAST_MIDTONES = 0.30


@dataclass(frozen=True)
class Box:
    """A part of a page in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.width)

    def scaled(self, scale: float) -> Box:
        """Return the box on a grid of another size, whole."""
        left, top = math.floor(self.left * scale), math.floor(self.top * scale)
        right = math.ceil((self.left + self.width) * scale)
        return Box(left, top, right - left, math.ceil((self.top + self.height) * scale) - top)


def portraits(gray: Gray, dpi: float) -> tuple[Box, ...]:
    """Return where portraits are."""
    is_card = gray.size < _CARD_SQUARE_INCHES * dpi * dpi
    wanted, face_mm = (_CARD_DPI, _LEAST_CARD_FACE_MM) if is_card else (_DPI, _LEAST_FACE_MM)
    scale = min(1.0, wanted / dpi)
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    least = max(20, round(face_mm * dpi * scale / _MM_PER_INCH))
    faces = _cascade().detectMultiScale(small, 1.08, 4, minSize=(least, least))
    boxes = []
    for left, top, width, height in faces:
        if _midtones(small[top : top + height, left : left + width]) < _LEAST_MIDTONES:
            continue
        boxes.append(
            _box(
                (left - _BESIDE * width) / scale,
                (top - _ABOVE * height) / scale,
                (left + (1 + _BESIDE) * width) / scale,
                (top + (1 + _BELOW) * height) / scale,
                gray,
            )
        )
    return tuple(sorted(boxes, key=lambda box: (box.top, box.left)))


def _box(left: float, top: float, right: float, bottom: float, page: Gray) -> Box:
    x, y = max(0, round(left)), max(0, round(top))
    return Box(x, y, min(page.shape[1], round(right)) - x, min(page.shape[0], round(bottom)) - y)


def _midtones(gray: Gray) -> float:
    darkest, brightest = (float(np.percentile(gray, share)) for share in (2, 98))
    reach = (brightest - darkest) * 0.2
    middle = (gray > darkest + reach) & (gray < brightest - reach)
    return float(middle.mean())


@cache
def _cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))
