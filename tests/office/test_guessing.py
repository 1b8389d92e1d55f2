"""Guesses are counted by all workers together, before they are answered, and forgotten in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.errors import UserError
from app.office.console import signing_in
from app.office.context import Office
from app.office.guessing import Limit, check, count, forget_guesses, forgive, take
from app.office.tables import GuessRow
from tests.fakes import FakeClock
from tests.office.house import open_at

MINUTE = Limit("minute", 3)
DAY = Limit("day", 5, 24 * 3600)
ADDRESS = "203.0.113.7"


@pytest.fixture
def beside(office: Office) -> Iterator[Office]:
    """Another worker of the same office, with the same clock."""
    held = office.settings
    again = open_at(held.folder, clock=office.clock, database_url=held.database_url)
    with closing(again) as opened:
        yield opened


def wait_s(office: Office, *guesses: tuple[Limit, str]) -> int:
    """Take a try that must be refused; return how long to wait."""
    with pytest.raises(UserError, match="too_many_requests") as refused:
        take(office, *guesses)
    return int(str(refused.value.params["wait_s"]))


def counts(office: Office) -> dict[str, int]:
    with office.database.read() as session:
        return {row.what: row.count for row in session.scalars(select(GuessRow))}


def test_workers_count_together_and_a_restart_forgives_nothing(
    office: Office, beside: Office
) -> None:
    take(office, (MINUTE, ADDRESS), (DAY, ""))
    take(beside, (MINUTE, ADDRESS), (DAY, ""))
    count(beside, MINUTE, ADDRESS)
    for worker in (office, beside):
        assert 0 < wait_s(worker, (DAY, ""), (MINUTE, ADDRESS)) <= 60
        with pytest.raises(UserError):
            check(worker, MINUTE, ADDRESS)
    assert counts(office) == {"minute": 3, "day": 2}, "what is refused counts against nothing"
    take(office, (MINUTE, "203.0.113.8"), (DAY, ""))
    forgive(beside, DAY, "")
    assert counts(office)["day"] == 2
    with office.database.read() as session:
        assert not any(ADDRESS in row.caller for row in session.scalars(select(GuessRow)))


def test_tries_that_come_to_two_workers_at_once_are_no_more_than_allowed(
    office: Office, beside: Office
) -> None:
    barrier = threading.Barrier(8)

    def is_let(worker: Office) -> bool:
        barrier.wait(20)
        try:
            take(worker, (MINUTE, ADDRESS))
        except UserError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(is_let, (office, beside) * 4)) == MINUTE.most


def test_each_stretch_begins_anew_and_what_is_over_is_removed(office: Office) -> None:
    assert isinstance(office.clock, FakeClock)
    for _ in range(3):
        take(office, (MINUTE, ADDRESS), (DAY, ADDRESS))
    office.clock.pass_time(wait_s(office, (MINUTE, ADDRESS)))
    for _ in range(2):
        take(office, (MINUTE, ADDRESS), (DAY, ADDRESS))
    assert wait_s(office, (DAY, ADDRESS)) > 60
    office.clock.pass_time(60)
    forget_guesses(office)
    assert counts(office) == {"day": 5}
    office.clock.pass_time(timedelta(days=1).total_seconds())
    forgive(office, DAY, ADDRESS)
    assert counts(office) == {"day": 0}, "nobody is owed a try"
    take(office, (DAY, ADDRESS))
    assert counts(office) == {"day": 1}


def test_a_password_is_tried_twenty_times_a_minute_from_one_address() -> None:
    assert (signing_in.TRIES.most, signing_in.TRIES.stretch_s) == (20, 60)
