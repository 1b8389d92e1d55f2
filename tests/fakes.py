"""Stand-ins for what a test must own: time, chance and the machine's key ring."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta


class FakeClock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def pass_time(self, seconds: float) -> None:
        """Let time go by on both clocks."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def jump_to(self, now: datetime) -> None:
        """Set the wall clock, as a person or a dead battery does."""
        self._now = now


class FakeDice:
    """Chance that repeats for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


class FakeKeyRing:
    """A key ring in memory; ``is_there=False`` is a machine without one."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.is_there = is_there
        self.secrets: dict[str, str] = {}

    def is_usable(self) -> bool:
        return self.is_there

    def read(self, name: str) -> str | None:
        return self.secrets.get(name)

    def write(self, name: str, secret: str) -> None:
        self.secrets[name] = secret
