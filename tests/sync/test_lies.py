"""An office that lies, forgets or is restored, files that rot: nothing lost, nobody blocked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.domain.events import StateChanged
from app.domain.news import ApplicationChanged
from app.office.context import Office
from app.office.events import say
from app.office.tables import SubmissionRow as OfficeSubmission
from app.office.tables import UploadRow
from app.storage import packs, sending, timeline
from app.storage.tables import OutboxRow, PackRow, RecordRow
from app.sync.beside import at_once
from app.sync.engine import Engine
from app.sync.streaming import Progress
from tests.link import WeakLink
from tests.office.house import Served, noise, open_at, serve
from tests.sync.hostile import Asked, HostileServer, answer, passing_on
from tests.sync.island import Frozen, Island

BIG = {"ktp": noise(150_000, 1)}


def half_sent(island: Island, weak: WeakLink) -> Frozen:
    """Freeze a submission and cut its pack in the middle for good."""
    frozen = island.freeze(BIG)
    for at in (80_000, 0, 0, 0):
        weak.cut_after(at, "rst")
    assert island.cycle().error == "office_away"
    while weak.cuts_made < 4:
        island.cycle()
    return frozen


class Liar:
    """The real office behind a server that changes what HEAD says of the offset."""

    def __init__(self, served: Served) -> None:
        self.offsets: list[int] = []
        self.server = HostileServer(passing_on(served.address, self._change))

    def _change(self, asked: Asked, status: int, told: dict[str, str], body: bytes) -> bytes:
        if asked.method == "HEAD" and self.offsets:
            told = {**told, "upload-offset": str(self.offsets.pop(0))}
        return answer(status, {"Loket-Office": "", **told}, body)


@pytest.fixture
def liar(served: Served) -> Iterator[Liar]:
    liar = Liar(served)
    with liar.server:
        yield liar


@pytest.mark.parametrize("said", [0, 10**9])
def test_an_offset_that_cannot_be_true_is_not_believed(
    island: Island, office: Office, weak: WeakLink, liar: Liar, said: int
) -> None:
    """Back under what it had confirmed, or beyond the pack: all of it is packed anew."""
    frozen = half_sent(island, weak)
    with island.store.write() as session:
        # The office has confirmed these bytes before.
        session.query(PackRow).update({"offset_bytes": 50_000})
    liar.offsets = [said]
    island.url = liar.server.url
    report = island.cycle()
    assert report.error == "office_lied"
    assert report.waits[0].reason == "office_lied"
    with island.store.read() as session:
        assert packs.newest_pack(session) is None
    assert frozen.id in island.outbox()
    assert island.cycle().error is None
    assert island.is_received(frozen)


def test_an_office_that_claims_to_have_what_never_left_gets_it_again(
    island: Island, office: Office, weak: WeakLink, liar: Liar
) -> None:
    frozen = half_sent(island, weak)
    with island.store.read() as session:
        pack = packs.newest_pack(session)
    assert pack is not None
    # A new process cannot know how far the old one came: it must take this for true.
    island.reopen()
    liar.offsets = [pack.size_bytes] * 3
    island.url = liar.server.url
    island.cycle()
    assert not island.is_received(frozen)
    assert frozen.id in island.outbox()
    island.url = ""
    for _ in range(4):
        island.clock.pass_time(1200)
        island.cycle()
    assert island.is_received(frozen)


def test_an_office_that_forgets_every_upload_is_not_asked_without_end(
    island: Island, served: Served
) -> None:
    """As behind a proxy that sends each request to another of two servers."""
    frozen = island.freeze(BIG)
    is_mended = False

    passed_on = passing_on(
        served.address,
        lambda asked, status, told, body: answer(status, {"Loket-Office": "", **told}, body),
    )

    def forget(asked: Asked) -> bytes:
        if is_mended or asked.method not in ("POST", "PATCH") or len(server.asked) > 60:
            return passed_on(asked)
        if asked.method == "POST":
            # One of them has taken a part; the other has never heard of it.
            return answer(409, {"Upload-Offset": "10"}, b'{"code":"offset_wrong"}')
        return answer(404, {}, b'{"code":"upload_unknown"}')

    with HostileServer(forget) as server:
        island.url = server.url
        report = island.cycle()
        assert report.error == "office_lied"
        assert report.next_attempt_at is not None
        assert len([asked for asked in server.asked if asked.method == "POST"]) <= 3
        assert island.outbox()[frozen.id].last_error == "office_lied"
        is_mended = True
        assert island.cycle().error is None
    assert island.is_received(frozen)


def test_what_never_gets_its_receipt_is_sent_again_after_a_while(
    island: Island, office: Office
) -> None:
    frozen = island.freeze()
    with island.store.write() as session:
        # As after an office that took everything and then lost it.
        for record in (frozen.manifest, *frozen.blobs):
            session.get_one(RecordRow, record.digest).sent_at = island.clock.now()
    first = island.cycle()
    assert [one.reason for one in first.waits] == ["waits_for_receipt"]
    island.clock.pass_time(601)
    again = island.cycle()
    assert [one.reason for one in again.waits] == ["waits_for_turn"]
    assert island.cycle().sent == (frozen.reference,)
    assert island.is_received(frozen)


def test_an_office_restored_from_a_backup_gets_back_what_it_receipted_since(
    tmp_path: Path,
) -> None:
    office = open_at(tmp_path / "office")
    island = Island(tmp_path / "kiosk")
    with serve(office) as served:
        island.enrol(office, served.url)
        before = island.freeze()
        island.cycle()
    office.database.close()
    shutil.copytree(tmp_path / "office", tmp_path / "backup")
    office = open_at(tmp_path / "office")
    with serve(office) as served:
        island.url = served.url
        since = island.freeze(BIG)
        island.cycle()
        assert island.is_received(since)
    office.database.close()
    restored = open_at(tmp_path / "backup")
    with serve(restored) as served:
        island.url = served.url
        for _ in range(3):
            assert island.cycle().error is None
        assert island.is_received(before)
        assert island.is_received(since)
        with restored.database.read() as session:
            assert session.scalar(select(func.count()).select_from(OfficeSubmission)) == 2
        for blob in since.blobs:
            assert restored.blobs.read(blob.digest) == blob.sealed
    restored.database.close()
    island.close()


def test_a_restored_office_is_noticed_even_if_its_first_answer_is_lost(tmp_path: Path) -> None:
    office = open_at(tmp_path / "office")
    island = Island(tmp_path / "kiosk")
    with serve(office) as served:
        island.enrol(office, served.url)
    office.database.close()
    shutil.copytree(tmp_path / "office", tmp_path / "backup")
    office = open_at(tmp_path / "office")
    with serve(office) as served:
        island.url = served.url
        # More than one pack, so that an answer in the middle brings nothing new.
        since = island.freeze({"ktp": noise(5_000_000, 1), "kk": noise(5_000_000, 2)})
        island.cycle()
        assert island.is_received(since)
    office.database.close()
    restored = open_at(tmp_path / "backup")
    with serve(restored) as served, WeakLink(served.address) as weak:
        island.url = weak.url
        weak.swallow_answer_after(1)
        assert island.cycle().error == "office_away"
        # The office goes on meanwhile, with numbers that the kiosk has not heard.
        with restored.database.write() as session:
            say(session, restored, island.enrolment().device_id, StateChanged("in_review"))
        sent = weak.all_up_bytes
        for _ in range(4):
            assert island.cycle().error is None
        assert island.is_received(since)
        assert weak.all_up_bytes - sent < 1.3 * 10_000_000
        with restored.database.read() as session:
            assert session.get(OfficeSubmission, since.id) is not None
    restored.database.close()
    island.close()


@pytest.mark.parametrize("fault", ["gone", "torn"])
def test_a_rotten_file_sets_one_submission_aside_and_the_others_go(
    island: Island, fault: str
) -> None:
    bad, good = island.freeze(BIG), island.freeze()
    path = island.store.blobs.path(bad.blobs[0].digest)
    if fault == "gone":
        path.unlink()
    else:
        path.write_bytes(b"rot" + path.read_bytes()[3:])
    report = island.cycle()
    assert report.error is None
    assert island.is_received(good)
    (wait,) = report.waits
    assert (wait.reference, wait.is_set_aside) == (bad.reference, True)
    assert wait.reason == {"gone": "blob_missing", "torn": "blob_torn"}[fault]
    assert island.application(bad).state == "needs_attention"
    assert ApplicationChanged(bad.application_id, "set_aside") in island.news


def test_what_was_set_aside_can_be_taken_up_again(island: Island) -> None:
    bad = island.freeze(BIG)
    path = island.store.blobs.path(bad.blobs[0].digest)
    whole = path.read_bytes()
    path.unlink()
    island.cycle()
    path.write_bytes(whole)
    with island.store.write() as session:
        sending.take_up_again(session, bad.id, island.clock.now())
        (wait,) = sending.waiting(session)
        (entry,) = timeline.entries(session, bad.application_id)[-1:]
    assert (wait.reason, wait.attempts, entry.what) == ("", 0, "queued_again")
    assert island.cycle().error is None
    assert island.is_received(bad)


def test_a_file_that_rots_under_an_open_pack_does_not_block_it(
    island: Island, weak: WeakLink
) -> None:
    bad = half_sent(island, weak)
    good = island.freeze()
    path = island.store.blobs.path(bad.blobs[0].digest)
    path.unlink()
    assert island.cycle().error is None
    assert island.is_received(good)
    assert island.outbox()[bad.id].is_set_aside


def test_a_record_that_the_office_calls_torn_is_found_and_set_aside(
    island: Island, served: Served
) -> None:
    """The file is whole here and the office takes it for torn: the others must still go."""
    good, bad = island.freeze(BIG), island.freeze({"ktp": noise(5_000, 8)})
    poison = bytes.fromhex(bad.blobs[0].digest)

    def change(asked: Asked, status: int, told: dict[str, str], body: bytes) -> bytes:
        return answer(status, {"Loket-Office": "", **told}, body)

    honest = passing_on(served.address, change)

    def script(asked: Asked) -> bytes:
        if asked.method in ("POST", "PATCH") and poison in asked.body:
            return answer(422, body=b'{"code":"pack_torn"}')
        return honest(asked)

    with HostileServer(script) as server:
        island.url = server.url
        report = island.cycle()
        assert report.error is None
        assert island.is_received(good)
        assert island.outbox()[bad.id].is_set_aside
        assert island.outbox()[bad.id].last_error == "pack_torn"


def test_a_new_form_overtakes_a_long_pack_which_goes_on(
    island: Island, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.ahead._LOOK_FOR_URGENT_S", 0.0)
    long = island.freeze({"ktp": noise(2_000_000)})
    urgent: list[Frozen] = []
    was_first: list[bool] = []

    def tell(progress: Progress) -> None:
        if not urgent and progress.sent_bytes > 100_000:
            island.clock.pass_time(1)
            urgent.append(island.freeze({"ktp": noise(1_000_000, 3)}))
        if urgent:
            with office.database.read() as session:
                found = session.get(OfficeSubmission, urgent[0].id)
                done = session.get(OfficeSubmission, long.id)
            if found is not None:
                was_first.append(done is None or done.received_at is None)

    # What goes beside the long pack is done at once, so that the order is no matter of luck.
    island.engine = Engine(
        island.store, island.clock, island.dice, island.announcer, island.open_link, tell, at_once
    )
    assert island.cycle().error is None
    assert was_first[0]
    assert island.is_received(long)
    assert island.is_received(urgent[0])
    with office.database.read() as session:
        # The long pack in one, the form in one, its document in one: nothing was cut for it.
        assert session.scalars(select(UploadRow.state)).all() == ["complete"] * 3


def test_two_live_packs_of_one_kiosk_keep_out_of_each_others_way(
    island: Island, office: Office, weak: WeakLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In threads as in the program, and both connections are cut on the way."""
    monkeypatch.setattr("app.sync.ahead._LOOK_FOR_URGENT_S", 0.0)
    all_frozen = [island.freeze({"ktp": noise(1_500_000, 5)})]

    def tell(progress: Progress) -> None:
        if len(all_frozen) < 4 and progress.sent_bytes > 200_000 * len(all_frozen):
            island.clock.pass_time(1)
            all_frozen.append(island.freeze({"ktp": noise(30_000, len(all_frozen))}))
            weak.cut_after(5_000, "fin")

    island.engine._on_progress = tell
    for _ in range(6):
        island.cycle()
    assert weak.cuts_made == 3
    assert all(island.is_received(frozen) for frozen in all_frozen)
    with office.database.read() as session:
        count = select(func.count()).select_from(OfficeSubmission)
        assert session.scalar(count) == len(all_frozen)


