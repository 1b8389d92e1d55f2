"""Working days by the islands' calendar: Monday to Friday, public holidays left out; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import msgspec

from app.domain.words import WIB

_DAY = timedelta(days=1)


class Holidays(msgspec.Struct, frozen=True):
    """The shipped table of closed days.

    Attributes:
        days: day to its name, Indonesian.
        last_known: after this day nothing is known; such days count as working days.
    """

    days: Mapping[date, str]
    last_known: date

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices are open on a day."""
        return day.weekday() < 5 and day not in self.days

    def days_between(self, start: date, end: date) -> int:
        """Count the working days after ``start`` up to and with ``end``."""
        if end <= start:
            return 0
        weeks, rest = divmod((end - start).days, 7)
        plain = weeks * 5 + sum((start + _DAY * step).weekday() < 5 for step in range(1, rest + 1))
        closed = sum(start < day <= end and day.weekday() < 5 for day in self.days)
        return plain - closed

    def days_since(self, moment: datetime, now: datetime) -> int:
        """Count the working days since a moment, by the islands' calendar."""
        return self.days_between(moment.astimezone(WIB).date(), now.astimezone(WIB).date())

    def day_after(self, start: date, working_days: int) -> date:
        """Return the day on which so many working days after ``start`` are over."""
        day = start
        while working_days > 0:
            day += _DAY
            working_days -= self.is_working_day(day)
        return day


def read_holidays(content: bytes) -> Holidays:
    """Read the table ``holidays.toml``; msgspec's errors when it is broken."""
    read = msgspec.toml.decode(content, type=_Written)
    return Holidays(
        {date.fromisoformat(day): name for day, name in read.days.items()}, read.last_known
    )


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    last_known: date
    #: TOML's keys are text.
    days: dict[str, str]
