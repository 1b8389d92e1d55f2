"""A kiosk or an office comes back from an old backup: nothing is lost, done twice or made up."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import func, select

from app.domain.events import BillingIssued, EventBody, PaymentNoted, ReturnedItem, Said
from app.domain.requests import SlotsWished
from app.office import review
from app.office.context import Office
from app.office.events import say
from app.office.officers import add_officer
from app.office.receiving import repeat_receipts
from app.office.review import Officer
from app.office.slots.calendar import open_slots
from app.office.slots.tables import SlotRuleRow
from app.office.tables import ApplicationRow as OfficeApplication
from app.office.tables import SubmissionRow as OfficeSubmission
from app.storage import appointments, messages, requests, restoring, timeline
from app.storage.backup import Wanted, back_up, find_backup
from app.storage.bills import bills_of
from app.storage.forgotten import forgotten
from app.storage.tables import ApplicationRow, EnrolmentRow, SubmissionRow
from tests.link import WeakLink
from tests.office.house import Served, noise, open_at, serve
from tests.sync.island import KEY, Frozen, Island
from tests.sync.test_requests import ask

ANI = Officer("ani", "Ani", ("adjudicator",))


def _at_office(office: Office) -> list[tuple[str, int, str]]:
    with office.database.read() as session:
        rows = session.execute(
            select(
                OfficeSubmission.application_id, OfficeSubmission.revision, OfficeApplication.state
            )
            .join(OfficeApplication, OfficeApplication.id == OfficeSubmission.application_id)
            .order_by(OfficeSubmission.application_id, OfficeSubmission.revision)
        )
        return [(one, revision, state) for one, revision, state in rows]


def _back_up(island: Island, tmp_path: Path) -> Callable[[], restoring.Restored]:
    stick = tmp_path / f"stick-{island.clock.monotonic()}"
    stick.mkdir()
    back_up(island.store, stick, Wanted(KEY, "", b""))
    found, note = find_backup(stick)

    def put_back() -> restoring.Restored:
        island.store.close()
        done = restoring.restore(island.folder, found, note, KEY, lambda _: None, island.clock)
        island.reopen()
        return done

    return put_back


def _return(office: Office, frozen: Frozen) -> None:
    review.start_review(office, ANI, frozen.application_id)
    item = ReturnedItem("field", "nik", "keliru")
    review.return_for_correction(office, ANI, frozen.application_id, 1, (item,))


def test_what_waited_is_sent_once_although_it_had_been_sent(
    island: Island, served: Served, tmp_path: Path
) -> None:
    frozen = island.freeze()
    go_back = _back_up(island, tmp_path)
    island.cycle()
    assert island.is_received(frozen)
    go_back()
    assert not island.is_received(frozen)
    report = island.cycle()
    assert report.error is None
    assert island.is_received(frozen)
    assert _at_office(served.office) == [(frozen.application_id, 1, "received")]


def test_a_pack_half_sent_at_the_backup_is_whole_at_the_office(
    island: Island, served: Served, weak: WeakLink, tmp_path: Path
) -> None:
    frozen = island.freeze({"ktp": noise(60_000)})
    # Nothing goes on at once after three cuts without a byte.
    for up_bytes in (30_000, 10, 10, 10):
        weak.cut_after(up_bytes)
    island.cycle()
    weak.calm()
    go_back = _back_up(island, tmp_path)
    island.cycle()
    assert island.is_received(frozen)
    go_back()
    assert island.cycle().error is None
    assert island.is_received(frozen)
    assert len(_at_office(served.office)) == 1


def test_an_application_made_after_the_backup_is_told_and_its_number_never_given_again(
    island: Island, served: Served, tmp_path: Path
) -> None:
    go_back = _back_up(island, tmp_path)
    frozen = island.freeze()
    island.cycle()
    told = go_back()
    assert told.skipped_serials >= 1000
    assert island.cycle().error is None
    with island.store.read() as session:
        (lost,) = forgotten(session)
    assert (lost.application_id, lost.reference) == (frozen.application_id, frozen.reference)
    again = island.freeze()
    assert int(again.reference.split("-")[1]) > 1000
    assert island.cycle().error is None
    assert island.is_received(again)
    assert len(_at_office(served.office)) == 2


def test_numbers_go_on_after_the_highest_the_office_knows(island: Island, tmp_path: Path) -> None:
    go_back = _back_up(island, tmp_path)
    with island.store.write() as session:
        session.get_one(EnrolmentRow, 1).next_serial = 5000
    island.freeze()
    island.cycle()
    go_back()
    assert island.enrolment().next_serial < 5000
    island.cycle()
    assert island.enrolment().next_serial == 5001


def test_an_old_backup_skips_more_numbers(island: Island, tmp_path: Path) -> None:
    go_back = _back_up(island, tmp_path)
    before = island.enrolment().next_serial
    island.clock.pass_time(timedelta(days=60).total_seconds())
    assert go_back().skipped_serials == 6100
    assert island.enrolment().next_serial == before + 6100


def test_a_correction_made_after_the_backup_is_not_made_a_second_time(
    island: Island, served: Served, tmp_path: Path
) -> None:
    add_officer(served.office, "ani", "Ani", "not a real password")
    frozen = island.freeze()
    island.cycle()
    _return(served.office, frozen)
    island.cycle()
    go_back = _back_up(island, tmp_path)
    second = island.freeze({"ktp": noise(9_000, 5)}, of=frozen)
    island.cycle()
    go_back()
    assert island.application(frozen).office_state == "returned"
    assert island.cycle().error is None
    row = island.application(frozen)
    assert (row.revision, row.state, row.office_state) == (2, "received", "received")
    with island.store.read() as session:
        kept = session.get_one(SubmissionRow, second.id)
        assert kept.receipt is not None
    # The office says its receipt once more, as it does for a record that was lost and came again.
    with served.office.database.write() as session:
        repeat_receipts(session, served.office, second.manifest.digest)
    assert island.cycle().error is None
    third = island.freeze({"ktp": noise(9_000, 6)}, of=frozen)
    assert island.cycle().error is None
    assert island.is_received(third)
    assert [one[1] for one in _at_office(served.office)] == [1, 2, 3]


def test_a_draft_that_was_sent_after_the_backup_is_what_it_is_at_the_office(
    island: Island, served: Served, tmp_path: Path
) -> None:
    frozen = island.freeze()
    island.cycle()
    # As it stood in the backup: filled, without a number, never submitted.
    with island.store.write() as session:
        session.delete(session.get_one(SubmissionRow, frozen.id))
        row = session.get_one(ApplicationRow, frozen.application_id)
        row.state, row.office_state, row.reference = "draft", "", None
        session.get_one(EnrolmentRow, 1).cursor = 0
    assert island.cycle().error is None
    row = island.application(frozen)
    assert (row.state, row.reference, row.revision) == ("received", frozen.reference, 1)
    with island.store.read() as session:
        assert session.scalar(select(func.count()).select_from(SubmissionRow)) == 1
    assert not island.outbox()
    assert len(_at_office(served.office)) == 1


def _tell(office: Office, island: Island, frozen: Frozen, state: str, *bodies: EventBody) -> None:
    """Say these and stand in a state, as billing does without a provider."""
    with office.database.write() as session:
        session.get_one(OfficeApplication, frozen.application_id).state = state
        for body in bodies:
            say(session, office, island.enrolment().device_id, body, frozen.application_id)


def _wish(office: Office, island: Island, frozen: Frozen, place: int) -> str:
    """Wish for one of the slots and return what the office answered."""
    with office.database.read() as session:
        slot = open_slots(session, office.clock.now())[place].slot
    island.clock.pass_time(1)
    ask(island, frozen, SlotsWished((slot.id,)))
    assert island.cycle().error is None
    with island.store.read() as session:
        answer = requests.asked(session, frozen.application_id)[-1]
    assert answer.taken_at is not None
    return answer.code


def _life(island: Island, frozen: Frozen) -> tuple[bool, int, list[str], list[str]]:
    """Return what the applicant sees: is there a slot, moves, payments, the office's messages."""
    of = frozen.application_id
    with island.store.read() as session:
        return (
            appointments.appointment(session, of).slot is not None,
            appointments.moves(session, of),
            [one.ntpn for one in bills_of(session, of)],
            [one.text for one in messages.messages_of(session, of)],
        )


