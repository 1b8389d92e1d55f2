"""The list of all sources: never waits, remembers, and lets one device work at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest

from app.capture import faults
from app.capture.source import Pages, Source, Stop, Told
from app.capture.sources import Sources
from app.domain.sources import FILE_ID, FOLDER_ID, ScanProgress, ScanWish, SourceDescription
from app.errors import BugError, LocalFault
from tests.fakes import FakeClock

GLASS = SourceDescription("fake:one#flatbed", "flatbed", "One", resolutions=(300,), address="1")
FEEDER = SourceDescription(
    "fake:one#feeder", "feeder", "One", resolutions=(300,), is_feeder=True, address="1"
)
WISH = ScanWish()


class FakeSource:
    """A scanner of one page; ``begun`` is set when it works, and it works until ``may_end``."""

    def __init__(self, description: SourceDescription, fault: str = "") -> None:
        self._description = description
        self._fault = fault
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def describe(self) -> SourceDescription:
        return self._description

    def scan(self, wish: ScanWish, told: Told, stop: Stop) -> Pages:
        self.begun.set()
        self.may_end.wait(10)
        if self._fault:
            raise LocalFault(self._fault)
        yield b"page"


class FakeFinder:
    """Finds what it is given; when ``is_slow``, only after somebody wants it to end."""

    def __init__(self, *found: Source) -> None:
        self.found: tuple[Source, ...] | None = found
        self.is_slow = False
        self.begun = threading.Event()

    def find(self, stop: Stop) -> tuple[Source, ...] | None:
        self.begun.set()
        while self.is_slow:
            if stop.is_set():
                raise LocalFault(faults.CANCELLED)
            stop.wait(0.01)
        return self.found

    def remembered(self, description: SourceDescription) -> Source | None:
        is_mine = description.id.startswith("fake:")
        return FakeSource(description) if is_mine else None


def sources(*found: Source) -> tuple[Sources, FakeFinder]:
    finder = FakeFinder(*found)
    return Sources(FakeClock(), (finder,)), finder


def states(made: Sources) -> dict[str, str]:
    return {one.id: one.state for one in made.listed() if one.id != FILE_ID}


def nobody(_: ScanProgress) -> None:
    return None


def test_without_any_device_there_are_still_files() -> None:
    made, _ = sources()
    assert [(one.id, one.kind, one.state) for one in made.listed()] == [(FILE_ID, "file", "ready")]


def test_listing_asks_no_device() -> None:
    made, finder = sources(FakeSource(GLASS))
    finder.is_slow = True
    made.remember([FEEDER])
    assert states(made) == {FEEDER.id: "ready"}
    assert not finder.begun.is_set()


def test_what_is_not_found_any_more_is_absent_and_comes_back() -> None:
    made, finder = sources(FakeSource(GLASS))
    stop = threading.Event()
    made.find(stop)
    finder.found = ()
    (gone, _) = made.find(stop)
    assert (gone.state, gone.fault) == ("absent", faults.LOST)
    finder.found = (FakeSource(GLASS),)
    made.find(stop)
    assert states(made) == {GLASS.id: "ready"}


def test_a_search_that_learned_nothing_leaves_the_list_as_it_was() -> None:
    made, finder = sources(FakeSource(GLASS))
    made.find(threading.Event())
    finder.found = None
    made.find(threading.Event())
    assert states(made) == {GLASS.id: "ready"}


def test_a_device_that_says_only_that_it_is_busy_stays_what_it_was() -> None:
    made, finder = sources(FakeSource(FEEDER))
    made.find(threading.Event())
    unclear = SourceDescription(
        GLASS.id, "flatbed", "One", state="busy", fault=faults.BUSY, address="2"
    )
    finder.found = (FakeSource(unclear),)
    made.find(threading.Event())
    assert states(made) == {FEEDER.id: "busy"}


def test_a_device_of_an_earlier_day_can_be_scanned_with_at_once() -> None:
    made, _ = sources()
    made.remember([GLASS])
    assert list(made.scan(GLASS.id, WISH, nobody, threading.Event())) == [b"page"]


def test_how_a_scan_went_shows_in_the_list() -> None:
    made, _ = sources(FakeSource(GLASS, faults.COVER_OPEN))
    made.find(threading.Event())
    with pytest.raises(LocalFault):
        list(made.scan(GLASS.id, WISH, nobody, threading.Event()))
    (seen, _) = made.listed()
    assert (seen.state, seen.fault) == ("needs_attention", faults.COVER_OPEN)


def test_a_cancelled_scan_says_nothing_about_the_device() -> None:
    made, _ = sources(FakeSource(GLASS, faults.CANCELLED))
    made.find(threading.Event())
    with pytest.raises(LocalFault):
        list(made.scan(GLASS.id, WISH, nobody, threading.Event()))
    assert states(made) == {GLASS.id: "ready"}


def test_a_second_scan_at_the_same_time_is_told_that_the_scanner_is_busy() -> None:
    made, _ = sources(FakeSource(GLASS))
    made.find(threading.Event())
    first = made.scan(GLASS.id, WISH, nobody, threading.Event())
    assert next(first) == b"page"
    with pytest.raises(LocalFault) as raised:
        list(made.scan(GLASS.id, WISH, nobody, threading.Event()))
    assert raised.value.code == faults.BUSY
    assert list(first) == []
    assert list(made.scan(GLASS.id, WISH, nobody, threading.Event())) == [b"page"]


def test_a_search_gives_way_to_a_scan_and_the_list_stays() -> None:
    made, finder = sources(FakeSource(GLASS))
    made.find(threading.Event())
    finder.is_slow = True
    finder.begun.clear()
    lists: list[tuple[SourceDescription, ...]] = []
    looking = threading.Thread(target=lambda: lists.append(made.find(threading.Event())))
    looking.start()
    assert finder.begun.wait(10)
    assert list(made.scan(GLASS.id, WISH, nobody, threading.Event())) == [b"page"]
    looking.join(10)
    assert [one.id for one in lists[0]] == [GLASS.id, FILE_ID]


def test_a_search_can_be_cancelled() -> None:
    made, finder = sources()
    finder.is_slow = True
    stop = threading.Event()
    stop.set()
    with pytest.raises(LocalFault) as raised:
        made.find(stop)
    assert raised.value.code == faults.CANCELLED


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_search_does_not_wait_for_a_scan_that_takes_its_time(is_stopped: bool) -> None:
    made, _ = sources(FakeSource(GLASS))
    made.find(threading.Event())
    scan = made.scan(GLASS.id, WISH, nobody, threading.Event())
    assert next(scan) == b"page"
    stop = threading.Event()
    if is_stopped:
        stop.set()
    said: list[object] = []

    def look() -> None:
        try:
            said.append([one.id for one in made.find(stop)])
        except LocalFault as error:
            said.append(error.code)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(5)
    assert said == [faults.CANCELLED if is_stopped else [GLASS.id, FILE_ID]]
    assert list(scan) == []


def test_cameras_are_what_the_screen_says_and_are_not_scanned_with() -> None:
    made, _ = sources()
    made.note_cameras([("camera:0", "Kamera Contoh")])
    assert made.listed()[0].label == "Kamera Contoh"
    for source_id in ("camera:0", FILE_ID):
        with pytest.raises(BugError):
            list(made.scan(source_id, WISH, nobody, threading.Event()))


def test_an_unknown_source_is_told() -> None:
    made, _ = sources()
    with pytest.raises(LocalFault) as raised:
        list(made.scan("fake:two#flatbed", WISH, nobody, threading.Event()))
    assert raised.value.code == faults.UNKNOWN


def test_a_watched_folder_is_listed_with_its_state(tmp_path: Path) -> None:
    made, _ = sources()
    made.watch(tmp_path / "scans")
    assert states(made) == {FOLDER_ID: "absent"}
    (tmp_path / "scans").mkdir()
    assert states(made) == {FOLDER_ID: "ready"}
    made.watch(None)
    assert states(made) == {}


def test_descriptions_travel_through_the_settings_unharmed() -> None:
    written = msgspec.json.encode([GLASS, FEEDER])
    assert msgspec.json.decode(written, type=list[SourceDescription]) == [GLASS, FEEDER]
