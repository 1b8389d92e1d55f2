"""A weak link in a process of its own, told over a socket what to do next."""

from __future__ import annotations

import os
import signal
import socket

import msgspec

from tests.crash.children import fork, kill
from tests.link import Cut, WeakLink


class Weather(msgspec.Struct, frozen=True):
    """What happens on the link from now on; at 0 bytes nothing does."""

    upstream: tuple[str, int]
    cuts: tuple[tuple[int, Cut], ...] = ()
    swallows_after: int = 0


class Road:
    """The link's process; ``url`` is where kiosks find it."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._child = fork(lambda: _run(theirs))
        theirs.close()
        self._heard = self._ours.makefile("r")
        self.url = self._heard.readline().strip()

    def set(self, weather: Weather) -> None:
        """Change the weather; it has changed when this returns."""
        self._ours.sendall(msgspec.json.encode(weather) + b"\n")
        self._heard.readline()

    def close(self) -> None:
        """End the process."""
        kill(self._child)
        self._heard.close()
        self._ours.close()


def _run(orders: socket.socket) -> None:
    signal.alarm(0)
    link = WeakLink(("127.0.0.1", 9))
    with orders.makefile("r") as heard:
        orders.sendall(f"{link.url}\n".encode())
        for line in heard:
            weather = msgspec.json.decode(line, type=Weather)
            link.upstream = weather.upstream
            link.calm()
            for up_bytes, how in weather.cuts:
                link.cut_after(up_bytes, how)
            if weather.swallows_after:
                link.swallow_answer_after(weather.swallows_after)
            orders.sendall(b"set\n")
    os._exit(0)
