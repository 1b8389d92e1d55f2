"""What a request carries: file-like, and watched on its way.

Never bytes: requests would count one time-out over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from app.sync.link_sockets import Watch

#: Small blocks, so that a weak link moves visibly and a cut throws little away: of what TLS sealed
#: in one piece nothing can be read before all of it is there. With the 22 bytes of TLS it fills
#: three segments of the usual length.
BLOCK_BYTES = 3 * 1448 - 22
#: On a link that carries a large block in a moment, large ones: each costs 22 bytes and some work.
LARGE_BLOCK_BYTES = 16384
_MOST_BLOCK_S = 0.2


class Body(Protocol):
    """What is sent: a file-like object of known length."""

    def read(self, size: int = -1, /) -> bytes: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...


class SmallBody:
    """Bytes as a file-like object."""

    def __init__(self, content: bytes) -> None:
        self._rest = memoryview(content)
        self._length = len(content)

    def __len__(self) -> int:
        """Return the length of all."""
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        """Yield blocks."""
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        end = len(self._rest) if size < 0 else size
        block, self._rest = bytes(self._rest[:end]), self._rest[end:]
        return block


class WatchedBody:
    """Counts what goes out, and reports what the peer has acknowledged of it.

    It has no ``tell``: requests would take that for a position to count the length from.

    Args:
        body: to send.
        progress: told how many bytes have been acknowledged.

    Attributes:
        watch: of the connection it goes over.
        remaining_bytes: not yet read.
        acked_bytes: in whole blocks, what the peer's system is known to have; None where ours
            does not tell.
    """

    watch: Watch

    def __init__(self, body: Body, progress: Callable[[int], None]) -> None:
        self._body = body
        self._progress = progress
        self._began_at: float | None = None
        #: Handed to the system whole: all that was read before the present block.
        self._handed = 0
        self._block_bytes = BLOCK_BYTES
        #: Ends of the blocks not yet known to have arrived whole.
        self._ends: list[int] = []
        self.remaining_bytes = len(body)
        self.acked_bytes: int | None = None
        self._told = 0

    def __len__(self) -> int:
        """Return the length of the body."""
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        """Yield blocks."""
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = -1, /) -> bytes:
        """Return the next block; by then the one before is in the system's hands."""
        del size
        self._handed = len(self) - self.remaining_bytes
        self.report()
        block = self._body.read(self._block_bytes)
        self.remaining_bytes -= len(block)
        if block:
            self._ends.append(len(self) - self.remaining_bytes)
        return block

    def report(self) -> None:
        """Tell how far the peer is."""
        outstanding = self.watch.outstanding_bytes()
        if outstanding is None:
            # The system does not tell; then as if all that it took had arrived.
            arrived = self._handed
        else:
            arrived = max(0, self._handed - outstanding)
            self.acked_bytes = self.acked_bytes or 0
            while self._ends and self._ends[0] <= arrived:
                self.acked_bytes = self._ends.pop(0)
        if arrived > self._told:
            self._told = arrived
            self._progress(arrived)
        self._choose_block(arrived)

    def _choose_block(self, arrived: int) -> None:
        now = self.watch.monotonic()
        if self._began_at is None:
            self._began_at = now
        is_fast = arrived * _MOST_BLOCK_S > LARGE_BLOCK_BYTES * (now - self._began_at)
        self._block_bytes = LARGE_BLOCK_BYTES if is_fast else BLOCK_BYTES
