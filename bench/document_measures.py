"""Owns how legible a page is: what two engines read of its printed truth, and how a face survived.

What is read is compared with what is printed in the same place, so that the order in which an
engine happens to read columns changes nothing. Never judges whether a figure is good enough.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeVar

import cv2
import numpy as np
import tesserocr
import zxingcpp
from numpy.typing import NDArray
from PIL import Image
from rapidfuzz.distance import Levenshtein

from app.imaging.ocr.engine import Ocr
from app.imaging.pixels import Pixels
from tests.specimens import Box, Specimen, Word

_TESSDATA = "/usr/share/tesseract-ocr/5/tessdata"
#: Share of the smaller of two boxes that must lie in the other for both to be the same print.
_SHARED = 0.5
#: A line's box is at most this much higher than the tallest word in it.
_TALLEST = 2.2


class Piece(NamedTuple):
    """Something that an engine read, and where, in the specimen's own pixels."""

    text: str
    box: Box


Printed = TypeVar("Printed", Word, Piece)


class Errors(NamedTuple):
    """Letters that are wrong, missing or too many, and how many are printed."""

    wrong: int
    letters: int

    @property
    def share(self) -> float:
        return self.wrong / self.letters if self.letters else 0.0


def by_tesseract(pixels: Pixels, specimen: Specimen) -> tuple[Piece, ...]:
    """Read word by word; ``pixels`` show the whole specimen upright, at any size."""
    engine = _tesseract()
    engine.SetImage(Image.fromarray(pixels))
    engine.SetSourceResolution(round(specimen.dpi * pixels.shape[1] / specimen.width))
    engine.Recognize()
    pieces = []
    words = engine.GetIterator()
    level = tesserocr.RIL.WORD
    for word in tesserocr.iterate_level(words, level) if words is not None else ():
        text = word.GetUTF8Text(level).strip()
        if text:
            pieces.append(_piece(text, word.BoundingBox(level), pixels, specimen))
    engine.Clear()
    return tuple(pieces)


def by_rapidocr(pixels: Pixels, specimen: Specimen) -> tuple[Piece, ...]:
    """Read line by line with the kiosk's own engine.

    Raises:
        RuntimeError: The engine is not installed.
    """
    engine = Ocr.available()
    if engine is None:
        raise RuntimeError("no engine")
    height, width = pixels.shape[:2]
    pieces = []
    for line in engine.lines(pixels):
        left, top = line.place.left * width, line.place.top * height
        right, bottom = left + line.place.width * width, top + line.place.height * height
        pieces.append(_piece(line.text, (left, top, right, bottom), pixels, specimen))
    return tuple(pieces)


#: What reads, by its name in the figures.
BY_ENGINE: Final[dict[str, Callable[[Pixels, Specimen], tuple[Piece, ...]]]] = {
    "tesseract": by_tesseract,
    "rapidocr": by_rapidocr,
}


@cache
def _tesseract() -> tesserocr.PyTessBaseAPI:
    """Return the engine in Indonesian, with its own analysis of the page."""
    return tesserocr.PyTessBaseAPI(
        path=_TESSDATA, lang="ind", psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
    )


def _piece(text: str, sides: Sequence[float], pixels: Pixels, specimen: Specimen) -> Piece:
    across = specimen.width / pixels.shape[1]
    down = specimen.height / pixels.shape[0]
    left, top, right, bottom = sides
    return Piece(
        text,
        Box(round(left * across), round(top * down), round(right * across), round(bottom * down)),
    )


def character_error(specimen: Specimen, pieces: Sequence[Piece]) -> Errors:
    """Compare what was read with what is printed there.

    Print and pieces that cover each other are compared as one string without spaces. What an engine
    sees where nothing is printed (in a stamp, a face, a frame) is not counted.
    """
    wrong = letters = 0
    for words, read in _groups(specimen.words, pieces):
        printed = plain("".join(word.text for word in _in_order(words)))
        seen = plain("".join(piece.text for piece in _in_order(read)))
        wrong += Levenshtein.distance(printed, seen)
        letters += len(printed)
    return Errors(wrong, letters)


