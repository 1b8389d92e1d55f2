"""Takes a page of writing apart into small shapes, and finds which of them resemble each other.

Only the writer needs it; nothing here can change a pixel of what is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.encoding.waves import Shape

#: Larger shapes are lines, frames and drawings; no letter of a document's text is.
MOST_SIDE = 96
#: Smaller ones are specks.
_LEAST_PIXELS = 6
#: Strokes of one letter, above each other: the dot of an i.
_STROKE_GAP = 5


@dataclass
class Symbol:
    """One shape on the page."""

    left: int
    top: int
    shape: Shape


def take_apart(mask: Shape) -> tuple[list[Symbol], Shape]:
    """Return the small shapes, and what is left of the page without them."""
    kernel = np.ones((_STROKE_GAP, 1), np.uint8)
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    rest, symbols = mask.copy(), []
    for number in range(1, count):
        left, top, width, height, _ = (int(value) for value in boxes[number])
        if width > MOST_SIDE or height > MOST_SIDE:
            continue
        window = (slice(top, top + height), slice(left, left + width))
        shape = ((labels[window] == number) & (mask[window] > 0)).astype(np.uint8)
        if shape.sum() < _LEAST_PIXELS:
            continue
        rest[window] &= ~shape & 1
        symbols.append(_tight(left, top, shape))
    return symbols, rest


def _tight(left: int, top: int, shape: Shape) -> Symbol:
    rows, columns = np.flatnonzero(shape.any(1)), np.flatnonzero(shape.any(0))
    cut = shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Symbol(left + int(columns[0]), top + int(rows[0]), np.ascontiguousarray(cut))


def in_lines(symbols: Sequence[Symbol]) -> list[list[Symbol]]:
    """Return the shapes by lines of text, each from left to right; any order would do."""
    lines: list[list[Symbol]] = []
    tops, bottoms, rights = np.zeros(0), np.zeros(0), np.zeros(0)
    for symbol in sorted(symbols, key=lambda one: (one.left, one.top)):
        height, width = symbol.shape.shape
        top, bottom = symbol.top, symbol.top + height
        shared = np.minimum(bottoms, bottom) - np.maximum(tops, top)
        smaller = np.minimum(bottoms - tops, height)
        is_near = (shared > 0.5 * smaller) & (symbol.left - rights < 250)
        if not is_near.any():
            lines.append([symbol])
            tops, bottoms = np.append(tops, top), np.append(bottoms, bottom)
            rights = np.append(rights, symbol.left + width)
            continue
        best = int(np.argmax(np.where(is_near, shared - 0.02 * (symbol.left - rights), -1e9)))
        lines[best].append(symbol)
        rights[best] = symbol.left + width
        # The line's band follows the writing slowly: it may climb, and letters differ in height.
        if height > 0.6 * (bottoms[best] - tops[best]):
            tops[best] += 0.2 * (top - tops[best])
            bottoms[best] += 0.2 * (bottom - bottoms[best])
    return [line for _, line in sorted(zip(bottoms.tolist(), lines, strict=True), key=_first)]


def _first(pair: tuple[float, list[Symbol]]) -> float:
    return pair[0]


class Resemblance:
    """Finds, for one shape after another, an earlier one that it resembles.

    Args:
        most: the largest share of a shape's pixels that may differ.
    """

    def __init__(self, most: float) -> None:
        self._most = most
        self._drawers: dict[int, _Drawer] = {}

    def find(self, shape: Shape) -> int | None:
        """Return the number of the most similar one that was added, None when all differ."""
        return self._drawer(shape).find(shape, self._most)

    def add(self, shape: Shape, number: int) -> None:
        """Remember a shape by its number."""
        self._drawer(shape).add(shape, number)

    def _drawer(self, shape: Shape) -> _Drawer:
        side = -(-(max(shape.shape) + 3) // 24) * 24 + 4
        return self._drawers.setdefault(side, _Drawer(side))


class _Drawer:
    """Shapes of about one size, centred on squares of one size."""

    def __init__(self, side: int) -> None:
        self._side = side
        self._numbers: list[int] = []
        self._areas = np.zeros(64, np.float32)
        self._sizes = np.zeros((64, 2), np.int64)
        self._flat = np.zeros((64, side * side), np.float32)

    def find(self, shape: Shape, most: float) -> int | None:
        held = self._sizes[: len(self._numbers)]
        near = np.flatnonzero((np.abs(held - np.array(shape.shape)) <= 2).all(1))
        if not len(near):
            return None
        area = float(shape.sum())
        # How many pixels differ: those of both, less twice those they share. Exact in float32.
        differing = self._areas[near] + area - 2 * (self._flat[near] @ self._centred(shape))
        best = int(np.argmin(differing))
        return self._numbers[near[best]] if differing[best] < most * area else None

    def add(self, shape: Shape, number: int) -> None:
        count = len(self._numbers)
        if count == len(self._areas):
            self._areas = np.concatenate([self._areas, np.zeros_like(self._areas)])
            self._sizes = np.concatenate([self._sizes, np.zeros_like(self._sizes)])
            self._flat = np.concatenate([self._flat, np.zeros_like(self._flat)])
        self._areas[count] = shape.sum()
        self._sizes[count] = shape.shape
        self._flat[count] = self._centred(shape)
        self._numbers.append(number)

    def _centred(self, shape: Shape) -> NDArray[np.float32]:
        height, width = shape.shape
        top, left = (self._side - height) // 2, (self._side - width) // 2
        centred = np.zeros((self._side, self._side), np.float32)
        centred[top : top + height, left : left + width] = shape
        return centred.ravel()


def fitted(shape: Shape, model: Shape) -> tuple[int, int] | None:
    """Return where on the model, grown by a pixel all around, the shape resembles it best.

    Returns:
        Rows down and columns right; None when the shape is larger.
    """
    grown = np.pad(model, 1).astype(np.int16)
    down, right = grown.shape[0] - shape.shape[0], grown.shape[1] - shape.shape[1]
    if down < 0 or right < 0:
        return None
    tries = [
        (int((grown[y : y + shape.shape[0], x : x + shape.shape[1]] * shape).sum()), y, x)
        for y in range(down + 1)
        for x in range(right + 1)
    ]
    _, y, x = max(
        tries, key=lambda one: (one[0], -abs(2 * one[1] - down), -abs(2 * one[2] - right))
    )
    return y, x