def test_a_token_that_is_refused_waits_long_and_says_so(island: Island, office: Office) -> None:
    from app.office.tables import DeviceRow

    frozen = island.freeze()
    with office.database.write() as session:
        session.query(DeviceRow).update({"is_revoked": True})
    report = island.cycle()
    assert report.error == "token_refused"
    assert report.next_attempt_at is not None
    assert (report.next_attempt_at - island.clock.now()).total_seconds() >= 150
    assert island.outbox()[frozen.id].last_error == "token_refused"


def test_retry_after_is_obeyed(island: Island) -> None:
    island.freeze()
    busy = answer(429, {"Retry-After": "90"}, b'{"code":"too_many_requests"}')
    with HostileServer(lambda asked: busy) as server:
        island.url = server.url
        report = island.cycle()
    assert report.error == "office_away"
    assert report.next_attempt_at is not None
    assert (report.next_attempt_at - island.clock.now()).total_seconds() >= 90


def test_an_end_that_is_none_is_not_believed(island: Island, office: Office) -> None:
    """The office says that it is done, and names less than it was sent."""
    frozen = island.freeze()
    done = answer(201, {"Upload-Offset": "5", "Tus-Resumable": "1.0.0"})
    with HostileServer(lambda asked: done) as server:
        island.url = server.url
        assert island.cycle().error == "office_lied"
    island.url = ""
    assert frozen.id in island.outbox()
    assert island.cycle().error is None
    assert island.is_received(frozen)


