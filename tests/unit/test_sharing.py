"""What was agreed of a shared link, at the edges of hours and days."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from app.domain.sharing import Hold, Sharing, read_hours

WIB = timezone(timedelta(hours=7))


def at(hour: int, minute: int = 0, day: int = 21) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)


@pytest.mark.parametrize(
    ("hours", "moment", "until"),
    [
        ("08:00-16:00", at(7, 59), None),
        ("08:00-16:00", at(8), at(16)),
        ("08:00-16:00", at(15, 59), at(16)),
        ("08:00-16:00", at(16), None),
        ("22:00-05:30", at(23), at(5, 30, 22)),
        ("22:00-05:30", at(5, 29), at(5, 30)),
        ("22:00-05:30", at(5, 30), None),
        ("", at(12), None),
        ("08:00-08:00", at(12), None),
        ("nonsense", at(12), None),
    ],
)
def test_documents_wait_through_the_quiet_hours(
    hours: str, moment: datetime, until: datetime | None
) -> None:
    hold = Sharing(quiet_hours=hours).hold(moment, 0)
    assert hold == (Hold("quiet_hours", until) if until else None)


def test_a_days_ceiling_holds_until_midnight() -> None:
    sharing = Sharing(most_document_bytes_per_day=1000)
    assert sharing.hold(at(9), 999) is None
    assert sharing.hold(at(9), 1000) == Hold("daily_ceiling", at(0, 0, 22))


def test_nothing_was_agreed_by_default() -> None:
    assert Sharing().hold(at(12), 10**12) is None


@pytest.mark.parametrize("said", ["8-16", "25:00-26:00", "08:00", "-"])
def test_hours_that_are_none_are_not_read(said: str) -> None:
    assert read_hours(said) is None
