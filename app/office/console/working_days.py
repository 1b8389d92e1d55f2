"""Age in working days, Monday to Friday by the islands' calendar; knows no public holidays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.domain.words import WIB

#: The service promise, in working days after the approved interview.
PROMISE_DAYS = 4


def working_days_between(start: date, end: date) -> int:
    """Count the working days after ``start`` up to and with ``end``."""
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    return weeks * 5 + sum(
        (start + timedelta(days=step)).weekday() < 5 for step in range(1, rest + 1)
    )


def age_in_working_days(received_at: datetime, now: datetime) -> int:
    """Count the working days since a moment."""
    return working_days_between(received_at.astimezone(WIB).date(), now.astimezone(WIB).date())
