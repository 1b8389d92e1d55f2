"""Hears from the operating system when a network comes, so that nothing waits out an old failure.

Asks nobody over the network and sends nothing.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator

from app.sync.stopping import Stopping

#: Linux tells (rtnetlink): a cable or radio, an address, a route.
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BBHiII")
_NEW_LINK, _RUNNING = 16, 0x40
_MOST_BYTES = 65_536
#: How often ``stop`` is looked at, and on other systems the addresses.
_LOOK_S = 1.0
_POLL_S = 5.0
#: A network that comes says so in several messages.
_SETTLE_S = 0.5
_MOST_MESSAGES = 20
#: Addresses that nobody has: the system only says by which of its own it would go there.
_NOWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def watch_network(tell: Callable[[], None], stop: Stopping) -> None:
    """Call ``tell`` whenever another network is there than before, until told to stop."""
    try:
        heard = _listen() if sys.platform == "linux" else None
    except OSError:
        heard = None
    changes = Changes(own_addresses)
    if heard is None:
        _poll(changes, tell, stop)
        return
    with heard:
        while not stop.is_set():
            if select.select([heard], [], [], _LOOK_S)[0] and changes.hear(_read(heard)):
                _settle(heard)
                changes.look()
                tell()


class Changes:
    """Tells a network that came from all else that systems say of networks.

    Args:
        addresses: by which of our own addresses packets would leave.
    """

    def __init__(self, addresses: Callable[[], frozenset[str]]) -> None:
        self._addresses = addresses
        self._known = addresses()
        self._running: dict[int, bool] = {}

    def hear(self, messages: bytes) -> bool:
        """Take what the system said; True when something is there that was not."""
        has_come = False
        for kind, body in _messages(messages):
            if kind == _NEW_LINK and len(body) >= _LINK.size:
                _, _, _, number, flags, _ = _LINK.unpack_from(body)
                is_running = bool(flags & _RUNNING)
                has_come |= is_running and not self._running.get(number, True)
                self._running[number] = is_running
        return self.look() or has_come

    def look(self) -> bool:
        """Look at the addresses; True when there is one that was not. Leases are renewed often."""
        before, self._known = self._known, self._addresses()
        return bool(self._known - before)


def own_addresses() -> frozenset[str]:
    """Return by which of our addresses packets would leave; nothing is sent."""
    found = set()
    for family, nowhere in _NOWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((nowhere, 9))
                found.add(str(sock.getsockname()[0]))
        except OSError:
            continue
    return frozenset(found)


def _messages(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while len(content) - at >= _HEADER.size:
        length, kind, _, _, _ = _HEADER.unpack_from(content, at)
        if length < _HEADER.size:
            return
        yield kind, content[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _listen() -> socket.socket:
    heard = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    try:
        heard.bind((0, _GROUPS))
    except OSError:
        heard.close()
        raise
    return heard


def _read(heard: socket.socket) -> bytes:
    try:
        return heard.recv(_MOST_BYTES)
    except OSError:
        # More was said than was read in time: the addresses tell what matters.
        return b""


def _settle(heard: socket.socket) -> None:
    for _ in range(_MOST_MESSAGES):
        if not select.select([heard], [], [], _SETTLE_S)[0]:
            return
        _read(heard)


def _poll(changes: Changes, tell: Callable[[], None], stop: Stopping) -> None:
    pause = threading.Event()
    waited_s = 0.0
    while not stop.is_set():
        pause.wait(_LOOK_S)
        waited_s += _LOOK_S
        if waited_s >= _POLL_S:
            waited_s = 0.0
            if changes.look():
                tell()
