"""Counts per caller and minute what costs little and cannot be guessed; never stores.

What can be guessed is counted by all workers together: ``guessing``.
"""

from __future__ import annotations

import ipaddress
import threading

from app.domain.clock import Clock
from app.errors import UserError

_MOST_CALLERS = 10_000


class Throttle:
    """Allows so many tries a minute to each caller; thread-safe.

    Args:
        clock: its monotonic time is used.
        per_minute: tries allowed.
    """

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._tries: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Count one try, whatever comes of it.

        Raises:
            UserError: ``too_many_requests`` with ``wait_s``; then it was not counted.
        """
        self.check(caller)
        self.count(caller)

    def check(self, caller: str) -> None:
        """Refuse a caller whose tries of this minute are used up.

        Raises:
            UserError: ``too_many_requests`` with ``wait_s``.
        """
        minute, into = divmod(self._clock.monotonic(), 60)
        with self._lock:
            at, count = self._tries.get(caller, (0, 0))
        if at == int(minute) and count >= self._per_minute:
            raise UserError("too_many_requests", wait_s=int(60 - into) + 1)

    def count(self, caller: str) -> None:
        """Note one try."""
        minute = int(self._clock.monotonic() // 60)
        with self._lock:
            at, count = self._tries.get(caller, (minute, 0))
            if caller not in self._tries and len(self._tries) >= _MOST_CALLERS:
                self._forget_some(minute)
            self._tries[caller] = (minute, count + 1 if at == minute else 1)

    def _forget_some(self, minute: int) -> None:
        kept = [(who, seen) for who, seen in self._tries.items() if seen[0] == minute]
        # So many callers in one minute are a flood: who came first is forgotten first.
        self._tries = dict(kept[-_MOST_CALLERS // 2 :])


def subscriber(address: str) -> str:
    """Return whom an address belongs to: itself, or the /64 that one IPv6 subscriber has."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((read, 64), strict=False))
    return address
