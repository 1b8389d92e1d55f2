"""The clock and the dice as things handed in, so that tests and simulations own time and chance.

Never reads the machine's clock itself: the one real clock is made in ``app.bootstrap``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """Return the wall clock's time in UTC; it may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back, for waiting and speed."""
        ...


class Dice(Protocol):
    """A source of random bytes; the real one is the operating system's."""

    def bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes."""
        ...
