"""Owns the drawing of one sheet in millimetres and the truth of every word that is put on it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import cv2
import numpy as np
from PIL import Image, ImageDraw

from app.imaging.pixels import Pixels
from tests.specimens.fonts import FontName, font
from tests.specimens.shapes import DPI, Box, Code, Word

Ink: TypeAlias = tuple[int, int, int]
BLACK: Ink = (24, 24, 28)


def px(millimetres: float) -> float:
    """Return a length in pixels."""
    return millimetres * DPI / 25.4


def paper(width_mm: float, height_mm: float, tint: Ink) -> Pixels:
    """Return an empty sheet of one colour."""
    return np.full((round(px(height_mm)), round(px(width_mm)), 3), tint, np.uint8)


class Sheet:
    """One sheet being printed; positions in millimetres from the top left, sizes in points."""

    def __init__(self, base: Pixels) -> None:
        self.image = Image.fromarray(base)
        self._draw = ImageDraw.Draw(self.image)
        self.words: list[Word] = []
        self.fields: dict[str, str] = {}
        self.field_boxes: dict[str, Box] = {}
        self.codes: list[Code] = []
        self.stamps: list[Box] = []
        self.face: Box | None = None

    @property
    def pixels(self) -> Pixels:
        return np.array(self.image)

    def width_of(self, text: str, name: FontName, points: float) -> float:
        """Return how wide a text would be, in millimetres."""
        return font(name, points * DPI / 72).getlength(text) * 25.4 / DPI

    def write(
        self,
        x: float,
        y: float,
        text: str,
        name: FontName = "sans",
        points: float = 10,
        *,
        align: Literal["left", "middle", "right"] = "left",
        ink: Ink = BLACK,
        field: str = "",
        spread: float = 0.0,
    ) -> float:
        """Print one line on the baseline ``y`` and return where it ends.

        ``spread`` sets the letters further apart by so many millimetres, as machine fonts are.
        """
        face = font(name, points * DPI / 72)
        wide = self.width_of(text, name, points) + spread * max(0, len(text) - 1)
        start = x - {"left": 0.0, "middle": wide / 2, "right": wide}[align]
        at = px(start)
        boxes = []
        for index, word in enumerate(text.split(" ")):
            at += face.getlength(" ") + px(spread) if index else 0.0
            if word:
                boxes.append(self._word(at, px(y), word, name, points, ink, px(spread)))
                at += face.getlength(word) + px(spread) * len(word)
        if field and boxes:
            self._note_field(field, text, boxes)
        return start + wide

    def _word(
        self, x: float, y: float, word: str, name: FontName, points: float, ink: Ink, spread: float
    ) -> Box:
        face = font(name, points * DPI / 72)
        pieces = [word] if spread == 0 else list(word)
        box: Box | None = None
        for piece in pieces:
            left, top, right, bottom = self._draw.textbbox((x, y), piece, face, "ls")
            self._draw.text((x, y), piece, ink, face, "ls")
            inked = Box(int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom)))
            box = inked if box is None else box.around(inked)
            x += face.getlength(piece) + spread
        assert box is not None
        self.words.append(Word(word, box))
        return box

    def _note_field(self, field: str, text: str, boxes: list[Box]) -> None:
        whole = boxes[0]
        for box in boxes[1:]:
            whole = whole.around(box)
        if field in self.fields:
            self.fields[field] = f"{self.fields[field]} {text.strip()}"
            self.field_boxes[field] = self.field_boxes[field].around(whole)
        else:
            self.fields[field] = text.strip()
            self.field_boxes[field] = whole

    def line(
        self, x1: float, y1: float, x2: float, y2: float, points: float = 0.5, ink: Ink = BLACK
    ) -> None:
        """Draw a straight line."""
        width = max(1, round(points * DPI / 72))
        self._draw.line((px(x1), px(y1), px(x2), px(y2)), ink, width)

    def frame(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        points: float = 0.5,
        ink: Ink = BLACK,
        fill: Ink | None = None,
    ) -> None:
        """Draw a rectangle."""
        self._draw.rectangle(
            (px(x), px(y), px(x + width), px(y + height)),
            fill,
            ink,
            max(1, round(points * DPI / 72)),
        )

    def paste(self, x: float, y: float, picture: Pixels) -> Box:
        """Print a picture over what is there."""
        left, top = round(px(x)), round(px(y))
        self.image.paste(Image.fromarray(picture), (left, top))
        return Box(left, top, left + picture.shape[1], top + picture.shape[0])

    def soak(self, x: float, y: float, picture: Pixels) -> Box:
        """Print a picture as ink: where it is white, what lies below shows through."""
        left, top = round(px(x)), round(px(y))
        height, width = picture.shape[:2]
        box = Box(left, top, left + width, top + height)
        below = np.array(self.image.crop(box))
        self.image.paste(Image.fromarray(cv2.multiply(below, picture, scale=1 / 255)), box[:2])
        return box
