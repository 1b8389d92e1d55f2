"""A watched folder: whole files only, each once, deleted when they are kept and never before."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.capture import faults
from app.capture.folder import MOST_FILE_BYTES, FolderSource
from app.capture.source import Pages
from app.domain.sources import ScanProgress, ScanWish
from app.errors import LocalFault
from tests.fakes import FakeClock

WISH = ScanWish()
Step = Callable[[], object]


class Pace(threading.Event):
    """A stop whose waiting is the clock's passing; each quarter second one thing happens."""

    def __init__(self, clock: FakeClock, *steps: Step) -> None:
        super().__init__()
        self._clock = clock
        self._steps = iter(steps)

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.pass_time(timeout or 0.0)
        next(self._steps, lambda: None)()
        return self.is_set()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def scan(folder: Path, clock: FakeClock, *steps: Step, wish: ScanWish = WISH) -> Pages:
    return FolderSource(folder, clock).scan(wish, nobody, Pace(clock, *steps))


def nobody(_: ScanProgress) -> None:
    return None


def write(path: Path, content: bytes) -> Step:
    return lambda: path.write_bytes(content)


def append(path: Path, content: bytes) -> Step:
    def grow() -> None:
        with path.open("ab") as opened:
            opened.write(content)

    return grow


def nothing() -> None:
    return None


def test_a_file_that_still_grows_is_taken_only_when_it_is_whole(
    tmp_path: Path, clock: FakeClock
) -> None:
    page = tmp_path / "page.jpg"
    # For longer than a file must lie still, it grows every second.
    growing = [step for n in range(6) for step in (append(page, b"part"), *[nothing] * 4)]
    assert list(scan(tmp_path, clock, *growing)) == [b"part" * 6]
    assert not page.exists()


def test_files_come_in_the_order_in_which_they_were_written(
    tmp_path: Path, clock: FakeClock
) -> None:
    steps = [
        write(tmp_path / "z.png", b"first"),
        *[nothing] * 5,
        write(tmp_path / "a.pdf", b"second"),
    ]
    assert list(scan(tmp_path, clock, *steps)) == [b"first", b"second"]


def test_two_files_of_one_moment_are_ordered_by_their_time(
    tmp_path: Path, clock: FakeClock
) -> None:
    def both() -> None:
        for name, at in (("b.jpg", 100.0), ("a.jpg", 200.0)):
            (tmp_path / name).write_bytes(name.encode())
            os.utime(tmp_path / name, (at, at))

    assert list(scan(tmp_path, clock, both)) == [b"b.jpg", b"a.jpg"]


def test_what_lay_there_before_is_somebody_elses(tmp_path: Path, clock: FakeClock) -> None:
    old = tmp_path / "before.jpg"
    old.write_bytes(b"another person's paper")
    assert list(scan(tmp_path, clock, write(tmp_path / "mine.jpg", b"mine"))) == [b"mine"]
    assert old.read_bytes() == b"another person's paper"


def test_what_came_since_the_person_came_is_theirs(tmp_path: Path, clock: FakeClock) -> None:
    now = clock.now()
    for name, ago_s in (("theirs.jpg", 30), ("older.jpg", 900)):
        (tmp_path / name).write_bytes(name.encode())
        at = (now - timedelta(seconds=ago_s)).timestamp()
        os.utime(tmp_path / name, (at, at))
    wish = ScanWish(since=now - timedelta(seconds=60))
    assert list(scan(tmp_path, clock, wish=wish)) == [b"theirs.jpg"]
    assert (tmp_path / "older.jpg").exists()


def test_a_file_is_deleted_only_when_its_taker_asks_for_more(
    tmp_path: Path, clock: FakeClock
) -> None:
    page = tmp_path / "page.jpg"
    pages = scan(tmp_path, clock, write(page, b"page"))
    assert next(pages) == b"page"
    assert page.exists()
    assert list(pages) == []
    assert not page.exists()


def test_a_file_stays_when_its_taker_could_not_keep_it(tmp_path: Path, clock: FakeClock) -> None:
    page = tmp_path / "page.jpg"
    pages = scan(tmp_path, clock, write(page, b"page"))
    next(pages)
    pages.close()
    assert page.read_bytes() == b"page"


