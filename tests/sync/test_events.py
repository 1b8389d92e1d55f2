"""What the office says becomes true on the kiosk: in order, once, and only with its signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select, text

from app.domain.catalogue_reading import encode
from app.domain.events import (
    CataloguePublished,
    Event,
    EventBody,
    MissingRecords,
    Receipt,
    Refused,
    Returned,
    ReturnedItem,
    StateChanged,
)
from app.domain.news import ApplicationChanged, CatalogueTaken
from app.errors import BugError
from app.office.context import Office
from app.office.events import say
from app.office.tables import EventRow as OfficeEvent
from app.protocol.event import seal_event, sign_event
from app.protocol.keys import Keys, new_keys
from app.protocol.record import write_pack
from app.storage import catalogues
from app.storage.contact import set_cursor
from app.storage.received import event_kept, keep_event, note_unread
from app.storage.tables import (
    ApplicationRow,
    EnrolmentRow,
    OutboxRow,
    PageRow,
    RecordRow,
    ReturnedItemRow,
    TimelineRow,
)
from app.storage.timeline import entries
from app.sync import status
from app.sync.applying import Applying
from app.sync.reports import Findings
from tests.builders import small_catalogue
from tests.office.house import noise
from tests.sync.island import Frozen, Island


@pytest.fixture
def tell(island: Island, office: Office) -> Callable[..., int]:
    """Let the office say something to the kiosk."""

    def tell(body: EventBody, frozen: Frozen | None = None) -> int:
        device_id = island.enrolment().device_id
        with office.database.write() as session:
            about = frozen.application_id if frozen else ""
            return say(session, office, device_id, body, about)

    return tell


def whats(island: Island, frozen: Frozen) -> list[str]:
    with island.store.read() as session:
        return [entry.what for entry in entries(session, frozen.application_id)]


def test_a_returned_application_names_its_fields_and_documents(
    island: Island, tell: Callable[..., int]
) -> None:
    frozen = island.freeze()
    island.cycle()
    items = (ReturnedItem("document", "ktp", "Kabur"), ReturnedItem("field", "nik", "Salah"))
    tell(Returned(items, "Mohon diperbaiki"), frozen)
    said_at = island.clock.now()
    island.clock.pass_time(6 * 86_400)
    island.cycle()
    row = island.application(frozen)
    assert (row.state, row.office_state, row.returned_note) == (
        "received",
        "returned",
        "Mohon diperbaiki",
    )
    with island.store.read() as session:
        held = {
            (one.kind, one.item, one.reason) for one in session.scalars(select(ReturnedItemRow))
        }
    assert held == {("document", "ktp", "Kabur"), ("field", "nik", "Salah")}
    assert whats(island, frozen)[-3:] == ["sending", "received", "returned"]
    with island.store.read() as session:
        told = entries(session, frozen.application_id)[-1]
    # The applicant's days count from the office's word, though it was heard a week later.
    assert told.params["since"] == said_at.isoformat()
    assert ApplicationChanged(frozen.application_id, "returned") in island.news


def test_a_correction_after_a_return_is_received_as_the_second_revision(
    island: Island, tell: Callable[..., int]
) -> None:
    first = island.freeze()
    island.cycle()
    tell(Returned((ReturnedItem("document", "ktp", "Kabur"),)), first)
    island.cycle()
    second = island.freeze({"ktp": noise(5000, 5)}, of=first)
    assert island.cycle().error is None
    assert island.is_received(second)
    assert island.application(second).office_state == "received"


def test_states_are_heard_in_order(island: Island, tell: Callable[..., int]) -> None:
    frozen = island.freeze()
    island.cycle()
    for state in ("in_review", "accepted", "a_state_of_next_year"):
        tell(StateChanged(state, "karena"), frozen)
    island.cycle()
    assert island.application(frozen).office_state == "accepted"
    assert whats(island, frozen)[-3:] == ["state"] * 3


def test_what_cannot_be_applied_holds_up_nothing_that_was_said_before_it(
    island: Island, tell: Callable[..., int]
) -> None:
    frozen = island.freeze()
    island.cycle()
    numbers = [tell(StateChanged(state, ""), frozen) for state in ("in_review", "accepted")]
    with island.store.write() as session:
        session.execute(
            text(
                f"CREATE TRIGGER refuses BEFORE INSERT ON events WHEN NEW.number = {numbers[1]}"
                " BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
        )
    with pytest.raises(BugError):
        island.cycle()
    assert island.application(frozen).office_state == "in_review"
    with island.store.write() as session:
        session.execute(text("DROP TRIGGER refuses"))
    island.cycle()
    assert island.application(frozen).office_state == "accepted"


def test_a_catalogue_is_taken_and_kept(island: Island, tell: Callable[..., int]) -> None:
    newer = encode(small_catalogue("2027.1.1"))
    tell(CataloguePublished("2027.1.1", msgspec.Raw(newer)))
    island.cycle()
    with island.store.read() as session:
        assert "2027.1.1" in catalogues.versions(session)
    assert CatalogueTaken("2027.1.1") in island.news


@pytest.mark.parametrize(
    "content", [b'{"version":"2027.1.1"}', encode(small_catalogue("2030.1.1"))]
)
def test_a_broken_catalogue_is_left_and_the_next_event_is_heard(
    island: Island, tell: Callable[..., int], content: bytes
) -> None:
    frozen = island.freeze()
    tell(CataloguePublished("2027.1.1", msgspec.Raw(content)))
    assert island.cycle().error is None
    assert island.is_received(frozen)
    with island.store.read() as session:
        assert "2027.1.1" not in catalogues.versions(session)
    # Nonsense, or the shape of a program to come: it is kept to be read again.
    assert island.cycle().unread_events == (1 if b"2030" not in content else 0)


class Slot(msgspec.Struct, frozen=True, tag="slot_of_next_year"):
    """An event of a kind that only a newer program knows."""

    where: str = "Tarempa"


class ReturnedPage(msgspec.Struct, frozen=True, tag="returned"):
    """A known kind in a shape that only a newer program knows."""

    items: tuple[dict[str, str], ...] = ({"kind": "page", "id": "ktp", "reason": "Kabur"},)


@pytest.mark.parametrize("body", [Slot(), ReturnedPage()])
def test_what_only_a_newer_program_can_read_is_kept_and_the_next_event_is_heard(
    island: Island, office: Office, tell: Callable[..., int], body: msgspec.Struct
) -> None:
    frozen = island.freeze()
    island.cycle()
    number = tell(body, frozen)
    tell(StateChanged("in_review"), frozen)
    report = island.cycle()
    assert (report.error, report.received_events, report.unread_events) == (None, 2, 1)
    assert island.application(frozen).office_state == "in_review"
    assert whats(island, frozen)[-2:] == ["unread", "state"]
    assert island.enrolment().cursor == number + 1
    with island.store.read() as session:
        kept = event_kept(session, number)
    assert kept is not None
    assert msgspec.json.encode(body) in kept
    # It is said until the program is a newer one, whatever else works.
    assert island.cycle().unread_events == 1
    after = status.after(island.cycle(), status.UNKNOWN)
    assert (after.link, after.last_error) == ("working", "program_outdated")


def as_an_older_program(island: Island, office: Office, number: int) -> None:
    """Leave the store as a program does that could not read an event."""
    device_id = island.enrolment().device_id
    with office.database.read() as session:
        said = session.get_one(OfficeEvent, (device_id, number))
    with island.store.write() as session:
        now = island.clock.now()
        keep_event(session, number, said.application_id, said.said_at, now, said.signed)
        note_unread(session, number, said.application_id, now)
        set_cursor(session, number)
    island.reopen()


def test_a_newer_program_reads_what_the_older_one_kept(
    island: Island, office: Office, tell: Callable[..., int]
) -> None:
    newer = encode(small_catalogue("2027.1.1"))
    as_an_older_program(island, office, tell(CataloguePublished("2027.1.1", msgspec.Raw(newer))))
    report = island.cycle()
    assert (report.error, report.unread_events) == (None, 0)
    with island.store.read() as session:
        assert "2027.1.1" in catalogues.versions(session)


def test_what_was_kept_unread_does_not_undo_what_was_heard_since(
    island: Island, office: Office, tell: Callable[..., int]
) -> None:
    frozen = island.freeze()
    island.cycle()
    as_an_older_program(island, office, tell(StateChanged("in_review"), frozen))
    island.engine._has_read_again = True
    tell(StateChanged("accepted"), frozen)
    island.cycle()
    island.reopen()
    assert island.cycle().unread_events == 0
    assert island.application(frozen).office_state == "accepted"


def test_a_refused_submission_is_set_aside_and_blocks_nobody(
    island: Island, tell: Callable[..., int]
) -> None:
    bad, good = island.freeze(), island.freeze()
    tell(Refused(bad.id, "service_unknown"), bad)
    report = island.cycle()
    assert island.is_received(good)
    # The refusal stands in the outbox until a person acts, although this one was then received.
    assert report.error is None
    assert "set_aside" in whats(island, bad)


def test_a_submission_that_the_office_cannot_take_is_set_aside_with_its_reason(
    island: Island,
) -> None:
    with island.store.write() as session:
        session.get_one(EnrolmentRow, 1).device_code = "XXX"
    bad = island.freeze()
    with island.store.write() as session:
        session.get_one(EnrolmentRow, 1).device_code = "LET"
    good = island.freeze()
    report = island.cycle()
    assert report.error is None
    assert island.is_received(good)
    assert island.application(bad).state == "needs_attention"
    (wait,) = report.waits
    assert (wait.reason, wait.is_set_aside) == ("reference_not_yours", True)


def test_missing_records_travel_again_and_are_receipted_again(
    island: Island, office: Office, tell: Callable[..., int]
) -> None:
    frozen = island.freeze()
    island.cycle()
    office.blobs.settle(0.0)
    office.blobs.path(frozen.blobs[0].digest).unlink()
    with office.database.write() as session:
        from app.office.tables import RecordRow as OfficeRecord

        session.get_one(OfficeRecord, frozen.blobs[0].digest).missing_since = office.clock.now()
    tell(MissingRecords((frozen.blobs[0].digest,)), frozen)
    first = island.cycle()
    assert [one.reason for one in first.waits] == ["waits_for_turn"]
    assert "missing" in whats(island, frozen)
    proof = island.submission(frozen).receipt
    assert island.cycle().error is None
    assert office.blobs.read(frozen.blobs[0].digest)
    assert island.is_received(frozen)
    assert island.submission(frozen).receipt == proof


def test_a_receipt_that_names_other_records_receives_nothing(
    island: Island, tell: Callable[..., int]
) -> None:
    frozen = island.freeze()
    good = island.freeze()
    now = island.clock.now()
    tell(Receipt(frozen.id, frozen.manifest.digest, ("ab" * 32,), now), frozen)
    with island.store.write() as session:
        # Nothing travels in this cycle: only the false receipt is heard.
        session.get_one(OutboxRow, frozen.id).next_attempt_at = now + timedelta(minutes=5)
        session.get_one(OutboxRow, good.id).next_attempt_at = now + timedelta(minutes=5)
    report = island.cycle(is_forced=False)
    assert report.error == "receipt_wrong"
    assert island.submission(frozen).receipt is None
    assert island.application(frozen).state == "finalized"
    assert frozen.id in island.outbox()
    assert island.cycle().error is None
    assert island.is_received(frozen)
    assert island.is_received(good)


def test_a_receipt_for_a_stranger_changes_nothing(island: Island, tell: Callable[..., int]) -> None:
    tell(Receipt("nobody", "ab" * 32, (), island.clock.now()))
    report = island.cycle()
    assert (report.error, report.received_events, report.receipts) == (None, 1, ())


class TestForged:
    """Events that the enrolled office did not sign, or not for this device, or out of order."""

    def pack(self, island: Island, keys: Keys, *events: Event) -> bytes:
        enrolment = island.enrolment()
        recipient = Keys(enrolment.device_signing, enrolment.device_identity).public().recipient
        return write_pack(seal_event(sign_event(event, keys), recipient) for event in events)

    def apply(self, island: Island, pack: bytes) -> tuple[Findings, bool]:
        from app.storage import contact

        with island.store.read() as session:
            office = contact.read_contact(session)
        assert office is not None
        findings = Findings()
        applying = Applying(island.store, island.clock, island.announcer)
        return findings, applying.apply_pack(office, pack, findings)

    def receipt(self, island: Island, frozen: Frozen, number: int) -> Event:
        body = Receipt(
            frozen.id,
            frozen.manifest.digest,
            tuple(one.digest for one in frozen.blobs),
            island.clock.now(),
        )
        device_id = island.enrolment().device_id
        return Event(device_id, number, island.clock.now(), body, frozen.application_id)

    def test_a_receipt_signed_by_another_key_is_no_receipt(self, island: Island) -> None:
        from app.errors import RemoteError

        frozen = island.freeze()
        pack = self.pack(island, new_keys(), self.receipt(island, frozen, 1))
        with pytest.raises(RemoteError) as caught:
            self.apply(island, pack)
        assert caught.value.code == "signature_wrong"
        assert island.submission(frozen).receipt is None
        assert island.enrolment().cursor == 0

    def test_a_receipt_for_another_device_is_no_receipt(
        self, island: Island, office: Office
    ) -> None:
        from app.errors import RemoteError

        frozen = island.freeze()
        event = msgspec.structs.replace(self.receipt(island, frozen, 1), device_id="other")
        with pytest.raises(RemoteError) as caught:
            self.apply(island, self.pack(island, office.keys.keys, event))
        assert caught.value.code == "event_malformed"
        assert frozen.id in island.outbox()

    def test_the_same_event_twice_changes_nothing_more(
        self, island: Island, office: Office
    ) -> None:
        frozen = island.freeze()
        pack = self.pack(island, office.keys.keys, self.receipt(island, frozen, 1))
        first, _ = self.apply(island, pack)
        with island.store.read() as session:
            lines = len(session.scalars(select(TimelineRow)).all())
        second, _ = self.apply(island, pack)
        assert (len(first.receipts), len(second.receipts)) == (1, 0)
        assert island.enrolment().cursor == 1
        with island.store.read() as session:
            assert len(session.scalars(select(TimelineRow)).all()) == lines

    def test_an_event_after_a_gap_waits_for_the_one_before(
        self, island: Island, office: Office
    ) -> None:
        frozen = island.freeze()
        pack = self.pack(island, office.keys.keys, self.receipt(island, frozen, 2))
        _, is_complete = self.apply(island, pack)
        assert not is_complete
        assert island.enrolment().cursor == 0
        assert island.submission(frozen).receipt is None


class TestPurging:
    """Local bytes go only when the office holds them and no correction can need them."""

    def with_page(self, island: Island, frozen: Frozen) -> str:
        digest = island.store.blobs.put(noise(700, 70))
        with island.store.write() as session:
            session.add(
                PageRow(
                    id="page", application_id=frozen.application_id, need="ktp", type="ktp",
                    position=0, media_type="image/jpeg", blob_digest=digest, size_bytes=700,
                    verdict='{"findings":[]}',
                    added_at=island.clock.now(),
                )
            )  # fmt: skip
        return digest

    def test_pages_and_records_stay_while_the_office_may_return_it(
        self, island: Island, tell: Callable[..., int]
    ) -> None:
        frozen = island.freeze()
        page = self.with_page(island, frozen)
        island.cycle()
        tell(StateChanged("in_review"), frozen)
        tell(Returned((ReturnedItem("field", "nik", "Salah"),)), frozen)
        island.cycle()
        assert island.store.blobs.has(page)
        assert all(island.store.blobs.has(one.digest) for one in frozen.blobs)

    @pytest.mark.parametrize("state", ["accepted", "rejected", "cancelled"])
    def test_they_go_once_it_is_past_correction(
        self, island: Island, tell: Callable[..., int], state: str
    ) -> None:
        frozen = island.freeze()
        page = self.with_page(island, frozen)
        island.cycle()
        tell(StateChanged(state), frozen)
        island.cycle()
        assert not island.store.blobs.has(page)
        assert not island.store.blobs.has(frozen.manifest.digest)
        with island.store.read() as session:
            assert all(session.scalars(select(RecordRow.is_purged)))

    def test_nothing_goes_before_the_receipt(
        self, island: Island, tell: Callable[..., int]
    ) -> None:
        frozen = island.freeze()
        page = self.with_page(island, frozen)
        with island.store.write() as session:
            later = island.clock.now() + timedelta(minutes=5)
            session.get_one(OutboxRow, frozen.id).next_attempt_at = later
        tell(StateChanged("accepted"), frozen)
        island.cycle(is_forced=False)
        assert island.application(frozen).office_state == "accepted"
        assert island.store.blobs.has(page)
        assert island.store.blobs.has(frozen.manifest.digest)

    def test_nothing_goes_while_somebody_works_on_it(
        self, island: Island, tell: Callable[..., int]
    ) -> None:
        frozen = island.freeze()
        page = self.with_page(island, frozen)
        island.cycle()
        with island.store.write() as session:
            session.get_one(ApplicationRow, frozen.application_id).state = "draft"
        tell(StateChanged("accepted"), frozen)
        island.cycle()
        assert island.store.blobs.has(page)

    def test_what_was_purged_and_is_missed_needs_a_person(
        self, island: Island, tell: Callable[..., int]
    ) -> None:
        frozen = island.freeze()
        island.cycle()
        tell(StateChanged("accepted"), frozen)
        tell(MissingRecords((frozen.blobs[0].digest,)), frozen)
        island.cycle()
        good = island.freeze()
        report = island.cycle()
        assert island.is_received(good)
        (wait,) = report.waits
        assert (wait.reference, wait.reason, wait.is_set_aside) == (
            frozen.reference,
            "record_purged",
            True,
        )
        assert island.application(frozen).state == "needs_attention"
