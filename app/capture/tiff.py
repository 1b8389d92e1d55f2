"""Writes one page as a TIFF file while its lines still arrive; reads nothing and judges nothing.

TIFF, because it says the resolution and needs no filter for every line; Deflate at its fastest
halves a page of paper with a scanner's noise and is done long before the carriage is home.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

_FASTEST = 1
_SHORT, _LONG, _RATIONAL = 3, 4, 5
_DEFLATE = 8
_BLACK_IS_ONE, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_INCH, _NO_UNIT = 2, 1


@dataclass(frozen=True)
class Raster:
    """What lines of pixels are.

    Attributes:
        width: pixels in a line.
        height: lines.
        channels: 1 or 3, of 8 bits.
        is_bilevel: one bit for each pixel, 1 is black, lines padded to bytes.
    """

    width: int
    height: int
    channels: int
    is_bilevel: bool = False

    @property
    def size_bytes(self) -> int:
        """Return how many bytes all lines take."""
        if self.is_bilevel:
            return (self.width + 7) // 8 * self.height
        return self.width * self.height * self.channels


class TiffWriter:
    """Takes a page's lines as they come.

    Args:
        raster: what the lines are.
        dpi: resolution of the page, 0 when it is not known.
    """

    def __init__(self, raster: Raster, dpi: int) -> None:
        self._raster = raster
        self._dpi = dpi
        self._deflate = zlib.compressobj(_FASTEST)
        self._parts = [self._deflate.compress(b"")]

    def write(self, lines: bytes | memoryview) -> None:
        """Take bytes of the raster, in order, cut anywhere."""
        self._parts.append(self._deflate.compress(lines))

    def close(self) -> bytes:
        """Return the file."""
        strip = b"".join([*self._parts, self._deflate.flush()])
        return _head(self._raster, self._dpi, len(strip)) + strip


def tiff(raster: Raster, dpi: int, lines: bytes) -> bytes:
    """Return a whole page as a file."""
    writer = TiffWriter(raster, dpi)
    writer.write(lines)
    return writer.close()


def _head(raster: Raster, dpi: int, strip_bytes: int) -> bytes:
    """Return everything before the pixels: header, directory and what the directory points to."""
    bits = 1 if raster.is_bilevel else 8
    colour = _RGB if raster.channels == 3 else _BLACK_IS_ZERO
    entries = 12
    after = 8 + 2 + entries * 12 + 4
    bits_at, ratio_at = after, after + 6
    strip_at = ratio_at + 8
    rows = [
        (256, _LONG, 1, raster.width),
        (257, _LONG, 1, raster.height),
        (258, _SHORT, raster.channels, bits_at if raster.channels == 3 else bits),
        (259, _SHORT, 1, _DEFLATE),
        (262, _SHORT, 1, _BLACK_IS_ONE if raster.is_bilevel else colour),
        (273, _LONG, 1, strip_at),
        (277, _SHORT, 1, raster.channels),
        (278, _LONG, 1, raster.height),
        (279, _LONG, 1, strip_bytes),
        (282, _RATIONAL, 1, ratio_at),
        (283, _RATIONAL, 1, ratio_at),
        (296, _SHORT, 1, _INCH if dpi else _NO_UNIT),
    ]
    directory = b"".join(struct.pack("<HHII", *row) for row in rows)
    return b"".join(
        (
            struct.pack("<2sHIH", b"II", 42, 8, entries),
            directory,
            struct.pack("<I", 0),
            struct.pack("<3H", bits, bits, bits),
            struct.pack("<2I", dpi or 1, 1),
        )
    )