def test_a_file_that_was_written_anew_meanwhile_is_not_deleted(
    tmp_path: Path, clock: FakeClock
) -> None:
    page = tmp_path / "page.jpg"
    pages = scan(tmp_path, clock, write(page, b"page"))
    assert next(pages) == b"page"
    page.write_bytes(b"the next paper under the same name")
    assert next(pages) == b"the next paper under the same name"
    assert list(pages) == []
    assert not page.exists()


def test_only_plain_files_that_may_be_pages_are_taken(tmp_path: Path, clock: FakeClock) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}-elsewhere.jpg"
    secret.write_bytes(b"not in the folder")

    def come() -> None:
        for name in (".hidden.jpg", "~lock.jpg", "notes.txt", "scan.jpg.part", "empty.jpg"):
            (tmp_path / name).write_bytes(b"" if name == "empty.jpg" else b"no page")
        (tmp_path / "folder.jpg").mkdir()
        (tmp_path / "link.jpg").symlink_to(secret)
        (tmp_path / "page.TIF").write_bytes(b"page")

    assert list(scan(tmp_path, clock, come)) == [b"page"]
    assert secret.exists()
    assert {path.name for path in tmp_path.iterdir()} >= {"notes.txt", "link.jpg", "scan.jpg.part"}


def test_no_more_are_taken_than_are_wanted(tmp_path: Path, clock: FakeClock) -> None:
    def come() -> None:
        for name in ("1.jpg", "2.jpg", "3.jpg"):
            (tmp_path / name).write_bytes(name.encode())

    assert len(list(scan(tmp_path, clock, come, wish=ScanWish(most_pages=2)))) == 2
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_too_large_stays_and_is_told(tmp_path: Path, clock: FakeClock) -> None:
    def come() -> None:
        with (tmp_path / "film.pdf").open("wb") as opened:
            opened.truncate(MOST_FILE_BYTES + 1)

    assert fault_of(scan(tmp_path, clock, come)) == faults.FOLDER_FILE_TOO_LARGE
    assert (tmp_path / "film.pdf").exists()


def test_a_person_is_not_left_standing_before_an_empty_folder(
    tmp_path: Path, clock: FakeClock
) -> None:
    begun = clock.monotonic()
    assert fault_of(scan(tmp_path, clock)) == faults.FOLDER_EMPTY
    assert 170 < clock.monotonic() - begun < 190


def test_waiting_can_be_cancelled(tmp_path: Path, clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.set()
    source = FolderSource(tmp_path, clock)
    assert fault_of(source.scan(WISH, nobody, pace)) == faults.CANCELLED


def test_after_a_cancel_no_further_file_is_taken(tmp_path: Path, clock: FakeClock) -> None:
    def come() -> None:
        for name in ("1.jpg", "2.jpg", "3.jpg"):
            (tmp_path / name).write_bytes(name.encode())

    pace = Pace(clock, come)
    pages = FolderSource(tmp_path, clock).scan(WISH, nobody, pace)
    assert next(pages) == b"1.jpg"
    pace.set()
    assert fault_of(pages) == faults.CANCELLED
    assert {path.name for path in tmp_path.iterdir()} == {"2.jpg", "3.jpg"}


def test_a_folder_that_went_away_is_told(tmp_path: Path, clock: FakeClock) -> None:
    assert fault_of(scan(tmp_path / "stick", clock)) == faults.FOLDER_ABSENT


def test_a_file_that_cannot_be_deleted_is_taken_once_and_told(
    tmp_path: Path, clock: FakeClock
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    source = FolderSource(tmp_path, clock, delete=refuse)
    pages = source.scan(WISH, nobody, Pace(clock, write(tmp_path / "page.jpg", b"page")))
    assert next(pages) == b"page"
    assert fault_of(pages) == faults.FOLDER_KEPT_FILE
    assert source.describe().fault == faults.FOLDER_KEPT_FILE
    since = ScanWish(since=clock.now() - timedelta(days=9999))
    assert fault_of(source.scan(since, nobody, Pace(clock))) == faults.FOLDER_EMPTY
    (tmp_path / "page.jpg").unlink()
    assert source.describe().state == "ready"


def test_papers_that_lie_open_in_the_folder_are_told(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "before.jpg").write_bytes(b"another person's paper")
    seen = FolderSource(tmp_path, clock).describe()
    assert (seen.state, seen.fault) == ("needs_attention", faults.FOLDER_HOLDS_FILES)


def fault_of(pages: Pages) -> str:
    with pytest.raises(LocalFault) as raised:
        list(pages)
    return raised.value.code
