"""A form never waits for a long pack of documents, whenever that was begun."""

from __future__ import annotations

import pytest

from app.office.context import Office
from app.office.tables import SubmissionRow as OfficeSubmission
from app.sync.beside import at_once
from app.sync.choosing import Choosing
from app.sync.engine import Engine
from app.sync.streaming import Progress
from tests.office.house import noise
from tests.sync.island import Frozen, Island


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.ahead._LOOK_FOR_URGENT_S", 0.0)


def documents_under_way(island: Island) -> tuple[Choosing, Frozen]:
    """Freeze a long submission whose form has a pack of its own."""
    long = island.freeze({f"page-{at}": noise(500_000, at) for at in range(3)})
    choosing = Choosing(island.store, island.clock, island.announcer)
    form = choosing.next(lambda _: 1, is_forced=True)
    assert form is not None
    return choosing, long


def assert_form_is_first(island: Island, office: Office, form: Frozen, long: Frozen) -> None:
    was_first: list[bool] = []

    def tell(_: Progress) -> None:
        with office.database.read() as session:
            found = session.get(OfficeSubmission, form.id)
            other = session.get(OfficeSubmission, long.id)
            if found is not None:
                was_first.append(other is None or other.received_at is None)

    # What goes beside the long pack is done at once, so that the order is no matter of luck.
    island.engine = Engine(
        island.store, island.clock, island.dice, island.announcer, island.open_link, tell, at_once
    )
    assert island.cycle().error is None
    assert was_first[0]
    assert island.is_received(form)
    assert island.is_received(long)


def test_a_form_older_than_a_lanes_pack_that_was_left_open_does_not_wait_for_it(
    island: Island, office: Office
) -> None:
    choosing, long = documents_under_way(island)
    form = island.freeze({})
    island.clock.pass_time(5)
    assert choosing.beside(lambda _: 10**9, is_forced=True) is not None
    island.reopen()
    assert_form_is_first(island, office, form, long)


def test_a_form_does_not_wait_for_a_pack_begun_while_the_clock_was_ahead(
    island: Island, office: Office
) -> None:
    choosing, long = documents_under_way(island)
    assert choosing.beside(lambda _: 10**9, is_forced=True) is not None
    island.reopen()
    island.clock.pass_time(-30 * 86_400)
    form = island.freeze({})
    assert_form_is_first(island, office, form, long)
