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
    (0, -3), (-2, 2), (-2, -2), (-3, 0), (0, -4), (-3, -1), (-3, 1), (-1, -3),
)  # fmt: skip
#: Neighbours in the shape that this one resembles: these lie all around.
_LIKENESS = (
    (0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1),
)  # fmt: skip
_MOST_COUNT = 1000


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

    Args:
        known: how many neighbours before a pixel it looks at.
        alike: how many neighbours in the resembling shape; 0 when there is none.
    """

    def __init__(self, known: int, alike: int = 0) -> None:
        self._known, self._alike = known, alike
        self._weights = 2.0 ** np.arange(known + alike)
        self._counts = np.zeros(2 << (known + alike), np.int32)

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
            context = (self._weights @ near).astype(np.int64) * 2
            white, black = counts[context], counts[context + 1]
            chances = ((black * 5 + 1) / ((white + black) * 5 + 2)).astype(np.float32)
            bits = None if coder.is_reading else memory[places].astype(np.int32)
            passed = coder.bits(bits, chances)
            memory[places] = passed
            np.add.at(counts, context + passed, 1)
            full = context[white + black > _MOST_COUNT]
            if len(full):
                counts[full] = (counts[full] + 1) >> 1
                counts[full + 1] = (counts[full + 1] + 1) >> 1


def _offsets(neighbours: Sequence[tuple[int, int]], pitch: int) -> NDArray[np.int64]:
    return np.array([[down * pitch + right] for down, right in neighbours], np.int64)
