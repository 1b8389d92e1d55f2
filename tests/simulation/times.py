"""One time for the world, and clocks on it that stand as wrong as their owners' batteries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_BEGINNING = datetime(2026, 11, 1, tzinfo=UTC)


class Time:
    """Seconds since the month began; only ever forward."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def pass_by(self, seconds: float) -> None:
        """Let time go by for everybody."""
        self.seconds += seconds


class SkewedClock:
    """A machine's clock: what it shows may jump, what it counts may not."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.skew_s = 0.0

    def now(self) -> datetime:
        return _BEGINNING + timedelta(seconds=self._time.seconds + self.skew_s)

    def monotonic(self) -> float:
        return self._time.seconds
