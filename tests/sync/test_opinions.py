"""What people think travels without a name, on another day, and counts once whatever is cut."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.events import MissingRecords
from app.domain.opinions import Opinion, Said
from app.domain.words import WIB
from app.office.context import Office
from app.office.events import say
from app.office.opinions.tables import OpinionRow as Counted
from app.office.records import catch_up
from app.office.tables import AuditRow, DeviceRow, EventRow
from app.office.tables import RecordRow as OfficeRecord
from app.protocol.keys import Keys, new_keys
from app.protocol.opinion import FORMAT, encode_opinion
from app.protocol.record import Record
from app.protocol.sealing import unseal
from app.storage import opinions, packs
from app.storage.tables import OpinionRow, RecordRow
from app.sync.choosing import Choosing
from tests.fakes import FakeClock
from tests.link import WeakLink
from tests.office.house import SERVICE, Served
from tests.sync.island import Island

GOOD = Said(easy=3, quick=2, kind=3, words="Terima kasih, Bu!")
A_DAY_S = 86_400


def today(island: Island) -> date:
    return island.clock.now().astimezone(WIB).date()


def told(island: Island, said: Said = GOOD, *, keys: Keys | None = None) -> Record:
    """Do what the service does."""
    enrolled = island.enrolment()
    keys = keys or Keys(enrolled.device_signing, enrolled.device_identity)
    opinion = Opinion(FORMAT, enrolled.device_id, SERVICE, "slip", today(island), said)
    record = encode_opinion(opinion, keys, enrolled.office_recipient)
    island.store.blobs.put(record.sealed)
    with island.store.write() as session:
        opinions.keep(session, record.digest, len(record.sealed), opinion.day)
    return record


def next_day(island: Island, office: Office) -> None:
    island.clock.pass_time(A_DAY_S)
    if isinstance(office.clock, FakeClock) and office.clock is not island.clock:
        office.clock.pass_time(A_DAY_S)


def counted(office: Office) -> list[Counted]:
    with office.database.read() as session:
        return list(session.scalars(select(Counted)))


def waits(island: Island) -> int:
    with island.store.read() as session:
        return len(opinions.unheld(session, today(island) + timedelta(days=999)))


def test_an_opinion_waits_for_another_day_and_arrives_without_a_name(
    island: Island, office: Office
) -> None:
    told(island)
    frozen = island.freeze()
    island.cycle()
    assert island.is_received(frozen)
    assert counted(office) == []
    next_day(island, office)
    island.cycle()
    (row,) = counted(office)
    assert (row.easy, row.quick, row.kind, row.service_id) == (3, 2, 3, SERVICE)
    assert row.day == today(island) - timedelta(days=1)
    assert row.village == "Kiosk"
    assert row.sealed_words is not None
    assert unseal(row.sealed_words, office.keys.keys.identity).decode() == GOOD.words
    assert waits(island) == 0


def test_nothing_on_the_kiosk_or_at_the_office_ties_it_to_anybody_or_to_an_hour(
    island: Island, office: Office
) -> None:
    record = told(island)
    with island.store.read() as session:
        kept = session.get_one(RecordRow, record.digest)
        assert kept.made_at.time().isoformat() == "00:00:00"
        assert set(OpinionRow.__table__.columns.keys()) == {"digest", "day", "refused_code"}
    next_day(island, office)
    island.cycle()
    names = {"id", "village", "service_id", "occasion", "day", "easy", "quick", "kind"}
    assert set(Counted.__table__.columns.keys()) == names | {"sealed_words"}
    assert counted(office)[0].id != record.digest
    with office.database.read() as session:
        assert "opinion" not in " ".join(session.scalars(select(AuditRow.what)))
        event = session.scalars(select(EventRow).where(EventRow.kind == "opinion_taken")).one()
        assert event.application_id == ""


def test_a_lost_answer_counts_nobody_twice(island: Island, office: Office, served: Served) -> None:
    told(island)
    next_day(island, office)
    with WeakLink(served.address) as link:
        island.url = link.url
        link.swallow_answer_after(200)
        for _ in range(3):
            island.cycle()
        assert link.cuts_made == 1
    catch_up(office)
    assert len(counted(office)) == 1
    assert waits(island) == 0


def test_an_opinion_that_the_office_lost_comes_again_and_counts_once(
    island: Island, office: Office
) -> None:
    record = told(island)
    next_day(island, office)
    island.cycle()
    with office.database.write() as session:
        session.get_one(OfficeRecord, record.digest).missing_since = office.clock.now()
        say(session, office, island.enrolment().device_id, MissingRecords((record.digest,)))
    island.cycle()
    assert waits(island) == 1
    island.cycle()
    assert waits(island) == 0
    assert len(counted(office)) == 1


@pytest.mark.parametrize("wrong", ["signature", "revoked"])
def test_what_no_known_kiosk_vouches_for_does_not_count(
    island: Island, office: Office, wrong: str
) -> None:
    record = told(island, keys=new_keys() if wrong == "signature" else None)
    next_day(island, office)
    if wrong == "revoked":
        stranger = "0190aaaa-0000-7000-8000-000000000001"
        with office.database.write() as session:
            mine = session.get_one(DeviceRow, island.enrolment().device_id)
            session.add(_revoked_copy(mine, stranger))
        record = _of_device(island, stranger)
    island.cycle()
    assert counted(office) == []
    with office.database.read() as session:
        assert session.get_one(OfficeRecord, record.digest).refused_code
    island.cycle()
    with office.database.read() as session:
        kinds = session.scalars(select(EventRow.kind)).all()
    assert kinds.count("opinion_taken") >= 1
    assert waits(island) == 0


def test_an_office_that_cannot_read_opinions_is_brought_them_no_more(island: Island) -> None:
    """An older office calls a pack torn when it holds a kind that is strange to it."""
    digests = sorted(told(island, Said(easy=1 + n % 3)).digest for n in range(4))
    island.clock.pass_time(A_DAY_S)
    choosing = Choosing(island.store, island.clock, island.announcer)
    frozen = island.freeze()
    form = choosing.next(lambda size: size, is_forced=False)
    assert form is not None
    assert not choosing.leave_opinions(form, "pack_torn")
    assert {one.digest for one in form.records} == {
        frozen.manifest.digest, *(blob.digest for blob in frozen.blobs),
    }  # fmt: skip
    with island.store.write() as session:
        packs.end_pack(session, form, form.size_bytes, island.clock.now())
    alone = choosing.next(lambda size: size, is_forced=False)
    assert alone is not None
    assert [one.digest for one in alone.records] == digests
    with island.store.write() as session:
        packs.end_pack(session, alone, 0, island.clock.now())
    assert choosing.leave_opinions(alone, "pack_torn")
    assert choosing.next(lambda size: size, is_forced=False) is None


def test_an_opinion_torn_on_the_kiosk_holds_up_no_other(island: Island, office: Office) -> None:
    torn, whole = told(island), told(island)
    island.store.blobs.path(torn.digest).write_bytes(b"torn")
    next_day(island, office)
    island.cycle()
    assert len(counted(office)) == 1
    assert waits(island) == 0
    with island.store.read() as session:
        assert session.get(RecordRow, torn.digest) is None
        assert session.get(RecordRow, whole.digest) is not None


def test_only_what_the_office_holds_is_ever_forgotten(island: Island, office: Office) -> None:
    held = told(island)
    next_day(island, office)
    island.cycle()
    waiting = told(island)
    island.clock.pass_time(200 * A_DAY_S)
    told(island)
    with island.store.read() as session:
        assert session.get(OpinionRow, held.digest) is None
        assert session.get(OpinionRow, waiting.digest) is not None


def _revoked_copy(device: DeviceRow, device_id: str) -> DeviceRow:
    return DeviceRow(
        id=device_id, code="XXX", name="Lama", signing=device.signing, recipient=device.recipient,
        token_digest="none", first_serial=1, last_serial=9, is_revoked=True,
        enrolled_at=device.enrolled_at,
    )  # fmt: skip


def _of_device(island: Island, device_id: str) -> Record:
    enrolled = island.enrolment()
    keys = Keys(enrolled.device_signing, enrolled.device_identity)
    day = today(island) - timedelta(days=1)
    opinion = Opinion(FORMAT, device_id, SERVICE, "slip", day, GOOD)
    record = encode_opinion(opinion, keys, enrolled.office_recipient)
    island.store.blobs.put(record.sealed)
    with island.store.write() as session:
        opinions.forget(session, [one.digest for one in opinions.unheld(session, date.min)])
        opinions.keep(session, record.digest, len(record.sealed), day)
    return record
