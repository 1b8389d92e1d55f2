"""A weak link of sockets: a relay that cuts, falls silent, swallows answers or is away when told.

It ends TCP on both sides, so it shows what programs do at a cut and nothing about speed.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from typing import Literal, Self

#: How a cut looks: a reset, an orderly end, or nothing at all for ever.
Cut = Literal["rst", "fin", "silence"]
_BLOCK_BYTES = 2048


class WeakLink:
    """Listens on loopback and passes bytes on to an upstream that may move.

    Args:
        upstream: host and port of the office; change it when the office comes back elsewhere.
    """

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._cuts: list[tuple[int, Cut]] = []
        self._swallow_after: int | None = None
        self._is_away = False
        self._is_closed = False
        self._threads: list[threading.Thread] = []
        #: Bytes passed from the kiosk to the office since the last arming.
        self.up_bytes = 0
        self.all_up_bytes = 0
        self.connections = 0
        self.cuts_made = 0
        self._accepting = threading.Thread(target=self._accept, name="weak link")
        self._accepting.start()

    @property
    def url(self) -> str:
        """Address for the kiosk."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut_after(self, up_bytes: int, how: Cut = "rst") -> None:
        """Cut once so many bytes have gone up; further calls count from the cut before."""
        with self._lock:
            self._cuts.append((up_bytes, how))
            if len(self._cuts) == 1:
                self.up_bytes = 0

    def swallow_answer_after(self, up_bytes: int) -> None:
        """Lose the first answer that comes after so many bytes up, and reset the connection."""
        with self._lock:
            self._swallow_after = up_bytes
            self.up_bytes = 0

    def calm(self) -> None:
        """Forget every cut and loss that was ordered and has not come."""
        with self._lock:
            self._cuts.clear()
            self._swallow_after = None
            self.up_bytes = 0

    def go_away(self) -> None:
        """Refuse every connection from now on, and reset those there are."""
        self._is_away = True

    def come_back(self) -> None:
        """Take connections again."""
        self._is_away = False

    def close(self) -> None:
        """End everything."""
        self._is_closed = True
        self._accepting.join(5)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._is_closed:
            if not select.select([self._listener], [], [], 0.05)[0]:
                continue
            kiosk, _ = self._listener.accept()
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(kiosk,), name="weak link pair")
            self._threads.append(thread)
            thread.start()

    def _serve(self, kiosk: socket.socket) -> None:
        try:
            office = socket.create_connection(self.upstream, 5)
        except OSError:
            _reset(kiosk)
            return
        for sock in (kiosk, office):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with kiosk, office, contextlib.suppress(OSError):
            self._relay(kiosk, office)

    def _relay(self, kiosk: socket.socket, office: socket.socket) -> None:
        is_silent = False
        while not self._is_closed:
            if self._is_away:
                _reset(kiosk)
                _reset(office)
                return
            ready = [] if is_silent else select.select([kiosk, office], [], [], 0.02)[0]
            if is_silent:
                select.select([], [], [], 0.02)
            for source in ready:
                block = source.recv(_BLOCK_BYTES)
                if not block:
                    return
                how = (
                    self._pass_up(block, office)
                    if source is kiosk
                    else self._pass_down(block, kiosk)
                )
                if how == "silence":
                    is_silent = True
                elif how == "rst":
                    _reset(kiosk)
                    _reset(office)
                    return
                elif how == "fin":
                    return

    def _pass_up(self, block: bytes, office: socket.socket) -> Cut | None:
        how: Cut | None = None
        with self._lock:
            if self._cuts and self.up_bytes + len(block) >= self._cuts[0][0]:
                limit, how = self._cuts.pop(0)
                block = block[: max(0, limit - self.up_bytes)]
                self.up_bytes = -len(block)
                self.cuts_made += 1
            self.up_bytes += len(block)
            self.all_up_bytes += len(block)
        office.sendall(block)
        return how

    def _pass_down(self, block: bytes, kiosk: socket.socket) -> Cut | None:
        with self._lock:
            if self._swallow_after is not None and self.up_bytes >= self._swallow_after:
                self._swallow_after = None
                self.cuts_made += 1
                return "rst"
        kiosk.sendall(block)
        return None


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
