"""A laptop carries what it cannot read over its own link, and brings the answers back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.courier import CourierProgress
from app.office.context import Office
from app.storage import settings
from app.sync.courier import StickCourier
from app.sync.courier_handing import RelayingEngine
from app.sync.courier_relay import RelayBox, _held
from tests.courier.island import CourierIsland, file_of, never
from tests.courier.media import small_disk
from tests.courier.test_trips import FOUR, are_equal
from tests.link import WeakLink
from tests.office.house import noise, serve


class Laptop(CourierIsland):
    """A kiosk that carries for others."""

    box: RelayBox

    def begin(self) -> None:
        """Carry from now on."""
        self.box = RelayBox(self.store, least_free_bytes=0)
        engine = RelayingEngine(
            self.store, self.clock, self.dice, self.announcer, self.open_link, self.progress.append
        )
        engine.carry(self.box)
        self.engine = engine

    def meet(self, stick: Path) -> tuple[int, int]:
        """Exchange with a stick; return what was taken along and what was put down."""
        courier = StickCourier(self.store, self.clock, self.announcer, self.box, find=lambda: ())
        done = courier.exchange(str(stick), lambda _: None, never(), carries_others=True)
        assert done.wrong == ()
        return done.taken, done.given


@pytest.fixture
def weak(office: Office) -> Iterator[WeakLink]:
    with serve(office) as served, WeakLink(served.address) as link:
        yield link


@pytest.fixture
def laptop(met: Path, tmp_path: Path, weak: WeakLink) -> Iterator[Laptop]:
    shutil.copytree(met / "laptop", tmp_path / "laptop")
    laptop = Laptop(tmp_path / "laptop", seed=2)
    laptop.url = weak.url
    laptop.begin()
    yield laptop
    laptop.close()


def test_a_laptop_hands_in_what_it_cannot_read_and_brings_the_answer_back(
    kiosk: CourierIsland, laptop: Laptop, office: Office, stick: Path
) -> None:
    theirs = kiosk.freeze(FOUR)
    own = laptop.freeze()
    kiosk.write(stick)
    assert laptop.meet(stick) == (1, 0)
    assert laptop.cycle().error is None
    assert laptop.is_received(own)
    assert laptop.box.held() == ()
    assert are_equal(office, theirs)
    assert laptop.meet(stick) == (0, 1)
    assert kiosk.read(stick).received == (theirs.reference,)
    assert kiosk.is_received(theirs)


def test_a_cut_costs_a_relay_nothing_that_the_office_holds(
    kiosk: CourierIsland, laptop: Laptop, weak: WeakLink, stick: Path, office: Office
) -> None:
    theirs = kiosk.freeze({"ktp": noise(400_000)})
    size = file_of(kiosk.write(stick), stick).stat().st_size
    laptop.meet(stick)
    weak.cut_after(150_000, "fin")
    report = laptop.cycle()
    while laptop.box.held():
        assert report.error is None
        report = laptop.cycle()
    assert are_equal(office, theirs)
    assert weak.cuts_made == 1
    assert weak.all_up_bytes < size * 1.2


def test_own_work_goes_before_what_is_carried(
    kiosk: CourierIsland, laptop: Laptop, stick: Path
) -> None:
    kiosk.freeze(FOUR)
    kiosk.write(stick)
    laptop.meet(stick)
    laptop.url = "http://127.0.0.1:9"
    report = laptop.cycle()
    assert report.error == "office_away"
    assert len(laptop.box.held()) == 1


def test_what_is_carried_keeps_to_a_days_sum_and_goes_on_the_next_day(
    kiosk: CourierIsland, laptop: Laptop, stick: Path, weak: WeakLink, office: Office
) -> None:
    theirs = kiosk.freeze({"ktp": noise(300_000)})
    own = laptop.freeze({"ktp": noise(60_000, 2)})
    laptop.cycle()
    assert laptop.is_received(own)
    kiosk.write(stick)
    laptop.meet(stick)
    with laptop.store.write() as session:
        settings.write_setting(session, "most_document_bytes_per_day", "50000")
    assert laptop.cycle().error is None
    assert len(laptop.box.held()) == 1
    assert weak.all_up_bytes < 100_000
    laptop.clock.pass_time(2 * 86_400)
    laptop.cycle()
    assert laptop.box.held() == ()
    assert are_equal(office, theirs)


def test_a_torn_file_is_not_taken_along_and_stays_on_the_stick(
    kiosk: CourierIsland, laptop: Laptop, stick: Path
) -> None:
    kiosk.freeze(FOUR)
    path = file_of(kiosk.write(stick), stick)
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    courier = StickCourier(laptop.store, laptop.clock, laptop.announcer, laptop.box)
    done = courier.exchange(str(stick), lambda _: None, never(), carries_others=True)
    assert (done.taken, [one.record for one in done.wrong]) == (0, [5])
    assert path.exists()
    assert laptop.box.held() == ()


def test_what_nobody_vouches_for_is_refused_by_the_office_and_let_go(
    kiosk: CourierIsland, laptop: Laptop, stick: Path
) -> None:
    kiosk.freeze()
    path = file_of(kiosk.write(stick), stick)
    stranger = path.read_bytes()
    from app.protocol.record import RecordKind, new_record, read_pack, write_pack

    records = list(read_pack(stranger))
    forged = new_record(RecordKind.COURIER_NOTE, records[0].sealed[:-1] + b"x")
    path.write_bytes(write_pack([forged, *records[1:]]))
    assert laptop.meet(stick) == (1, 0)
    laptop.cycle()
    assert laptop.box.held() == ()
    assert laptop.box.answers() == ()
    assert laptop.meet(stick) == (0, 0)


def test_a_relay_without_room_still_sends_its_own_work(
    kiosk: CourierIsland, laptop: Laptop, stick: Path
) -> None:
    kiosk.freeze(FOUR)
    theirs = file_of(kiosk.write(stick), stick)
    own = laptop.freeze()
    box = RelayBox(laptop.store, most_bytes=10, least_free_bytes=0)
    courier = StickCourier(laptop.store, laptop.clock, laptop.announcer, box)
    done = courier.exchange(str(stick), lambda _: None, never(), carries_others=True)
    assert done.written.references == (own.reference,)
    assert [(one.name, one.code) for one in done.wrong] == [(theirs.name, "relay_full")]
    assert (done.taken, theirs.exists(), box.held()) == (0, True, ())


def test_a_relays_full_disk_is_never_told_as_a_full_stick(
    kiosk: CourierIsland, laptop: Laptop, stick: Path, tmp_path: Path
) -> None:
    kiosk.freeze({"ktp": noise(300_000)})
    kiosk.write(stick)
    with small_disk(tmp_path, 100_000) as disk:
        (laptop.store.folder / "relay").symlink_to(disk)
        box = RelayBox(laptop.store, least_free_bytes=-1_000_000)
        courier = StickCourier(laptop.store, laptop.clock, laptop.announcer, box)
        done = courier.exchange(str(stick), lambda _: None, never(), carries_others=True)
        assert [one.code for one in done.wrong] == ["relay_full"]
        assert list(disk.iterdir()) == []


def test_an_answer_that_finds_no_room_comes_again(
    kiosk: CourierIsland, laptop: Laptop, stick: Path, tmp_path: Path
) -> None:
    theirs = kiosk.freeze(FOUR)
    kiosk.write(stick)
    laptop.meet(stick)
    with small_disk(tmp_path, 65_536) as disk:
        (laptop.box.folder / "answers").symlink_to(disk)
        (disk / "full").write_bytes(bytes(65_536))
        report = laptop.cycle()
        assert (report.error, report.next_attempt_at is not None) == (None, True)
        assert len(laptop.box.held()) == 1
        (disk / "full").unlink()
        laptop.cycle()
        assert laptop.box.held() == ()
        assert laptop.meet(stick) == (0, 1)
    assert kiosk.read(stick).received == (theirs.reference,)


def test_what_the_link_takes_away_meanwhile_is_passed_over(
    kiosk: CourierIsland, laptop: Laptop, stick: Path
) -> None:
    kiosk.freeze(FOUR)
    kiosk.write(stick)
    laptop.meet(stick)
    (held,) = laptop.box.held()
    laptop.box.let_go(held)
    assert _held(held.path) is None
    for code in ("LET", "LEU"):
        laptop.box.keep_answer(f"LOKET-{code}-00001.lpr", b"an answer")

    def newer_comes(_: CourierProgress) -> None:
        laptop.box.keep_answer("LOKET-LEU-00002.lpr", b"a newer answer")

    assert laptop.box.give(stick, newer_comes, never()) == 1
