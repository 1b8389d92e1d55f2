"""What a page of writing consists of: kinds of shapes, and where each of them stands.

Made by the writer; whatever is chosen here changes the number of bytes and never a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.imaging.encoding.symbols import Resemblance, Symbol, fitted, in_lines, take_apart
from app.imaging.encoding.waves import Shape

#: A shape is coded by another one when fewer pixels than this share of its own differ.
_CLOSE = 0.08
#: A new kind of shape leans on an older one up to this share.
_ALIKE = 0.25


@dataclass
class Kind:
    """A shape to which others refer."""

    shape: Shape
    #: The kind it resembles; that one has no model itself.
    model: int | None = None


@dataclass
class Placed:
    """One shape on the page."""

    kind: int
    #: Where its kind's frame lies.
    left: int
    top: int
    #: Its own pixels on that frame grown by one on each side; None when they are its kind's.
    own: Shape | None = None


@dataclass
class Writing:
    """All small shapes of a page."""

    kinds: list[Kind] = field(default_factory=list)
    lines: list[list[Placed]] = field(default_factory=list)


def understood(mask: Shape) -> tuple[Writing, Shape]:
    """Return the writing on the page, and the rest: lines, frames, drawings."""
    symbols, rest = take_apart(mask)
    reader = _Reader(symbols)
    for line in in_lines(symbols):
        reader.writing.lines.append([reader.place(symbol) for symbol in line])
    return reader.writing, rest


def grown(shape: Shape, frame: Shape, at: tuple[int, int]) -> Shape:
    """Return the shape on the frame of another, grown by one pixel on each side."""
    canvas = np.zeros((frame.shape[0] + 2, frame.shape[1] + 2), np.uint8)
    canvas[at[0] : at[0] + shape.shape[0], at[1] : at[1] + shape.shape[1]] = shape
    return canvas


def tight(shape: Shape) -> Shape:
    """Return the shape without white rows and columns around it; one pixel when it is all white."""
    rows, columns = np.flatnonzero(shape.any(1)), np.flatnonzero(shape.any(0))
    if not len(rows):
        return np.zeros((1, 1), np.uint8)
    return np.ascontiguousarray(shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


class _Reader:
    def __init__(self, symbols: Sequence[Symbol]) -> None:
        self.writing = Writing()
        self._all = Resemblance(_CLOSE)
        self._first = Resemblance(_ALIKE)

    def place(self, symbol: Symbol) -> Placed:
        """Return the symbol by the kind it is closest to, or as a kind of its own."""
        found = self._all.find(symbol.shape)
        kinds = self.writing.kinds
        at = fitted(symbol.shape, kinds[found].shape) if found is not None else None
        if found is None or at is None:
            return Placed(self._new(symbol.shape), symbol.left, symbol.top)
        own = grown(symbol.shape, kinds[found].shape, at)
        is_same = own.shape == (symbol.shape.shape[0] + 2, symbol.shape.shape[1] + 2) and bool(
            (own[1:-1, 1:-1] == kinds[found].shape).all()
        )
        left, top = symbol.left - at[1] + 1, symbol.top - at[0] + 1
        return Placed(found, left, top, None if is_same else own)

    def _new(self, shape: Shape) -> int:
        kinds = self.writing.kinds
        number = len(kinds)
        model = self._first.find(shape)
        if model is not None and fitted(shape, kinds[model].shape) is None:
            model = None
        if model is None:
            self._first.add(shape, number)
        self._all.add(shape, number)
        kinds.append(Kind(shape, model))
        return number