def fields_read(specimen: Specimen, pieces: Sequence[Piece]) -> frozenset[str]:
    """Return the fields that were read without a fault."""
    read = set()
    for name, box in specimen.field_boxes.items():
        there = [piece for piece in pieces if _cover(piece.box, box)]
        seen = plain("".join(piece.text for piece in _in_order(there)))
        if plain(specimen.fields[name]) in seen:
            read.add(name)
    return frozenset(read)


def fields_lost(
    specimen: Specimen, before: Sequence[Piece], after: Sequence[Piece]
) -> frozenset[str]:
    """Return the fields that could be read and no longer can."""
    return fields_read(specimen, before) - fields_read(specimen, after)


def codes_lost(specimen: Specimen, pixels: Pixels) -> frozenset[str]:
    """Return what the QR codes said and no longer say."""
    read = {code.text for code in zxingcpp.read_barcodes(pixels)}
    return frozenset(code.text for code in specimen.codes) - read


def face_similarity(specimen: Specimen, before: Pixels, after: Pixels) -> float | None:
    """Return the structural similarity of the portrait, None where there is none."""
    if specimen.face is None:
        return None
    across = before.shape[1] / specimen.width
    down = before.shape[0] / specimen.height
    left, top, right, bottom = specimen.face
    box = Box(round(left * across), round(top * down), round(right * across), round(bottom * down))
    return similarity(box.crop(before), box.crop(after))


def similarity(before: Pixels, after: Pixels) -> float:
    """Return the mean SSIM of two pictures' brightness (Gaussian window, sigma 1.5)."""
    first, second = (
        cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(np.float64) for one in (before, after)
    )
    mean_1, mean_2 = _local(first), _local(second)
    spread_1 = _local(first * first) - mean_1**2
    spread_2 = _local(second * second) - mean_2**2
    joint = _local(first * second) - mean_1 * mean_2
    steady_1, steady_2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_1 * mean_2 + steady_1) * (2 * joint + steady_2)
    below = (mean_1**2 + mean_2**2 + steady_1) * (spread_1 + spread_2 + steady_2)
    return float((above / below).mean())


def _local(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5), np.float64)


def plain(text: str) -> str:
    """Leave out spaces and write look-alike signs of other scripts as one."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _groups(words: Sequence[Word], pieces: Sequence[Piece]) -> list[tuple[list[Word], list[Piece]]]:
    """Join print and pieces that cover each other, as far as that reaches."""
    groups: list[tuple[list[Word], list[Piece]]] = [([word], []) for word in words]
    for piece in pieces:
        touched = [group for group in groups if any(_cover(one.box, piece.box) for one in group[0])]
        tallest = max((_height(one.box) for group in touched for one in group[0]), default=0)
        if _height(piece.box) > _TALLEST * tallest:
            # Nothing, or a frame or a picture taken for print, with the print inside it.
            continue
        joined: tuple[list[Word], list[Piece]] = ([], [piece])
        for group in touched:
            joined[0].extend(group[0])
            joined[1].extend(group[1])
        groups = [group for group in groups if group not in touched]
        groups.append(joined)
    return groups


def _cover(first: Box, second: Box) -> bool:
    """Tell whether two boxes are about the same print."""
    across = min(first.right, second.right) - max(first.left, second.left)
    down = min(first.bottom, second.bottom) - max(first.top, second.top)
    if across <= 0 or down <= 0:
        return False
    return across * down >= _SHARED * min(_size(first), _size(second))


def _height(box: Box) -> int:
    return box.bottom - box.top


def _size(box: Box) -> int:
    return max(1, (box.right - box.left) * (box.bottom - box.top))


def _in_order(things: Sequence[Printed]) -> list[Printed]:
    """Sort by lines, and within a line from the left."""
    left_first = sorted(things, key=lambda thing: thing.box.top + thing.box.bottom)
    lines: list[list[Printed]] = []
    for thing in left_first:
        middle = (thing.box.top + thing.box.bottom) / 2
        if lines and middle < lines[-1][0].box.bottom:
            lines[-1].append(thing)
        else:
            lines.append([thing])
    return [one for line in lines for one in sorted(line, key=lambda thing: thing.box.left)]
