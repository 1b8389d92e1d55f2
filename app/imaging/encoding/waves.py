"""Black and white pixels without loss, each coded by what its neighbours were.

A pixel's neighbours lie in the rows above and to its left, so all pixels with the same x + 3y can
be coded in one step. Many small shapes lie in one strip of memory and are walked side by side.
Chances are ratios of integer counts: the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.imaging.encoding.coder import Coder

Shape = NDArray[np.uint8]
#: White around each shape in the strip: no neighbour below lies farther away than this.
_MARGIN = 4
#: Neighbours (rows down, columns right) that are known before a pixel, nearest first.
_KNOWN = (
    (0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-1, 2), (-1, -2), (-2, -1), (-2, 1),
    (0, -3), (-2, 2), (-2, -2), (-3, 0), (0, -4), (-3, -1), (-3, 1), (-1, -3), (-2, 3), (-3, 2),
    (0, -5), (-2, -3),
)  # fmt: skip
#: Neighbours in the shape that this one resembles: these lie all around.
_LIKENESS = (
    (0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1),
    (0, 2), (2, 0), (0, -2), (-2, 0),
)  # fmt: skip
_MOST_COUNT = 1000
#: A pixel as expected as this teaches nothing.
_EXPECTED = np.float32(1 / 1024)
#: How often a level must have seen the same before it outweighs the one before it.
_TRUST = (0.4, 2.0, 4.0, 6.0)


@dataclass(frozen=True)
class Strip:
    """Where shapes lie in one piece of memory, and in which steps their pixels are walked."""

    pitch: int
    length: int
    starts: tuple[int, ...]
    order: NDArray[np.int64]
    steps: tuple[tuple[int, int], ...]

    def lay(self, shapes: Sequence[Shape]) -> Shape:
        """Return the memory with the shapes in it."""
        memory = np.zeros(self.length, np.uint8)
        for start, shape in zip(self.starts, shapes, strict=True):
            self.window(memory, start, shape.shape)[:] = shape
        return memory

    def window(self, memory: Shape, start: int, size: tuple[int, ...]) -> Shape:
        """Return a view of one shape."""
        return np.lib.stride_tricks.as_strided(memory[start:], size, (self.pitch, 1))


def strip(sizes: Sequence[tuple[int, int]], wanted: Sequence[Shape] | None = None) -> Strip:
    """Lay out shapes of these heights and widths.

    Args:
        sizes: height and width of each.
        wanted: which pixels of each are walked; all of them when None. The others are white.
    """
    pitch = max((width for _, width in sizes), default=0) + 2 * _MARGIN
    row, starts, places, steps = _MARGIN, [], [], []
    for number, (height, width) in enumerate(sizes):
        starts.append(row * pitch + _MARGIN)
        if wanted is None:
            y, x = np.divmod(np.arange(height * width), max(width, 1))
        else:
            y, x = np.nonzero(wanted[number])
        places.append(starts[-1] + y * pitch + x)
        steps.append(x + 3 * y)
        row += height + _MARGIN
    step = np.concatenate([np.zeros(0, np.int64), *steps])
    order = np.argsort(step, kind="stable")
    cuts = (np.flatnonzero(np.diff(step[order])) + 1).tolist()
    bounds = tuple(zip([0, *cuts], [*cuts, len(step)], strict=True)) if len(step) else ()
    walked = np.concatenate([np.zeros(0, np.int64), *places])[order]
    return Strip(pitch, (row + _MARGIN) * pitch, tuple(starts), walked, bounds)


class Likelihood:
    """What pixels follow which neighbours, learnt on the way.

    Few neighbours are learnt from soon, many tell more: each level starts from what the one before
    it expects, and trusts itself the more often it has seen the same.

    Args:
        levels: for each, how many neighbours before a pixel it looks at, and how many in the
            resembling shape.
    """

    def __init__(self, levels: Sequence[tuple[int, int]]) -> None:
        self._known = max(known for known, _ in levels)
        self._alike = max(alike for _, alike in levels)
        self._weights = np.zeros((len(levels), self._known + self._alike))
        for weights, (known, alike) in zip(self._weights, levels, strict=True):
            weights[:known] = 2.0 ** np.arange(known)
            weights[self._known : self._known + alike] = 2.0 ** np.arange(known, known + alike)
        sizes = [2 << (known + alike) for known, alike in levels]
        self._bases = np.cumsum([0, *sizes[:-1]])[:, None]
        self._counts = np.zeros(sum(sizes), np.int32)

    def walk(self, coder: Coder, laid: Strip, memory: Shape, likeness: Shape | None = None) -> None:
        """Pass all pixels of the strip; reading fills ``memory``."""
        counts = self._counts
        known = _offsets(_KNOWN[: self._known], laid.pitch)
        alike = _offsets(_LIKENESS[: self._alike], laid.pitch)
        for first, last in laid.steps:
            places = laid.order[first:last]
            near = memory[places + known]
            if likeness is not None:
                near = np.concatenate([near, likeness[places + alike]])
            # Sums of different powers of two below 2**53: exact, and faster than integers.
            contexts = (self._weights @ near).astype(np.int64) * 2 + self._bases
            white, black = counts[contexts], counts[contexts + 1]
            bits = None if coder.is_reading else memory[places].astype(np.int32)
            chances = _chances(white, black)
            passed = coder.bits(bits, chances)
            memory[places] = passed
            # Where all is white all around there is nothing left to learn, and most of a page is.
            is_news = np.abs(passed - chances) > _EXPECTED
            contexts = contexts[:, is_news]
            np.add.at(counts, contexts + passed[is_news], 1)
            full = contexts[(white + black)[:, is_news] > _MOST_COUNT]
            if len(full):
                counts[full] = (counts[full] + 1) >> 1
                counts[full + 1] = (counts[full + 1] + 1) >> 1


def _chances(white: NDArray[np.int32], black: NDArray[np.int32]) -> NDArray[np.float32]:
    chances = np.full(white.shape[1], 0.5)
    seen = white + black
    for level in range(len(white)):
        # Sums, products and one quotient: the same on every processor.
        chances = (black[level] + _TRUST[level] * chances) / (seen[level] + _TRUST[level])
    return chances.astype(np.float32)


def _offsets(neighbours: Sequence[tuple[int, int]], pitch: int) -> NDArray[np.int64]:
    return np.array([[down * pitch + right] for down, right in neighbours], np.int64)
