"""TCP Fast Open (RFC 7413): TLS begins in the packet that asks for a connection.

That is a journey there and back less for each connection: half a second on a weak link, after
every cut. Never decides whether a connection stands, nor whom to trust. What is said so early may
arrive twice: it is a greeting, without a secret and without an effect. No cookie is asked for: it
would be bound to an address that carriers change, and the office bounds what strangers can do with
forged ones.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable

from app.sync.network_watch import own_addresses

#: ``TCP_FASTOPEN_CONNECT`` of Linux 4.11, ``TCP_FASTOPEN_NO_COOKIE`` of 4.15, and in the sixth byte
#: of ``TCP_INFO`` that what came so early was taken; Python has no names for them.
_FASTOPEN_CONNECT, _FASTOPEN_NO_COOKIE = 30, 34
_OPTIONS_AT, _SYN_DATA = 5, 0x20
#: Some networks swallow such packets, or end the connections that begin so, and not every office
#: takes them. So many times in a row it was of no use, and for so long no other is made on that
#: network.
_MOST_VAIN = 4
_REST_S = 24 * 3600.0


class FastOpen:
    """Whether greeting early is of use, as far as is known.

    Args:
        network: by which of our addresses packets leave, which tells one network from another.
    """

    def __init__(self, network: Callable[[], frozenset[str]] = own_addresses) -> None:
        self._network = network
        self._vain = 0
        #: Until when to rest, and where.
        self._rest: tuple[float, frozenset[str]] | None = None

    def is_worth_it(self, now: float) -> bool:
        """Tell whether to try."""
        if sys.platform != "linux":
            return False
        if self._rest is None:
            return True
        until, where = self._rest
        if now < until and self._network() == where:
            return False
        self._rest = None
        return True

    def note(self, now: float, *, was_taken: bool) -> None:
        """Count one that was of use, or was not though it could have been."""
        self._vain = 0 if was_taken else self._vain + 1
        if self._vain >= _MOST_VAIN:
            self._vain = 0
            self._rest = (now + _REST_S, self._network())


def ask(sock: socket.socket) -> None:
    """Let a socket's first words wait for its connecting, to go with it; else they go as usual."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, _FASTOPEN_CONNECT, 1)
        sock.setsockopt(socket.IPPROTO_TCP, _FASTOPEN_NO_COOKIE, 1)


def was_taken(sock: socket.socket) -> bool:
    """Tell whether the first words of a connection that stands were taken with the first packet."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return False
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, option, _OPTIONS_AT + 1)
    except OSError:
        return False
    return len(told) > _OPTIONS_AT and bool(told[_OPTIONS_AT] & _SYN_DATA)
