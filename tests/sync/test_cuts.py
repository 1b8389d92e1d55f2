"""Cuts, lost answers, kills and restarts: everything arrives once, and little travels twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.domain.ids import new_id
from app.office.context import Office
from app.office.enrolling import new_enrolment_code
from app.office.tables import ApplicationRow as OfficeApplication
from app.office.tables import EventRow as OfficeEvent
from app.office.tables import SubmissionRow as OfficeSubmission
from app.office.tables import UploadRow
from app.office.turns import Claim
from app.office.uploads import LiveUpload
from app.protocol.sealing import unseal
from app.storage import packs
from app.sync.link_memory import RoadMemory
from app.sync.link_sockets import Patience
from tests.link import Cut, WeakLink
from tests.office.house import OfficeProcess, noise, open_at
from tests.sync.island import Frozen, Island, has_every_rule

BIG = {"ktp": noise(120_000, 1), "kk": noise(90_000, 2)}
PACK_BYTES = 212_000


def assert_arrived_once(office: Office, *all_frozen: Frozen) -> None:
    """Every document is byte-equal; one submission, application and receipt for each."""
    with office.database.read() as session:
        for table in (OfficeApplication, OfficeSubmission):
            assert session.scalar(select(func.count()).select_from(table)) == len(all_frozen)
        receipts = select(func.count()).where(OfficeEvent.kind == "receipt")
        assert session.scalar(receipts) == len(all_frozen)
    for frozen in all_frozen:
        for content, blob in zip(frozen.contents.values(), frozen.blobs, strict=True):
            held = office.blobs.read(blob.digest)
            assert unseal(held, office.keys.keys.identity) == content


@pytest.mark.parametrize("how", ["rst", "fin"])
@pytest.mark.parametrize("at", [300, 2_000, 60_000, 150_000, PACK_BYTES])
def test_a_cut_at_any_byte_is_gone_on_from(
    island: Island, office: Office, weak: WeakLink, how: Cut, at: int
) -> None:
    frozen = island.freeze(BIG)
    weak.cut_after(at, how)
    island.cycle()
    assert weak.cuts_made == 1
    island.cycle()
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)


def test_many_cuts_cost_little_more_than_one_pack(
    island: Island, office: Office, weak: WeakLink
) -> None:
    frozen = island.freeze(BIG)
    for _ in range(6):
        # Not by resets: those throw away what the office's program has not read yet.
        weak.cut_after(30_000, "fin")
    weak.all_up_bytes = 0
    for _ in range(4):
        island.cycle()
    assert weak.cuts_made == 6
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)
    # Nothing that the office kept travels again.
    assert weak.all_up_bytes < PACK_BYTES * 1.5


def test_a_silent_death_is_noticed_by_lack_of_progress(
    island: Island, office: Office, weak: WeakLink
) -> None:
    island.patience = Patience(
        unheard_s=1.0, idle_s=1.0, fruitless_s=1.0, blind_s=1.0, connect_s=(1.0,)
    )
    frozen = island.freeze(BIG)
    weak.cut_after(50_000, "silence")
    island.cycle()
    assert weak.cuts_made == 1
    island.cycle()
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)


def test_a_silent_connection_is_overtaken_by_a_second_one(
    island: Island, office: Office, weak: WeakLink
) -> None:
    """Nothing is given up before something better is there: the patience is longer than a test."""
    island.patience = Patience(
        unheard_s=60, revival_s=60, idle_s=60, fruitless_s=60, blind_s=60, doubt_s=0.3
    )
    frozen = island.freeze({"ktp": noise(3_000_000)})
    weak.cut_after(500_000, "silence")
    began_at = time.monotonic()
    assert island.cycle().error is None
    assert time.monotonic() - began_at < 30
    assert weak.cuts_made == 1
    assert_arrived_once(office, frozen)


@pytest.mark.parametrize("how", ["rst", "fin"])
def test_going_on_without_asking_arrives_once_though_somebody_else_acknowledged(
    island: Island, office: Office, weak: WeakLink, how: Cut
) -> None:
    """The relay acknowledges more than it brings over, and the kiosk takes its word at first."""
    island.memory = RoadMemory(has_every_rule)
    frozen = island.freeze({"ktp": noise(3_000_000)})
    for _ in range(3):
        weak.cut_after(300_000, how)
    assert island.cycle().error is None
    assert weak.cuts_made == 3
    assert_arrived_once(office, frozen)


def test_a_lost_last_answer_brings_the_receipt_with_the_pull(
    island: Island, office: Office, weak: WeakLink
) -> None:
    frozen = island.freeze(BIG)
    weak.swallow_answer_after(PACK_BYTES)
    report = island.cycle()
    assert weak.cuts_made == 1
    if report.error:
        report = island.cycle()
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)


def test_a_pack_whose_first_request_is_cut_is_one_upload(
    island: Island, office: Office, weak: WeakLink
) -> None:
    """The upload's name is the kiosk's own, so the answer that is lost says nothing new."""
    frozen = island.freeze(BIG)
    weak.swallow_answer_after(1)
    assert island.cycle().error is None
    assert weak.cuts_made == 1
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)
    with office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(UploadRow)) == 1


def test_a_name_that_the_office_never_heard_is_said_again(island: Island, office: Office) -> None:
    """A kiosk died after it wrote the upload's name and before the first byte arrived."""
    frozen = island.freeze(BIG)
    name = new_id(island.clock.now(), island.dice)
    with island.store.write() as session:
        waiting = packs.candidates(session, island.clock.now())
        pack = packs.keep_pack(session, packs.choose(waiting, PACK_BYTES * 2), island.clock.now())
        packs.note_upload(session, pack, f"v1/packs/{name}")
    assert island.cycle().error is None
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)
    with office.database.read() as session:
        assert session.scalars(select(UploadRow.id)).all() == [name]


