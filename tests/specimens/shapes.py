"""Owns the shapes of a specimen paper and of one capture of it; draws nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.catalogue import Look
from app.domain.judgement import FindingCode, Outline, Place
from app.imaging.pixels import Pixels

Kind = Literal["ktp", "passport", "birth_deed", "family_card", "letter"]
How = Literal[
    "scan_good",
    "scan_worn",
    "scan_bed",
    "document_camera",
    "phone",
    "webcam",
    "hard",
    "far",
]
#: Three by three, from pixels to pixels.
Homography: TypeAlias = NDArray[np.float64]

DPI = 300


class Box(NamedTuple):
    """A box in pixels; right and bottom lie just outside."""

    left: int
    top: int
    right: int
    bottom: int

    def crop(self, pixels: Pixels) -> Pixels:
        """Cut this box out."""
        return pixels[max(0, self.top) : self.bottom, max(0, self.left) : self.right]

    def place(self, width: int, height: int) -> Place:
        """Return the box in fractions of a picture of this size."""
        return Place(
            self.left / width,
            self.top / height,
            (self.right - self.left) / width,
            (self.bottom - self.top) / height,
        )

    def around(self, other: Box) -> Box:
        """Return the smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def meets(self, other: Box) -> bool:
        """Tell whether the two share any pixel."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Word(NamedTuple):
    """One printed word and the box around its ink."""

    text: str
    box: Box


class Code(NamedTuple):
    """One QR code: what it says and where it is printed."""

    text: str
    box: Box


@dataclass(frozen=True, eq=False)
class Specimen:
    """One side of one paper at 300 dpi with everything that is printed on it.

    Attributes:
        look: What the shipped catalogue expects of such a paper.
        fields: What stands in each field, exactly as printed.
        field_boxes: Where.
        face: The box of the portrait, where there is one.
        stamps: Where coloured stamps and signatures lie, for measures of colour.
    """

    kind: Kind
    seed: int
    side: Literal["front", "back"]
    pixels: Pixels
    look: Look
    words: tuple[Word, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    field_boxes: Mapping[str, Box] = field(default_factory=dict)
    face: Box | None = None
    codes: tuple[Code, ...] = ()
    stamps: tuple[Box, ...] = ()
    corner_radius_mm: float = 0.0
    dpi: int = DPI

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True, eq=False)
class Capture:
    """One picture of one paper.

    Attributes:
        outline: The paper's true corners on the picture.
        dpi: What a scanner says of its picture; None for a camera.
        where: From the specimen's pixels to this picture's.
        code: What was spoilt on purpose; None for a capture that ought to be usable.
    """

    pixels: Pixels
    outline: Outline
    dpi: float | None
    how: How
    specimen: Specimen
    where: Homography
    code: FindingCode | None = None

    def place_of(self, box: Box) -> Place:
        """Return where a box of the specimen lies on this picture, as its upright bounding box."""
        corners = np.array(
            [
                (box.left, box.top),
                (box.right, box.top),
                (box.right, box.bottom),
                (box.left, box.bottom),
            ],
            np.float64,
        )
        seen = cv2.perspectiveTransform(corners[None], self.where)[0]
        (left, top), (right, bottom) = seen.min(axis=0), seen.max(axis=0)
        height, width = self.pixels.shape[:2]
        return Place(
            float(left) / width,
            float(top) / height,
            float(right - left) / width,
            float(bottom - top) / height,
        )
