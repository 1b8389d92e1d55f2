"""The clocks that run while an application rests in a state: the promise and the legal terms; pure.

The law counts thirty days of the calendar; what is left is told in working days, because that is
when somebody can act.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from app.domain.words import WIB
from app.domain.working_days import Holidays

#: The service promise (janji layanan), in working days.
PROMISE_DAYS = 4
#: Days of the calendar for missing papers, and for a passport that lies ready.
TERM_DAYS = 30

Kind = Literal["promise", "papers", "collect"]
#: State to the clock that runs in it.
CLOCKS: Mapping[str, Kind] = {
    "received": "promise",
    "in_review": "promise",
    "adjudication": "promise",
    "printing": "promise",
    "returned": "papers",
    "suspended": "papers",
    "ready": "collect",
}


class Term(msgspec.Struct, frozen=True):
    """One running clock."""

    kind: Kind
    #: The last day.
    ends: date
    #: Working days until it ends; of one that is over, those since, as a negative number.
    left: int
    is_over: bool


def term_of(state: str, since: datetime, now: datetime, holidays: Holidays) -> Term | None:
    """Return the clock that runs in a state since a moment; None where none does."""
    kind = CLOCKS.get(state)
    if kind is None:
        return None
    began, today = since.astimezone(WIB).date(), now.astimezone(WIB).date()
    if kind == "promise":
        ends = holidays.day_after(began, PROMISE_DAYS)
    else:
        ends = began + timedelta(days=TERM_DAYS)
    left = holidays.days_between(today, ends) or -holidays.days_between(ends, today)
    return Term(kind, ends, left, today > ends)


def last_overdue_day(kind: Kind, now: datetime, holidays: Holidays) -> date:
    """Return the day such that a clock that began then or before is over."""
    today = now.astimezone(WIB).date()
    if kind != "promise":
        return today - timedelta(days=TERM_DAYS + 1)
    day = today
    while holidays.day_after(day, PROMISE_DAYS) >= today:
        day -= timedelta(days=1)
    return day
