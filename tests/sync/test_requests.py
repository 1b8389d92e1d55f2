"""What an applicant asks after sending reaches the office once and is answered, whatever is cut."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select

from app.domain.events import MissingRecords
from app.domain.ids import new_id
from app.domain.requests import NoticesWanted, Request, RequestBody, Withdrawn
from app.office.context import Office
from app.office.events import say
from app.office.records import catch_up
from app.office.tables import ApplicationRow as OfficeApplication
from app.office.tables import ContactRow
from app.office.tables import EventRow as OfficeEvent
from app.office.tables import RecordRow as OfficeRecord
from app.office.tables import RequestRow as OfficeRequest
from app.protocol.keys import Keys, new_keys
from app.protocol.record import RecordKind
from app.protocol.request import FORMAT, encode_request
from app.storage import requests as stored
from app.storage.requests import AskedOffice
from app.storage.tables import RequestRow
from tests.link import WeakLink
from tests.office.house import Served, enrolled
from tests.sync.island import Frozen, Island


def ask(
    island: Island, frozen: Frozen, body: RequestBody, *, keys: Keys | None = None, of: str = ""
) -> str:
    """Do what the service does; return the record's digest."""
    enrolled = island.enrolment()
    now = island.clock.now()
    request = Request(
        FORMAT,
        new_id(now, island.dice),
        enrolled.device_id,
        of or frozen.application_id,
        now,
        body,
    )
    keys = keys or Keys(enrolled.device_signing, enrolled.device_identity)
    record = encode_request(request, keys, enrolled.office_recipient)
    island.store.blobs.put(record.sealed)
    queued = Request(
        FORMAT, request.id, request.device_id, frozen.application_id, now, request.body
    )
    with island.store.write() as session:
        made = stored.record_of(record.digest, len(record.sealed))
        stored.keep_request(session, queued, made, now)
    return record.digest


def answers(island: Island, frozen: Frozen) -> tuple[AskedOffice, ...]:
    with island.store.read() as session:
        return stored.asked(session, frozen.application_id)


def office_state(office: Office, frozen: Frozen) -> str:
    with office.database.read() as session:
        return session.get_one(OfficeApplication, frozen.application_id).state


def received(island: Island) -> Frozen:
    frozen = island.freeze()
    island.cycle()
    assert island.is_received(frozen)
    return frozen


def test_a_withdrawal_is_done_and_answered_in_one_cycle(island: Island, office: Office) -> None:
    frozen = received(island)
    ask(island, frozen, Withdrawn("berubah rencana"))
    assert frozen.id in island.outbox()
    island.cycle()
    (answer,) = answers(island, frozen)
    assert answer.taken_at is not None
    assert answer.code == ""
    assert office_state(office, frozen) == "withdrawn"
    assert island.application(frozen).office_state == "withdrawn"
    assert island.is_received(frozen)


def test_a_request_made_before_the_form_has_left_travels_behind_it(
    island: Island, office: Office
) -> None:
    frozen = island.freeze()
    ask(island, frozen, Withdrawn())
    island.cycle()
    assert office_state(office, frozen) == "withdrawn"
    assert answers(island, frozen)[0].code == ""


def test_what_the_office_cannot_do_is_told_with_its_reason(island: Island, office: Office) -> None:
    frozen = received(island)
    ask(island, frozen, Withdrawn())
    island.cycle()
    island.clock.pass_time(60)
    ask(island, frozen, Withdrawn())
    island.cycle()
    assert [one.code for one in answers(island, frozen)] == ["", "action_not_possible"]
    assert office_state(office, frozen) == "withdrawn"
    assert island.is_received(frozen)


def test_a_lost_answer_makes_nobody_act_twice(
    island: Island, office: Office, served: Served
) -> None:
    frozen = received(island)
    with WeakLink(served.address) as link:
        island.url = link.url
        ask(island, frozen, Withdrawn())
        link.swallow_answer_after(200)
        for _ in range(3):
            island.cycle()
        assert link.cuts_made == 1
    with office.database.read() as session:
        assert len(session.scalars(select(OfficeRequest)).all()) == 1
        kinds = session.scalars(select(OfficeEvent.kind)).all()
    assert kinds.count("request_taken") == 1
    assert answers(island, frozen)[0].taken_at is not None


