"""How the link is shared with the people who use it too: a ceiling, quiet hours, a metered line.

Forms always go. Pure: reads no clock.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal

import msgspec

#: Why documents wait; the words are ``operator.sending.held.<value>``.
HoldReason = Literal["quiet_hours", "daily_ceiling"]


class Sharing(msgspec.Struct, frozen=True):
    """What was agreed; nothing by default. Its fields are also the names of the settings."""

    #: Nothing of ours goes faster; 0 = as fast as the link is.
    most_bytes_per_s: int = 0
    #: ``08:00-16:00`` by the machine's own clock, past midnight too; empty = none. Then forms only.
    quiet_hours: str = ""
    #: On a line that is paid by what it carries: above this forms only, till midnight; 0 = none.
    most_document_bytes_per_day: int = 0

    def hold(self, here: datetime, sent_today_bytes: int) -> Hold | None:
        """Return why documents wait at a moment, and how long; None when they may go.

        Args:
            here: the machine's own wall clock.
            sent_today_bytes: what went out since its midnight.
        """
        if (until := self._quiet_until(here)) is not None:
            return Hold("quiet_hours", until)
        most = self.most_document_bytes_per_day
        if most and sent_today_bytes >= most:
            return Hold("daily_ceiling", midnight(here) + timedelta(days=1))
        return None

    def _quiet_until(self, here: datetime) -> datetime | None:
        hours = read_hours(self.quiet_hours)
        if hours is None:
            return None
        for day in (here - timedelta(days=1), here):
            begins = midnight(day) + _since_midnight(hours[0])
            ends = midnight(day) + _since_midnight(hours[1])
            if ends <= begins:
                ends += timedelta(days=1)
            if begins <= here < ends:
                return ends
        return None


class Hold(msgspec.Struct, frozen=True):
    """Documents wait though the link is there."""

    reason: HoldReason
    until: datetime


def midnight(here: datetime) -> datetime:
    """Return the beginning of a moment's day."""
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def read_hours(said: str) -> tuple[time, time] | None:
    """Read ``08:00-16:00``; None for none, for nonsense, and for a whole day."""
    begins, _, ends = said.partition("-")
    try:
        hours = time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    except ValueError:
        return None
    return hours if hours[0] != hours[1] else None


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)
