"""Deadlines in working days leave out weekends and the shipped holidays."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.domain.words import WIB
from app.resources import load_holidays


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-11-20", "2026-11-20", 0),
        ("2026-11-20", "2026-11-21", 0),
        ("2026-11-20", "2026-11-23", 1),
        ("2026-11-21", "2026-11-28", 5),
        ("2026-11-23", "2026-12-07", 10),
        ("2026-11-25", "2026-11-20", 0),
        # Thursday and Friday before Christmas are closed.
        ("2026-12-21", "2026-12-28", 3),
        # The week of Idulfitri: Monday (Nyepi) to Friday.
        ("2027-03-05", "2027-03-16", 1),
    ],
)
def test_weekends_and_holidays_are_no_working_days(start: str, end: str, days: int) -> None:
    found = load_holidays().days_between(date.fromisoformat(start), date.fromisoformat(end))
    assert found == days


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-20", 4, "2026-11-26"),
        ("2026-12-23", 1, "2026-12-28"),
        ("2026-11-20", 0, "2026-11-20"),
    ],
)
def test_a_promise_ends_on_a_day_on_which_the_office_is_open(
    start: str, count: int, end: str
) -> None:
    assert load_holidays().day_after(date.fromisoformat(start), count) == date.fromisoformat(end)


def test_counting_and_walking_agree_over_a_year() -> None:
    holidays = load_holidays()
    start = date(2026, 12, 1)
    for count in range(1, 250):
        assert holidays.days_between(start, holidays.day_after(start, count)) == count


def test_a_day_is_the_islands_day() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=WIB)
    assert load_holidays().days_since(late, datetime(2026, 11, 23, 0, 30, tzinfo=WIB)) == 1
