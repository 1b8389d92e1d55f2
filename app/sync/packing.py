"""A pack as one body: headers and blob files one after another, from any byte on.

Never holds more than one block in memory, and never writes a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from app.errors import LocalFault
from app.protocol.record import HEADER_BYTES, RecordHeader

_BLOCK_BYTES = 4096


class PackBody:
    """File-like; made to be handed to a link.

    Args:
        records: of the pack, in order.
        path_of: digest to the file of sealed bytes.
        offset_bytes: where in the pack to begin.
        before_block: told before each block how many bytes are still to go; may wait, and may
            raise to break off.
        check: called with a digest before the first byte of its file; raises when it is torn. Here
            and not before the pack: reading all of it would keep the link waiting.
    """

    def __init__(
        self,
        records: Sequence[RecordHeader],
        path_of: Callable[[str], Path],
        offset_bytes: int = 0,
        before_block: Callable[[int], None] = lambda remaining: None,
        check: Callable[[str], object] = lambda digest: None,
    ) -> None:
        self._path_of = path_of
        self._before_block = before_block
        self._check = check
        self._file: BinaryIO | None = None
        self._waiting = list(_remaining(records, offset_bytes))
        self._waiting.reverse()
        self._length = sum(HEADER_BYTES + one.length_bytes for one in records) - offset_bytes
        #: Bytes given out so far.
        self.given_bytes = 0

    def __len__(self) -> int:
        """Return the length from the offset to the end."""
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        """Yield blocks."""
        while block := self.read(_BLOCK_BYTES):
            yield block

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, as many as asked for unless the pack ends.

        Raises:
            LocalFault: ``blob_missing``, ``blob_torn``, ``disk_failing``. Never OSError, which HTTP
                libraries would take for a broken connection.
        """
        self._before_block(self._length - self.given_bytes)
        wanted = self._length - self.given_bytes if size < 0 else size
        block = bytearray()
        while self._waiting and len(block) < wanted:
            block += self._next(wanted - len(block))
        self.given_bytes += len(block)
        return bytes(block)

    def close(self) -> None:
        """Close the file at hand."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _next(self, size: int) -> bytes:
        header, at = self._waiting.pop()
        end = HEADER_BYTES + header.length_bytes
        if at < HEADER_BYTES:
            piece = header.encode()[at : at + size]
        else:
            piece = self._read_blob(header.digest, at - HEADER_BYTES, min(size, end - at))
        at += len(piece)
        if at < end:
            self._waiting.append((header, at))
        else:
            self.close()
        return piece

    def _read_blob(self, digest: str, at: int, size: int) -> bytes:
        if size == 0:
            return b""
        if self._file is None:
            self._check(digest)
        try:
            if self._file is None:
                self._file = self._path_of(digest).open("rb")
                self._file.seek(at)
            piece = self._file.read(size)
        except FileNotFoundError:
            raise LocalFault("blob_missing") from None
        except OSError as error:
            raise LocalFault("disk_failing") from error
        if not piece:
            raise LocalFault("blob_torn")
        return piece


def _remaining(
    records: Sequence[RecordHeader], offset_bytes: int
) -> Iterator[tuple[RecordHeader, int]]:
    """Yield each record that is not yet whole below the offset, and where in it to begin."""
    start = 0
    for header in records:
        end = start + HEADER_BYTES + header.length_bytes
        if end > offset_bytes:
            yield header, max(0, offset_bytes - start)
        start = end