def test_the_offices_clock_is_noted(island: Island, office: Office) -> None:
    island.clock.pass_time(-3600)
    island.cycle()
    assert abs(island.enrolment().clock_offset_s - 3600) < 5


def test_a_clock_set_back_by_a_year_delays_nothing(island: Island, weak: WeakLink) -> None:
    frozen = island.freeze()
    with island.store.write() as session:
        row = session.get_one(OutboxRow, frozen.id)
        row.last_error = "receipt_wrong"
        row.next_attempt_at = island.clock.now()
    island.clock.pass_time(-365 * 24 * 3600)
    assert island.cycle(is_forced=False).error is None
    assert island.is_received(frozen)


def test_failures_wait_longer_and_longer_until_the_network_changes(
    island: Island, weak: WeakLink
) -> None:
    island.freeze()
    weak.go_away()
    waits = []
    for _ in range(12):
        report = island.cycle()
        assert report.next_attempt_at is not None
        waits.append((report.next_attempt_at - island.clock.now()).total_seconds())
    assert all(0.3 <= wait <= 300 for wait in waits)
    assert max(waits[:2]) <= 4
    assert max(waits) > 30
    island.engine.link_changed()
    report = island.cycle()
    assert report.next_attempt_at is not None
    assert (report.next_attempt_at - island.clock.now()).total_seconds() <= 2