def test_a_pack_that_was_dropped_under_way_leaves_the_next_one_alone(island: Island) -> None:
    """SQLite gives the number of the last row anew once that row is gone."""
    island.freeze(BIG)
    with island.store.write() as session:
        waiting = packs.candidates(session, island.clock.now())
        chosen = packs.choose(waiting, PACK_BYTES * 2)
        dropped = packs.keep_pack(session, chosen, island.clock.now())
        packs.end_pack(session, dropped, 0, island.clock.now())
        island.clock.pass_time(1)
        pack = packs.keep_pack(session, chosen[:1], island.clock.now())
        assert pack.id == dropped.id
        packs.note_upload(session, pack, "v1/packs/ours")
        packs.note_offset(session, pack, 5)
    with island.store.write() as session:
        packs.note_upload(session, dropped, "v1/packs/theirs")
        packs.note_offset(session, dropped, 100_000)
        packs.end_pack(session, dropped, 0, island.clock.now())
        assert packs.offset_of(session, dropped) == 0
        kept = packs.newest_pack(session)
    assert kept is not None
    assert (kept.upload_path, kept.offset_bytes) == ("v1/packs/ours", 5)


def test_while_the_office_is_away_everything_waits_with_its_reason(
    island: Island, weak: WeakLink
) -> None:
    frozen = island.freeze(BIG)
    weak.go_away()
    report = island.cycle()
    assert report.error == "office_away"
    assert report.next_attempt_at is not None
    (wait,) = report.waits
    assert (wait.reference, wait.reason) == (frozen.reference, "office_away")
    assert wait.next_attempt_at == report.next_attempt_at
    assert island.application(frozen).state == "finalized"
    row = island.outbox()[frozen.id]
    assert (row.attempts, row.last_error) == (1, "office_away")
    weak.come_back()
    assert island.cycle().error is None
    assert island.is_received(frozen)


def test_another_process_goes_on_where_the_killed_one_was(
    island: Island, office: Office, weak: WeakLink
) -> None:
    frozen = island.freeze(BIG)
    # An orderly end: at a reset the office's system throws away what its program has not read yet.
    weak.cut_after(100_000, "fin")
    weak.cut_after(0, "rst")
    weak.cut_after(0, "rst")
    weak.cut_after(0, "rst")
    assert island.cycle().error == "office_away"
    island.reopen()
    weak.all_up_bytes = 0
    while weak.cuts_made < 4:
        island.cycle()
    assert island.cycle().error is None
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)
    assert weak.all_up_bytes < PACK_BYTES - 30_000


def test_stopping_in_the_middle_of_a_pack_takes_no_second_and_loses_nothing(
    island: Island, office: Office
) -> None:
    frozen = island.freeze({"ktp": noise(3_000_000)})
    original = island.engine._on_progress

    def stop_soon(progress: object) -> None:
        island.stop.set()

    island.engine._on_progress = stop_soon
    ended = threading.Event()

    def run() -> None:
        island.cycle()
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert ended.wait(5)
    thread.join()
    assert not island.is_received(frozen)
    island.stop.clear()
    island.engine._on_progress = original
    assert island.cycle().error is None
    assert_arrived_once(office, frozen)


def test_an_upload_that_the_office_forgot_is_packed_anew(
    island: Island, office: Office, weak: WeakLink
) -> None:
    frozen = island.freeze(BIG)
    for at in (60_000, 0, 0, 0):
        weak.cut_after(at, "rst")
    island.cycle()
    with island.store.read() as session:
        pack = packs.newest_pack(session)
    assert pack is not None
    assert pack.upload_path
    from app.office.accepting import end_upload

    end_upload(office, pack.upload_path.rsplit("/", 1)[1], "expired")
    while weak.cuts_made < 4:
        island.cycle()
    assert island.cycle().error is None
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)


