"""Messages go both ways and are read by whom they concern; a parcel is what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.domain.requests import CollectingChosen, RequestBody, Written
from app.errors import UserError
from app.office import review
from app.office.context import Office
from app.office.tables import ApplicationRow, AuditRow, CollectingRow, EventRow
from app.office.talking.collecting import chosen, send_parcel
from app.office.talking.messages import open_messages, unread_messages, write_message
from app.office.talking.tables import MessageRow
from app.storage import messages
from app.storage import requests as kiosk_requests
from tests.office.accounts import ADJUDICATOR, add_weakly
from tests.office.house import open_at
from tests.sync.island import Frozen, Island
from tests.sync.test_requests import ask

ANI = review.Officer("ani", "Ani Pemeriksa", ("adjudicator",))
POST = CollectingChosen("post", "Siti Contoh", "", "Jl. Contoh 1, Letung", "0812")


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office with one officer."""
    opened = open_at(tmp_path / "office", database_url=database_url)
    add_weakly(opened, ("ani", "Ani Pemeriksa", ADJUDICATOR))
    yield opened
    opened.close()


@pytest.fixture
def frozen(island: Island) -> Frozen:
    """An application that the office holds."""
    frozen = island.freeze()
    island.cycle()
    return frozen


def wish(island: Island, frozen: Frozen, body: RequestBody) -> str:
    island.clock.pass_time(1)
    ask(island, frozen, body)
    island.cycle()
    with island.store.read() as session:
        return kiosk_requests.asked(session, frozen.application_id)[-1].code


def seen_at_kiosk(island: Island, frozen: Frozen) -> list[tuple[str, bool, bool]]:
    with island.store.read() as session:
        found = messages.messages_of(session, frozen.application_id)
    return [(one.text, one.is_from_office, one.is_there) for one in found]


def test_a_question_reaches_the_officer_and_the_answer_the_applicant(
    island: Island, office: Office, frozen: Frozen
) -> None:
    ask(island, frozen, Written("Bolehkah kakak saya yang mengambil?"))
    assert seen_at_kiosk(island, frozen)[0][2] is False
    island.cycle()
    with office.database.read() as session:
        assert unread_messages(session) == {frozen.application_id: 1}
    (read,) = open_messages(office, ANI, frozen.application_id)
    assert (read.text, read.officer, read.is_new) == (
        "Bolehkah kakak saya yang mengambil?", "", True,
    )  # fmt: skip
    office.clock.pass_time(60)  # type: ignore[attr-defined]
    write_message(office, ANI, frozen.application_id, "Boleh, dengan surat kuasa.\r\n")
    island.clock.pass_time(120)
    island.cycle()
    assert seen_at_kiosk(island, frozen) == [
        ("Bolehkah kakak saya yang mengambil?", False, True),
        ("Boleh, dengan surat kuasa.", True, False),
    ]
    with island.store.write() as session:
        messages.mark_seen(session, frozen.application_id, island.clock.now())
    assert seen_at_kiosk(island, frozen)[1][2] is True
    with office.database.read() as session:
        assert unread_messages(session) == {}


def test_no_word_of_a_message_stands_in_clear_at_the_office_but_in_what_it_signed(
    island: Island, office: Office, frozen: Frozen
) -> None:
    wish(island, frozen, Written("rahasia sekali"))
    open_messages(office, ANI, frozen.application_id)
    with office.database.read() as session:
        sealed = session.scalars(select(MessageRow.sealed_text)).one()
        trail = " ".join(session.scalars(select(AuditRow.params)))
        signed = b" ".join(session.scalars(select(EventRow.signed)))
    assert b"rahasia" not in sealed
    assert "rahasia" not in trail
    assert b"rahasia" not in signed


@pytest.mark.parametrize(
    ("text", "code"), [("  \n", "message_empty"), ("x" * 2001, "message_too_long")]
)
def test_an_empty_or_endless_message_is_refused(
    office: Office, frozen: Frozen, text: str, code: str
) -> None:
    with pytest.raises(UserError, match=code):
        write_message(office, ANI, frozen.application_id, text)


def test_the_newest_way_of_collecting_counts_until_the_parcel_has_left(
    island: Island, office: Office, frozen: Frozen
) -> None:
    assert wish(island, frozen, CollectingChosen("self")) == ""
    assert wish(island, frozen, POST) == ""
    with pytest.raises(UserError, match="no_parcel"):
        send_parcel(office, ANI, frozen.application_id, "EE123")
    with office.database.write() as session:
        session.get_one(ApplicationRow, frozen.application_id).state = "ready"
        row = session.get_one(CollectingRow, frozen.application_id)
        assert chosen(office, row) == POST
        assert b"Letung" not in row.sealed
    with pytest.raises(UserError, match="tracking_malformed"):
        send_parcel(office, ANI, frozen.application_id, "<b>")
    send_parcel(office, ANI, frozen.application_id, "EE123456789ID")
    assert wish(island, frozen, CollectingChosen("self")) == "collecting_over"


@pytest.mark.parametrize(
    "body", [CollectingChosen("proxy"), CollectingChosen("post", "Siti", address=" ")]
)
def test_a_choice_without_a_name_or_an_address_is_told_so(
    island: Island, frozen: Frozen, body: CollectingChosen
) -> None:
    assert wish(island, frozen, body) == "collecting_incomplete"
