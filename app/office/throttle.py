"""Counts per caller and minute, to slow down guessing; forgets by itself and never stores."""

from __future__ import annotations

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
            if len(self._tries) >= _MOST_CALLERS:
                self._tries = {who: seen for who, seen in self._tries.items() if seen[0] == minute}
            self._tries[caller] = (minute, count + 1 if at == minute else 1)
