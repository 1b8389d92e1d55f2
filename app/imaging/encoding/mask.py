"""The black and white layer of a page, bit for bit.

Letters that look alike are told apart by their own pixels: a shape is only ever a hint of what the
next one may be, and each pixel is coded, so no digit can turn into another.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.imaging.encoding.coder import Coder
from app.imaging.encoding.symbols import MOST_SIDE, fitted
from app.imaging.encoding.waves import Likelihood, Shape, strip
from app.imaging.encoding.writing import Kind, Placed, Writing, grown, tight, understood

#: A4 at 300 dpi has 8.7 million pixels.
MOST_MASK_PIXELS = 12_000_000
_MOST_KINDS = 20_000
_MOST_PLACED = 60_000
_TILE = 32
#: How many neighbours tell of a pixel: alone, and with a shape that it resembles.
_ALONE = ((4, 0), (9, 0), (13, 0), (20, 0))
_ALIKE = ((1, 1), (2, 5), (4, 9), (8, 13))
_REST = ((6, 0), (12, 0), (22, 0))

Size = tuple[int, int]


def write_mask(mask: NDArray[np.bool_]) -> bytes:
    """Return the mask's bytes: a checksum of its pixels, then the code.

    A machine that computed other chances would read other pixels; it shall refuse instead.
    """
    writing, rest = understood(mask.astype(np.uint8))
    coder = Coder()
    _pass(coder, writing, rest)
    return _checksum(mask) + coder.to_bytes()


def _checksum(mask: NDArray[np.bool_]) -> bytes:
    return zlib.crc32(np.packbits(mask).tobytes()).to_bytes(4, "big")


def read_mask(untrusted: bytes, height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask.

    Raises:
        UserError: ``file_unreadable``.
    """
    if height * width > MOST_MASK_PIXELS:
        raise UserError("file_unreadable")
    writing, page = Writing(), np.zeros((height, width), np.uint8)
    _pass(Coder(untrusted[4:]), writing, page)
    for line in writing.lines:
        for placed in line:
            if placed.own is None:
                _put(page, writing.kinds[placed.kind].shape, placed.left, placed.top)
            else:
                _put(page, placed.own, placed.left - 1, placed.top - 1)
    mask = page.astype(np.bool_)
    if _checksum(mask) != untrusted[:4]:
        raise UserError("file_unreadable")
    return mask


def _pass(coder: Coder, writing: Writing, rest: Shape) -> None:
    """Write all of it, or read all of it into empty ones."""
    _kinds(coder, writing.kinds)
    _lines(coder, writing)
    _own_pixels(coder, writing)
    _rest(coder, rest)


def _kinds(coder: Coder, kinds: list[Kind]) -> None:
    """Pass the shapes that others refer to: some alone, some by what they resemble."""
    count = _bounded(coder.natural("kinds", len(kinds)), _MOST_KINDS)
    if coder.is_reading:
        kinds.extend(Kind(np.zeros((1, 1), np.uint8)) for _ in range(count))
    sizes: list[Size] = []
    for kind in kinds:
        if coder.bit("has_model", 0, int(kind.model is not None)):
            kind.model = _index(coder, "model", kind.model or 0, count)
        else:
            height, width = kind.shape.shape
            sizes.append((_side(coder, "height", height), _side(coder, "width", width)))
    alone = [kind for kind in kinds if kind.model is None]
    for kind, shape in zip(
        alone, _walked(coder, sizes, [kind.shape for kind in alone]), strict=True
    ):
        kind.shape = shape
    alike = [(kind, kinds[kind.model]) for kind in kinds if kind.model is not None]
    if any(model.model is not None for _, model in alike):
        raise UserError("file_unreadable")
    frames = [np.pad(model.shape, 1) for _, model in alike]
    canvases = [] if coder.is_reading else [_on(kind.shape, model.shape) for kind, model in alike]
    sizes = [(frame.shape[0], frame.shape[1]) for frame in frames]
    for (kind, _), shape in zip(alike, _walked(coder, sizes, canvases, frames), strict=True):
        kind.shape = tight(shape)


def _on(shape: Shape, model: Shape) -> Shape:
    at = fitted(shape, model)
    assert at is not None
    return grown(shape, model, at)


def _lines(coder: Coder, writing: Writing) -> None:
    """Pass which kind stands where, line by line."""
    lines, pen = writing.lines, _Pen(coder, writing.kinds)
    total = 0
    for number in range(_bounded(coder.natural("lines", len(lines)), _MOST_PLACED)):
        given = [] if coder.is_reading else lines[number]
        length = _bounded(coder.natural("length", len(given)), _MOST_PLACED)
        total = _bounded(total + length, _MOST_PLACED)
        passed = [
            pen.place(Placed(0, 0, 0) if coder.is_reading else given[place], is_first=not place)
            for place in range(length)
        ]
        if coder.is_reading:
            lines.append(passed)