def test_what_was_delivered_already_may_be_delivered_again(island: Island, office: Office) -> None:
    """The receipt is lost to a restored copy of the kiosk's store: all of it is sent once more."""
    frozen = island.freeze(BIG)
    island.cycle()
    from app.storage.tables import EnrolmentRow, EventRow, OutboxRow, RecordRow, SubmissionRow

    with island.store.write() as session:
        session.query(EventRow).delete()
        session.query(RecordRow).update({"is_held_by_office": False, "sent_at": None})
        session.query(SubmissionRow).update(
            {"receipt": None, "receipt_digest": None, "received_at": None}
        )
        session.query(EnrolmentRow).update({"cursor": 0})
        session.add(OutboxRow(submission_id=frozen.id, queued_at=island.clock.now()))
    report = island.cycle()
    assert report.error is None
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)


def test_a_full_office_is_tried_again_and_its_news_still_come(
    island: Island, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = island.freeze(BIG)

    def no_room(*_: object) -> int:
        raise OSError(28, "no space")

    with monkeypatch.context() as patch:
        # Bytes that come one after the other, and packs that come whole.
        patch.setattr("app.office.uploads._write_at", no_room)
        patch.setattr("app.office.lots.Lots.write", no_room)
        report = island.cycle()
    assert report.error == "office_full"
    assert report.waits[0].reason == "office_full"
    assert island.cycle().error is None
    assert_arrived_once(office, frozen)


class TestOfficeKilled:
    """The office's process is killed in the middle and comes back at another port."""

    @pytest.fixture
    def process(self, tmp_path: Path) -> Iterator[OfficeProcess]:
        process = OfficeProcess(tmp_path / "office")
        process.start()
        yield process
        process.kill()

    @pytest.mark.parametrize("at", [2_500, 100_000, PACK_BYTES - 3_000])
    def test_killed_in_the_middle_of_an_upload_it_ends_with_one_application(
        self, tmp_path: Path, process: OfficeProcess, at: int
    ) -> None:
        side = open_at(tmp_path / "office")
        code = new_enrolment_code(side, "Kiosk", "LET")
        with WeakLink(process.address) as weak:
            island = Island(tmp_path / "kiosk")
            from app.sync.enrolling import enrol, first_link

            enrol(
                island.store, island.clock, weak.url, code, "Kiosk",
                open_link=first_link(island.clock),
            )  # fmt: skip
            frozen = island.freeze(BIG)
            seen: list[object] = []

            def kill_there(progress: object) -> None:
                if weak.all_up_bytes >= at and not seen:
                    seen.append(progress)
                    process.kill()

            island.engine._on_progress = kill_there
            assert island.cycle().error == "office_away"
            assert seen
            process.start()
            weak.upstream = process.address
            # A busy machine lets a new office answer late: nothing here is about waiting.
            island.patience = Patience()
            report = island.cycle()
            assert report.error is None
            assert island.is_received(frozen)
            island.close()
        assert_arrived_once(side, frozen)
        side.database.close()


def test_two_kiosks_send_at_the_same_time(
    tmp_path: Path, island: Island, office: Office, weak: WeakLink
) -> None:
    other = Island(tmp_path / "other", seed=2)
    other.enrol(office, weak.url, "JEM")
    mine = [island.freeze(BIG) for _ in range(2)]
    theirs = [other.freeze(BIG) for _ in range(2)]
    threads = [threading.Thread(target=one.cycle) for one in (island, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for one, all_frozen in ((island, mine), (other, theirs)):
        assert all(one.is_received(frozen) for frozen in all_frozen)
    assert_arrived_once(office, *mine, *theirs)
    other.close()


def test_the_office_never_writes_below_what_it_has(island: Island, weak: WeakLink) -> None:
    """The offset asked after a cut is where the next request begins (no overlap, no gap)."""
    starts: list[int] = []
    original = LiveUpload.claim

    def note(
        self: LiveUpload, claim: Claim, offset: int | None = None, *, may_overlap: bool = False
    ) -> int:
        size = original(self, claim, offset, may_overlap=may_overlap)
        if offset is not None:
            starts.append(offset)
            assert offset == size
        return size

    LiveUpload.claim = note  # type: ignore[method-assign]
    try:
        frozen = island.freeze(BIG)
        weak.cut_after(70_000, "rst")
        island.cycle()
        island.cycle()
    finally:
        LiveUpload.claim = original  # type: ignore[method-assign]
    assert starts == sorted(starts)
    assert len(starts) >= 2
    assert island.is_received(frozen)
