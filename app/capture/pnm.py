"""Reads a PNM stream of one page as it comes out of a pipe, and turns it into a file with a size.

The stream is a driver's, so nothing in it is believed: a page is whole only when exactly the
announced lines came, and no announcement makes it take more than the stated memory.
"""

from __future__ import annotations

from app.capture import faults
from app.capture.tiff import Raster, TiffWriter

#: A3 at 300 dpi in colour is 52 MB; more than this is a driver gone wrong.
MOST_RASTER_BYTES = 160 * 1024 * 1024
_MOST_HEAD_BYTES = 512
_MOST_SIDE_PX = 40_000
_WHITE = b" \t\r\n"


class PnmPage:
    """One page out of a pipe.

    Args:
        dpi: what the device was told, 0 when it was told nothing.
    """

    def __init__(self, dpi: int) -> None:
        self._dpi = dpi
        self._head = b""
        self._raster: Raster | None = None
        self._writer: TiffWriter | None = None
        self._sample_bytes = 1
        self._carried = b""
        self._left = 0
        self._announced = 0

    @property
    def has_lines(self) -> bool:
        """Tell whether any of its pixels came."""
        return self._writer is not None and self._left < self._announced

    @property
    def is_whole(self) -> bool:
        """Tell whether every announced line came."""
        return self._writer is not None and self._left == 0

    def take(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            LocalFault: ``scanner_page_too_large``, ``scanner_page_torn``.
        """
        if self._writer is None:
            chunk = self._take_head(chunk)
        if self._writer is None:
            return
        # A driver that sends more lines than it announced (SANE's pnm does) is held to its word.
        lines = memoryview(chunk)[: self._left]
        self._left -= len(lines)
        self._writer.write(self._to_eight_bits(lines))

    def close(self) -> bytes:
        """Return the page as a TIFF file.

        Raises:
            LocalFault: ``scanner_page_torn`` when lines are missing.
        """
        if self._writer is None or not self.is_whole:
            raise faults.fault(faults.TORN)
        return self._writer.close()

    def _take_head(self, chunk: bytes) -> bytes:
        """Collect the header; return what follows it, once it is there."""
        self._head += chunk
        fields = _head_fields(self._head[:_MOST_HEAD_BYTES])
        if fields is None:
            if len(self._head) > _MOST_HEAD_BYTES:
                raise faults.fault(faults.TORN)
            return b""
        (kind, width, height, most), head_bytes = fields
        if not (0 < width <= _MOST_SIDE_PX and 0 < height <= _MOST_SIDE_PX):
            raise faults.fault(faults.TOO_LARGE if width and height else faults.TORN)
        if most not in (1, 255, 65535):
            raise faults.fault(faults.UNSUPPORTED)
        self._sample_bytes = 2 if most == 65535 else 1
        raster = Raster(width, height, 3 if kind == b"P6" else 1, is_bilevel=kind == b"P4")
        self._left = raster.size_bytes * self._sample_bytes
        if self._left > MOST_RASTER_BYTES:
            raise faults.fault(faults.TOO_LARGE)
        self._announced = self._left
        self._writer = TiffWriter(raster, self._dpi)
        body, self._head = self._head[head_bytes:], b""
        return body

    def _to_eight_bits(self, lines: memoryview) -> bytes | memoryview:
        """Leave of 16 bits, which come with the high byte first, the high one."""
        if self._sample_bytes == 1:
            return lines
        samples = self._carried + bytes(lines)
        whole = len(samples) // 2 * 2
        self._carried = samples[whole:]
        return samples[:whole:2]


def _head_fields(head: bytes) -> tuple[tuple[bytes, int, int, int], int] | None:
    """Read ``P6 width height 255``; None while more of it may come.

    Raises:
        LocalFault: ``scanner_page_torn`` when it is no such header.
    """
    if head[:1] not in (b"", b"P") or (len(head) > 1 and head[:2] not in (b"P4", b"P5", b"P6")):
        raise faults.fault(faults.TORN)
    wanted = 3 if head[:2] == b"P4" else 4
    words: list[bytes] = []
    at = 0
    while len(words) < wanted:
        while at < len(head) and head[at : at + 1] in (b" ", b"\t", b"\r", b"\n"):
            at += 1
        if head[at : at + 1] == b"#":
            at = head.find(b"\n", at)
            if at < 0:
                return None
            continue
        end = at
        while end < len(head) and head[end] not in _WHITE:
            end += 1
        if end >= len(head):
            # The last number may go on, and one white byte stands before the pixels.
            return None
        words.append(head[at:end])
        at = end
    if not all(word.isdigit() and len(word) <= 6 for word in words[1:]):
        raise faults.fault(faults.TORN)
    numbers = [int(word) for word in words[1:]]
    return (words[0], numbers[0], numbers[1], numbers[2] if wanted == 4 else 1), at + 1
