"""A weak link of sockets that carries only so much: over each connection, or over all together."""

from __future__ import annotations

import socket
import threading
import time

from tests.link import Cut, WeakLink

#: What the systems on the way may hold: what is beyond it waits at the kiosk.
_BUFFER_BYTES = 8 * 1024
#: Shorter waits cost more than they are worth.
_LEAST_WAIT_S = 0.004


class NarrowLink(WeakLink):
    """As if losses held every connection back, or the line were full.

    Args:
        upstream: host and port of the office.
        each_bytes_per_s: over one connection.
        line_bytes_per_s: over all.
    """

    def __init__(
        self,
        upstream: tuple[str, int],
        *,
        each_bytes_per_s: float = 1e9,
        line_bytes_per_s: float = 1e9,
    ) -> None:
        super().__init__(upstream)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self.each_bytes_per_s = each_bytes_per_s
        self.line_bytes_per_s = line_bytes_per_s
        self._free_at: dict[socket.socket | None, float] = {}

    def _pass_up(self, block: bytes, office: socket.socket) -> Cut | None:
        with self._lock:
            until = max(
                self._taken(office, len(block) / self.each_bytes_per_s),
                self._taken(None, len(block) / self.line_bytes_per_s),
            )
        left_s = until - time.monotonic()
        if left_s > _LEAST_WAIT_S:
            threading.Event().wait(left_s)
        return super()._pass_up(block, office)

    def _taken(self, whose: socket.socket | None, lasts_s: float) -> float:
        self._free_at[whose] = max(self._free_at.get(whose, 0.0), time.monotonic()) + lasts_s
        return self._free_at[whose]
