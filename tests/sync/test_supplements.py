"""A page asked for as it was captured comes once, whatever is cut, and nobody waits for ever."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select

from app.domain.events import MissingRecords, PageAsked, StateChanged
from app.errors import LocalFault, RemoteError, UserError
from app.office.context import Office
from app.office.events import say
from app.office.records import catch_up, take_record
from app.office.review import Officer
from app.office.supplements import AskedPage, ask_for_page, open_page, pages_asked
from app.office.tables import EventRow as OfficeEvent
from app.office.tables import RecordRow as OfficeRecord
from app.protocol.keys import Keys, new_keys
from app.protocol.record import MOST_RECORD_BYTES, Record, RecordKind, new_record
from app.protocol.sealing import digest_of, seal
from app.protocol.supplement import FORMAT, Supplement, encode_supplement
from app.storage.tables import (
    ApplicationRow,
    PageRow,
    RecordRow,
    SubmissionRecordRow,
    SupplementRow,
)
from tests.link import WeakLink
from tests.office.house import Served, noise
from tests.sync.island import Frozen, Island
from tests.sync.test_events import as_an_older_program

ANI = Officer("ani", "Ani Pemeriksa", ("adjudicator",))
CAPTURE = noise(60_000, 5)


def with_capture(island: Island, frozen: Frozen, content: bytes = CAPTURE) -> str:
    """Give a submission's document the capture it was made of; return the sealed file's name."""
    digest = island.store.blobs.put(island.store.seal_here(content))
    with island.store.write() as session:
        session.add(
            PageRow(
                id=f"page {frozen.id}", application_id=frozen.application_id, need="ktp",
                type="ktp", position=0, media_type="image/jpeg", blob_digest=digest,
                size_bytes=len(content), original_digest=digest, original_media_type="image/png",
                verdict='{"findings":[]}', added_at=island.clock.now(),
            )
        )  # fmt: skip
    return digest


def received(island: Island) -> Frozen:
    frozen = island.freeze()
    with_capture(island, frozen)
    island.cycle()
    assert island.is_received(frozen)
    return frozen


def ask(office: Office, frozen: Frozen) -> None:
    ask_for_page(office, ANI, frozen.application_id, 1, "ktp", 1)


def standing(office: Office, frozen: Frozen) -> AskedPage | None:
    with office.database.read() as session:
        return pages_asked(session, frozen.id).get(("ktp", 1))


def captured(office: Office, frozen: Frozen) -> bytes:
    return open_page(office, ANI, frozen.application_id, 1, "ktp", 1).content


def said(office: Office, kind: str) -> int:
    with office.database.read() as session:
        return len(session.scalars(select(OfficeEvent).where(OfficeEvent.kind == kind)).all())


def test_the_page_comes_as_it_was_captured_and_nothing_waits_after(
    island: Island, office: Office
) -> None:
    frozen = received(island)
    ask(office, frozen)
    assert standing(office, frozen) is not None
    with pytest.raises(UserError):
        captured(office, frozen)
    island.cycle()
    assert frozen.id in island.outbox()
    assert island.application(frozen).state == "received"
    island.cycle()
    assert captured(office, frozen) == CAPTURE
    assert island.is_received(frozen)
    with island.store.read() as session:
        assert session.scalars(select(SupplementRow)).one().taken_at is not None


def test_asking_twice_and_hearing_it_twice_brings_it_once(island: Island, office: Office) -> None:
    frozen = received(island)
    ask(office, frozen)
    ask(office, frozen)
    device_id = island.enrolment().device_id
    with office.database.write() as session:
        say(session, office, device_id, PageAsked(frozen.id, "ktp", 1), frozen.application_id)
    for _ in range(3):
        island.cycle()
    with island.store.read() as session:
        kinds = session.scalars(select(RecordRow.kind)).all()
    assert kinds.count(int(RecordKind.SUPPLEMENT)) == 1
    assert said(office, "page_taken") == 1
    assert captured(office, frozen) == CAPTURE


@pytest.mark.parametrize("heard_since", [(), (StateChanged("in_review"),)])
def test_a_question_that_an_older_program_could_not_read_is_answered_by_a_newer_one(
    island: Island, office: Office, heard_since: tuple[StateChanged, ...]
) -> None:
    frozen = received(island)
    ask(office, frozen)
    as_an_older_program(island, office, island.enrolment().cursor + 1)
    island.engine._has_read_again = True
    for body in heard_since:
        with office.database.write() as session:
            say(session, office, island.enrolment().device_id, body, frozen.application_id)
        island.cycle()
    assert standing(office, frozen) == AskedPage(office.clock.now(), False, False)
    island.reopen()
    assert island.cycle().unread_events == 0
    island.cycle()
    assert captured(office, frozen) == CAPTURE
    assert island.is_received(frozen)


def test_it_goes_on_where_the_link_was_cut_and_after_the_kiosk_died(
    island: Island, office: Office, weak: WeakLink
) -> None:
    frozen = received(island)
    ask(office, frozen)
    island.cycle()
    for _ in range(4):
        weak.cut_after(9_000)
    weak.go_away()
    island.cycle()
    weak.come_back()
    island.reopen()
    for _ in range(3):
        island.cycle()
    assert captured(office, frozen) == CAPTURE
    assert island.is_received(frozen)
    assert said(office, "page_taken") == 1


def test_a_death_between_the_files_and_the_rows_leaves_the_question_open(
    island: Island, office: Office
) -> None:
    frozen = received(island)
    ask(office, frozen)

    class Dead(Exception):
        pass

    def die(_: object) -> None:
        raise Dead

    put = island.store.blobs.put
    island.store.blobs.put = die  # type: ignore[assignment,method-assign]
    with pytest.raises(Dead):
        island.cycle()
    island.store.blobs.put = put  # type: ignore[method-assign]
    island.reopen()
    with island.store.read() as session:
        assert session.scalars(select(SupplementRow)).first() is None
    island.cycle()
    island.cycle()
    assert captured(office, frozen) == CAPTURE


@pytest.mark.parametrize("loss", ["deleted", "rotten", "corrected", "too large"])
def test_a_page_that_is_gone_is_told_so_that_nobody_waits(
    island: Island, office: Office, loss: str
) -> None:
    frozen = island.freeze()
    is_too_large = loss == "too large"
    digest = with_capture(island, frozen, bytes(MOST_RECORD_BYTES) if is_too_large else CAPTURE)
    island.cycle()
    if loss == "deleted":
        island.store.blobs.delete(digest)
    elif loss == "rotten":
        island.store.blobs.path(digest).write_bytes(b"rot")
    elif loss == "corrected":
        with island.store.write() as session:
            session.get_one(ApplicationRow, frozen.application_id).state = "draft"
    ask(office, frozen)
    island.cycle()
    island.cycle()
    told = standing(office, frozen)
    assert told is not None
    assert told.is_answered
    assert told.is_gone
    assert frozen.id not in island.outbox()
    with pytest.raises(UserError):
        captured(office, frozen)


def test_a_receipt_heard_again_does_not_forget_the_page_that_waits(
    island: Island, office: Office
) -> None:
    frozen = received(island)
    office.blobs.settle(0.0)
    office.blobs.path(frozen.blobs[0].digest).unlink()
    ask(office, frozen)
    device_id = island.enrolment().device_id
    with office.database.write() as session:
        record = session.get_one(OfficeRecord, frozen.blobs[0].digest)
        record.missing_since = office.clock.now()
        lost = MissingRecords((record.digest,))
        say(session, office, device_id, lost, frozen.application_id)
    for _ in range(4):
        island.cycle()
    assert captured(office, frozen) == CAPTURE
    assert island.is_received(frozen)


def test_a_page_the_office_lost_comes_again(island: Island, office: Office) -> None:
    frozen = received(island)
    ask(office, frozen)
    island.cycle()
    island.cycle()
    with island.store.read() as session:
        blob_digest = session.scalars(select(SupplementRow)).one().blob_digest
    office.blobs.path(blob_digest).unlink()
    with pytest.raises(LocalFault):
        captured(office, frozen)
    island.cycle()
    island.cycle()
    assert captured(office, frozen) == CAPTURE
    assert island.is_received(frozen)


def test_captures_stay_until_the_page_has_gone_although_the_office_decided(
    island: Island, office: Office
) -> None:
    frozen = island.freeze()
    digest = with_capture(island, frozen)
    island.cycle()
    ask(office, frozen)
    device_id = island.enrolment().device_id
    with office.database.write() as session:
        say(session, office, device_id, StateChanged("accepted"), frozen.application_id)
    island.cycle()
    assert island.store.blobs.has(digest)
    island.cycle()
    assert captured(office, frozen) == CAPTURE
    assert not island.store.blobs.has(digest)


def test_a_page_of_a_submission_this_kiosk_never_made_is_not_answered(
    island: Island, office: Office
) -> None:
    device_id = island.enrolment().device_id
    with office.database.write() as session:
        say(session, office, device_id, PageAsked("nobody's", "ktp", 1), "nobody's")
    assert not island.cycle().error
    with island.store.read() as session:
        assert session.scalars(select(SubmissionRecordRow)).first() is None


# --- what reaches the office ----------------------------------------------------------------------


def supplement(island: Island, frozen: Frozen, **changed: object) -> Supplement:
    blob = new_record(RecordKind.BLOB, seal(CAPTURE, island.enrolment().office_recipient))
    made = Supplement(
        FORMAT, island.enrolment().device_id, frozen.application_id, frozen.id, "ktp", 1,
        blob.digest, digest_of(CAPTURE), "image/png", len(CAPTURE),
    )  # fmt: skip
    return msgspec.structs.replace(made, **changed)


def deliver(island: Island, office: Office, *records: Record) -> None:
    for record in records:
        part = island.folder / "part"
        part.write_bytes(record.sealed)
        device_id = island.enrolment().device_id
        take_record(office, "none", device_id, record.header(), part, 0)


def signed(island: Island, made: Supplement, keys: Keys | None = None) -> Record:
    row = island.enrolment()
    own = Keys(row.device_signing, row.device_identity)
    return encode_supplement(made, keys or own, row.office_recipient)


def refused(office: Office, record: Record) -> str:
    with office.database.read() as session:
        return session.get_one(OfficeRecord, record.digest).refused_code


@pytest.mark.parametrize("is_blob_first", [True, False])
def test_supplement_and_page_are_joined_in_any_order_even_if_nobody_remembers_asking(
    island: Island, office: Office, is_blob_first: bool
) -> None:
    frozen = received(island)
    blob = new_record(RecordKind.BLOB, seal(CAPTURE, island.enrolment().office_recipient))
    said_so = signed(island, supplement(island, frozen, blob_digest=blob.digest))
    records = (blob, said_so) if is_blob_first else (said_so, blob)
    deliver(island, office, records[0])
    assert said(office, "page_taken") == 0
    deliver(island, office, records[1])
    assert captured(office, frozen) == CAPTURE
    assert said(office, "page_taken") == 1
    deliver(island, office, *records)
    assert said(office, "page_taken") == 1


def test_a_supplement_before_its_submission_waits_for_it(island: Island, office: Office) -> None:
    frozen = island.freeze()
    blob = new_record(RecordKind.BLOB, seal(CAPTURE, island.enrolment().office_recipient))
    deliver(
        island, office, signed(island, supplement(island, frozen, blob_digest=blob.digest)), blob
    )
    island.cycle()
    catch_up(office)
    assert captured(office, frozen) == CAPTURE


@pytest.mark.parametrize(
    "lie",
    [
        {"page": 2},
        {"page": 0},
        {"need": "nothing"},
        {"application_id": "another"},
        {"media_type": "text/html"},
        {"blob_digest": "../../etc"},
        {"size_bytes": -1},
    ],
)
def test_a_supplement_that_makes_no_sense_is_kept_aside_and_never_comes_again(
    island: Island, office: Office, lie: dict[str, object]
) -> None:
    frozen = received(island)
    record = signed(island, supplement(island, frozen, **lie))
    deliver(island, office, record)
    assert refused(office, record) == "supplement_wrong"
    assert said(office, "page_taken") == 1
    assert standing(office, frozen) is None


def test_nobody_answers_for_another_device(
    island: Island, office: Office, served: Served, weak: WeakLink
) -> None:
    frozen = received(island)
    forged = signed(island, supplement(island, frozen), new_keys())
    deliver(island, office, forged)
    assert refused(office, forged) == "signature_wrong"
    unknown = signed(island, supplement(island, frozen, device_id="nobody"))
    deliver(island, office, unknown)
    assert refused(office, unknown) == "device_unknown"
    other = Island(island.folder.parent / "other", seed=2)
    other.enrol(served.office, weak.url, "DBO")
    own_device = other.enrolment().device_id
    foreign = signed(other, supplement(island, frozen, device_id=own_device))
    deliver(other, office, foreign)
    assert refused(office, foreign) == "supplement_wrong"
    other.close()
    noise_record = new_record(RecordKind.SUPPLEMENT, noise(500))
    deliver(island, office, noise_record)
    assert refused(office, noise_record) == "record_unreadable"
    assert standing(office, frozen) is None


def test_other_bytes_than_the_device_vouched_for_are_never_shown(
    island: Island, office: Office
) -> None:
    frozen = received(island)
    blob = new_record(RecordKind.BLOB, seal(b"other", island.enrolment().office_recipient))
    deliver(
        island, office, signed(island, supplement(island, frozen, blob_digest=blob.digest)), blob
    )
    with pytest.raises(RemoteError, match="page_wrong"):
        captured(office, frozen)
