"""A weak link of sockets that carries only so much over each connection."""

from __future__ import annotations

import socket
import threading
import time

from tests.link import Cut, WeakLink

#: What the systems on the way may hold: what is beyond it waits at the kiosk.
_BUFFER_BYTES = 16 * 1024
#: As on a real line. Loopback's own segments are larger than that buffer, and TCP would wait long
#: for room for one.
_SEGMENT_BYTES = 1448
#: Shorter waits cost more than they are worth.
_LEAST_WAIT_S = 0.004


class NarrowLink(WeakLink):
    """As if losses held every connection back.

    Args:
        upstream: host and port of the office.
        each_bytes_per_s: over one connection.
    """

    def __init__(self, upstream: tuple[str, int], each_bytes_per_s: float) -> None:
        super().__init__(upstream)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        if hasattr(socket, "TCP_MAXSEG"):
            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT_BYTES)
        self._each_bytes_per_s = each_bytes_per_s
        self._free_at: dict[socket.socket, float] = {}

    def _pass_up(self, block: bytes, office: socket.socket) -> Cut | None:
        now = time.monotonic()
        until = max(self._free_at.get(office, 0.0), now) + len(block) / self._each_bytes_per_s
        self._free_at[office] = until
        if until - now > _LEAST_WAIT_S:
            threading.Event().wait(until - now)
        return super()._pass_up(block, office)