def test_a_request_that_the_office_lost_is_answered_again_and_not_done_again(
    island: Island, office: Office
) -> None:
    frozen = received(island)
    digest = ask(island, frozen, Withdrawn())
    island.cycle()
    with office.database.write() as session:
        session.get_one(OfficeRecord, digest).missing_since = office.clock.now()
        say(session, office, island.enrolment().device_id, MissingRecords((digest,)))
    island.cycle()
    assert frozen.id in island.outbox()
    island.cycle()
    assert island.is_received(frozen)
    with office.database.read() as session:
        assert len(session.scalars(select(OfficeRequest)).all()) == 1


@pytest.mark.parametrize("forged", ["signature", "application"])
def test_nobody_acts_on_what_a_device_may_not_ask(
    island: Island, office: Office, served: Served, forged: str
) -> None:
    frozen = received(island)
    other = received(island)
    stranger = _stranger(office, served.url)
    with office.database.write() as session:
        # Another kiosk's application, as far as the office knows.
        session.get_one(OfficeApplication, other.application_id).device_id = stranger
    if forged == "signature":
        ask(island, frozen, Withdrawn(), keys=new_keys())
    else:
        ask(island, frozen, Withdrawn(), of=other.application_id)
    island.cycle()
    assert answers(island, frozen)[0].code in ("signature_wrong", "asked_wrong")
    assert office_state(office, frozen) == "received"
    assert office_state(office, other) == "received"


def test_a_request_that_came_first_waits_for_its_application(
    island: Island, office: Office
) -> None:
    frozen = island.freeze({"ktp": b"a page"})
    digest = ask(island, frozen, Withdrawn())
    with office.database.read() as session:
        assert session.get(OfficeRecord, digest) is None
    island.cycle()
    with office.database.write() as session:
        record = session.get_one(OfficeRecord, digest)
        assert record.kind == int(RecordKind.REQUEST)
    catch_up(office)
    assert office_state(office, frozen) == "withdrawn"


def test_of_two_requests_that_travel_together_the_later_one_counts(
    island: Island, office: Office
) -> None:
    frozen = received(island)
    ask(island, frozen, NoticesWanted("siti.dengan.alamat.panjang@contoh.example", "0812000000"))
    island.clock.pass_time(60)
    ask(island, frozen, NoticesWanted())
    island.cycle()
    assert [one.code for one in answers(island, frozen)] == ["", ""]
    with office.database.read() as session:
        assert session.get(ContactRow, frozen.application_id) is None


def test_a_kind_of_a_newer_program_is_refused_and_not_brought_for_ever(
    island: Island, office: Office
) -> None:
    frozen = received(island)
    ask(island, frozen, _Sung("la la la"))  # type: ignore[arg-type]
    island.cycle()
    with island.store.read() as session:
        code = session.scalars(select(RequestRow.code)).one()
    assert code == "manifest_malformed"
    assert island.is_received(frozen)


class _Sung(msgspec.Struct, frozen=True, tag="sung"):
    text: str


def _stranger(office: Office, url: str) -> str:
    answer = enrolled(office, url, "JEM").answer
    assert answer is not None
    return answer.device_id


def test_a_request_for_an_application_that_never_comes_waits_sixty_days_and_no_longer(
    island: Island, office: Office
) -> None:
    frozen = received(island)
    digest = ask(island, frozen, Withdrawn(), of=new_id(island.clock.now(), island.dice))
    island.cycle()
    for days, code in ((60, ""), (0.001, "application_never_came")):
        office.clock.pass_time(days * 86400)  # type: ignore[attr-defined]
        catch_up(office)
        with office.database.read() as session:
            assert session.get_one(OfficeRecord, digest).refused_code == code
    catch_up(office)
    island.clock.pass_time(61 * 86400)
    island.cycle()
    (answer,) = answers(island, frozen)
    assert answer.code == "application_never_came"
    assert office_state(office, frozen) == "received"
