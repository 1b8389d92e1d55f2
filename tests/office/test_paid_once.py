"""Whoever has paid is not asked for money again, whatever the review does after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.errors import UserError
from app.office import review
from app.office.billing.bills import bills_of
from app.office.billing.notices import settle_again, unsettled
from app.office.context import Office
from app.office.moving import Step, move
from app.office.progress import steps_from, take_step
from app.office.tables import ApplicationRow
from tests.office.house import Served
from tests.office.test_billing import ANI, accepted_at, issued, refusal, state, tell, with_tariff
from tests.sync.island import Frozen, Island


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office with the simulated provider and a tariff."""
    with closing(with_tariff(tmp_path / "office", database_url=database_url)) as opened:
        yield opened


@pytest.fixture
def attended(island: Island, office: Office, served: Served) -> Frozen:
    """An application that was paid and whose applicant came to the interview."""
    frozen = accepted_at(island, office)
    island.cycle()
    assert tell(office, served, issued(island, frozen).code).json() == {"outcome": "paid"}
    with office.database.write() as session:
        application = session.get_one(ApplicationRow, frozen.application_id)
        move(session, office, application, Step("schedule", "scheduled"))
    take_step(office, ANI, frozen.application_id, "attend", "scheduled")
    return frozen


@pytest.mark.parametrize(
    ("aside", "held_up", "back"),
    [
        ("suspend", "suspended", "resume"),
        ("examine", "under_examination", "resume"),
        ("examine", "under_examination", "clear"),
    ],
)
def test_papers_accepted_again_after_the_interview_go_on_from_there(
    island: Island, office: Office, attended: Frozen, aside: str, held_up: str, back: str
) -> None:
    of = attended.application_id
    take_step(office, ANI, of, aside, "attended", "Bukti kurang")
    take_step(office, ANI, of, back, held_up)
    if back == "resume":
        assert "attend" not in steps_from(state(office, attended))
        review.accept(office, ANI, of, 1)
    assert state(office, attended) == "attended"
    island.cycle()
    assert island.application(attended).office_state == "attended"
    take_step(office, ANI, of, "adjudicate", "attended")
    take_step(office, ANI, of, "print", "adjudication")


def test_no_second_code_for_what_is_paid(island: Island, office: Office, attended: Frozen) -> None:
    with office.database.write() as session:
        session.get_one(ApplicationRow, attended.application_id).state = "accepted"
    issued(island, attended)
    assert refusal(island, attended) == "already_paid"
    assert state(office, attended) == "accepted"
    with office.database.read() as session:
        assert [bill.state for bill in bills_of(session, attended.application_id)] == ["paid"]


def test_nobody_who_never_came_is_noted_as_come_by_the_review(
    island: Island, office: Office
) -> None:
    frozen = accepted_at(island, office)
    with pytest.raises(UserError, match="action_not_possible"):
        take_step(office, ANI, frozen.application_id, "attend", "accepted")
    take_step(office, ANI, frozen.application_id, "examine", "accepted", "Data berbeda")
    take_step(office, ANI, frozen.application_id, "clear", "under_examination")
    assert state(office, frozen) == "accepted"


def test_one_transaction_of_the_treasury_pays_one_bill(
    island: Island, office: Office, served: Served
) -> None:
    first, second = accepted_at(island, office), accepted_at(island, office)
    island.cycle()
    codes = [issued(island, frozen).code for frozen in (first, second)]
    assert tell(office, served, codes[0], name="N-1").json() == {"outcome": "paid"}
    assert tell(office, served, codes[1], name="N-2").json() == {"outcome": "not_expected"}
    assert state(office, second) == "awaiting_payment"
    with office.database.read() as session:
        assert [notice.id for notice in unsettled(session)] == ["N-2"]
    assert settle_again(office, "N-2") == "not_expected"
    told = tell(office, served, codes[1], name="N-3", ntpn="Z" * 16)
    assert told.json() == {"outcome": "paid"}


def test_papers_corrected_after_the_interview_are_accepted_without_a_second_review(
    office: Office, attended: Frozen
) -> None:
    of = attended.application_id
    take_step(office, ANI, of, "suspend", "attended", "Bukti kurang")
    take_step(office, ANI, of, "resume", "suspended")
    with office.database.write() as session:
        application = session.get_one(ApplicationRow, of)
        move(session, office, application, Step("revision", "returned"))
        move(session, office, application, Step("revision", "received"))
    review.accept(office, ANI, of, 1)
    assert state(office, attended) == "attended"