def _lines(island: Island, frozen: Frozen) -> list[str]:
    with island.store.read() as session:
        return [one.what for one in timeline.entries(session, frozen.application_id)]


def test_a_payment_a_slot_and_an_answer_that_a_restored_office_forgot_are_forgotten_here_too(
    tmp_path: Path,
) -> None:
    office = open_at(tmp_path / "office")
    island = Island(tmp_path / "kiosk")
    now = office.clock.now()
    with office.database.write() as session:
        session.add(
            SlotRuleRow(
                id="r1", place_id="TRM", place="Kantor Imigrasi Tarempa", weekday=1, opens="08:00",
                closes="09:00", minutes=30, places=1, valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip
    bill = BillingIssued("820261122465628", 650_000, (), now, now + timedelta(days=7), ("bank",))
    paid = PaymentNoted(bill.code, bill.rupiah, now, "0A1B2C3D4E5F6G7H")
    with serve(office) as served:
        island.enrol(office, served.url)
        frozen = island.freeze()
        island.cycle()
        _tell(office, island, frozen, "awaiting_payment", bill, Said("m1", "Silakan bayar."))
        for _ in range(2):
            assert _wish(office, island, frozen, 0) == "not_schedulable"
    office.close()
    shutil.copytree(tmp_path / "office", tmp_path / "backup")
    office = open_at(tmp_path / "office")
    with serve(office) as served:
        island.url = served.url
        _tell(office, island, frozen, "paid", paid, Said("m2", "Terima kasih."))
        assert _wish(office, island, frozen, 0) == ""
        told = ["Silakan bayar.", "Terima kasih."]
        assert _life(island, frozen) == (True, 0, [paid.ntpn], told)
    office.close()
    restored = open_at(tmp_path / "backup")
    with serve(restored) as served:
        island.url = served.url
        before = _lines(island, frozen)
        for _ in range(3):
            assert island.cycle().error is None
        assert _life(island, frozen) == (False, 0, [""], ["Silakan bayar."])
        again = _lines(island, frozen)[len(before) :]
        assert not {"billing", "payment", "slot", "message"} & set(again)
        with island.store.read() as session:
            answers = requests.asked(session, frozen.application_id)
        assert [one.code for one in answers] == ["not_schedulable"] * 3
        # The state treasury's money is told once more, and life goes on.
        _tell(restored, island, frozen, "paid", paid)
        assert _wish(restored, island, frozen, 1) == ""
        assert _life(island, frozen) == (True, 0, [paid.ntpn], ["Silakan bayar."])
    restored.close()
    island.close()