class _Pen:
    """Passes one shape after another, each where writing would go on.

    What it remembers: how far each kind's foot lies from its line, and where the last shape ended.
    """

    def __init__(self, coder: Coder, kinds: Sequence[Kind]) -> None:
        self._coder, self._kinds = coder, kinds
        self._unused = 0
        self._own_pixels = 0
        self._rises: dict[int, int] = {}
        self._start = self._right = self._base = 0

    def place(self, given: Placed, is_first: bool) -> Placed:
        """Pass one shape; reading, ``given`` means nothing."""
        kind = self._kind(given.kind)
        is_own = self._coder.bit("is_own", 0, int(given.own is not None))
        height, width = self._kinds[kind].shape.shape
        from_x = self._start if is_first else self._right
        left = from_x + self._coder.integer("start" if is_first else "gap", given.left - from_x)
        expected = self._base + self._rises.get(kind, 0)
        name = "base" if is_first else "drop" if kind in self._rises else "rise"
        bottom = expected + self._coder.integer(name, given.top + height - expected)
        if is_first:
            self._start, self._base = left, bottom - self._rises.get(kind, 0)
        elif kind in self._rises and abs(bottom - expected) <= 2:
            # The line climbs or falls a little: the sheet lay askew.
            self._base += bottom - expected
        self._rises[kind] = bottom - self._base
        self._right = left + width
        return Placed(kind, left, bottom - height, self._room(height, width) if is_own else None)

    def _kind(self, given: int) -> int:
        if not self._coder.bit("is_new", 0, int(given == self._unused)):
            return _index(self._coder, "kind", given, len(self._kinds))
        self._unused += 1
        return _bounded(self._unused - 1, len(self._kinds) - 1)

    def _room(self, height: int, width: int) -> Shape:
        self._own_pixels += (height + 2) * (width + 2)
        _bounded(self._own_pixels, MOST_MASK_PIXELS)
        return np.zeros((height + 2, width + 2), np.uint8)


def _own_pixels(coder: Coder, writing: Writing) -> None:
    """Pass the pixels of all shapes that are not quite their kind's."""
    changed = [placed for line in writing.lines for placed in line if placed.own is not None]
    frames = [np.pad(writing.kinds[placed.kind].shape, 1) for placed in changed]
    sizes = [(frame.shape[0], frame.shape[1]) for frame in frames]
    owns = [placed.own for placed in changed if placed.own is not None]
    for placed, own in zip(changed, _walked(coder, sizes, owns, frames), strict=True):
        placed.own = own


def _walked(
    coder: Coder, sizes: Sequence[Size], shapes: Sequence[Shape], frames: Sequence[Shape] = ()
) -> list[Shape]:
    """Pass shapes side by side and return them."""
    if sum(height * width for height, width in sizes) > MOST_MASK_PIXELS:
        raise UserError("file_unreadable")
    laid = strip(sizes)
    memory = np.zeros(laid.length, np.uint8) if coder.is_reading else laid.lay(shapes)
    if frames:
        Likelihood(_ALIKE).walk(coder, laid, memory, laid.lay(frames))
    else:
        Likelihood(_ALONE).walk(coder, laid, memory)
    return [
        laid.window(memory, at, size).copy() for at, size in zip(laid.starts, sizes, strict=True)
    ]


def _rest(coder: Coder, rest: Shape) -> None:
    """Pass what is no small shape, where there is any; reading fills ``rest``."""
    height, width = rest.shape
    down, right = -(-height // _TILE), -(-width // _TILE)
    whole = np.zeros((down * _TILE, right * _TILE), np.uint8)
    whole[:height, :width] = rest
    tiles = np.asarray(whole.reshape(down, _TILE, right, _TILE).max((1, 3)), np.uint8)
    for y in range(down):
        for x in range(right):
            above = int(tiles[y - 1, x]) if y else 0
            before = int(tiles[y, x - 1]) if x else 0
            tiles[y, x] = coder.bit("tile", 2 * above + before, int(tiles[y, x]))
    wanted = np.repeat(np.repeat(tiles, _TILE, 0), _TILE, 1)[:height, :width]
    laid = strip([(height, width)], [wanted])
    memory = laid.lay([rest])
    Likelihood(_REST).walk(coder, laid, memory)
    rest[:] = laid.window(memory, laid.starts[0], rest.shape)


def _put(page: Shape, shape: Shape, left: int, top: int) -> None:
    height, width = shape.shape
    if left >= page.shape[1] or top >= page.shape[0] or left + width <= 0 or top + height <= 0:
        raise UserError("file_unreadable")
    above, before = max(0, -top), max(0, -left)
    window = page[top + above : top + height, left + before : left + width]
    window |= shape[above : above + window.shape[0], before : before + window.shape[1]]


def _index(coder: Coder, name: str, value: int, count: int) -> int:
    """Pass a number below ``count``, the frequent ones cheaply."""
    passed = 1
    digits = max(1, (count - 1).bit_length())
    for place in range(digits - 1, -1, -1):
        passed = passed * 2 + coder.bit(name, passed, (value >> place) & 1)
    return _bounded(passed - (1 << digits), count - 1)


def _side(coder: Coder, name: str, value: int) -> int:
    return 1 + _bounded(coder.natural(name, value - 1), MOST_SIDE - 1)


def _bounded(value: int, most: int) -> int:
    if value > most:
        raise UserError("file_unreadable")
    return value
