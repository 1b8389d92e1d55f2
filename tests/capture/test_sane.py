"""Scanners through SANE, on its own test device and on page images through its pnm device."""

from __future__ import annotations

import stat
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from app.bootstrap import MachineClock
from app.capture import faults
from app.capture.sane import SaneFinder
from app.domain.sources import Region, ScanProgress, ScanWish
from app.errors import LocalFault
from tests.capture.house import (
    COARSE,
    needs_scanimage,
    picture,
    sane_source,
    sane_sources,
    scan,
    scanimage,
)

pytestmark = needs_scanimage

STATUSES = {
    "UNSUPPORTED": faults.UNSUPPORTED,
    "CANCELLED": faults.CANCELLED,
    "DEVICE_BUSY": faults.BUSY,
    "INVAL": faults.UNSUPPORTED,
    "EOF": faults.TORN,
    "JAMMED": faults.JAMMED,
    "NO_DOCS": faults.NO_PAPER,
    "COVER_OPEN": faults.COVER_OPEN,
    "IO_ERROR": faults.FAILED,
    "NO_MEM": faults.OUT_OF_MEMORY,
    "ACCESS_DENIED": faults.REFUSED,
}
SLOW = ("--read-delay=yes", "--read-delay-duration=100000")


def test_each_device_is_listed_with_its_glass_and_its_feeder(tmp_path: Path) -> None:
    described = [source.describe() for source in sane_sources(tmp_path / "sane")]
    assert [one.id for one in described] == [
        "sane:test:frontend-tester#flatbed",
        "sane:test:frontend-tester#feeder",
        "sane:test:frontend-tester (2)#flatbed",
        "sane:test:frontend-tester (2)#feeder",
    ]
    glass, feeder = described[:2]
    assert (glass.kind, glass.state, glass.fault, glass.is_feeder) == (
        "flatbed",
        "ready",
        "",
        False,
    )
    assert (feeder.kind, feeder.is_feeder, feeder.has_region) == ("feeder", True, False)
    assert glass.resolutions == (75, 100, 150, 200, 240, 300)
    assert (glass.width_mm, glass.height_mm) == (200.0, 200.0)
    assert glass.has_preview
    assert glass.has_region


@pytest.mark.parametrize(("status", "code"), STATUSES.items())
def test_every_status_of_a_device_is_an_error_of_its_own(
    tmp_path: Path, status: str, code: str
) -> None:
    more = [f"--read-return-value=SANE_STATUS_{status}"]
    with pytest.raises(LocalFault) as raised:
        scan(sane_source(tmp_path / "sane", more=more))
    assert raised.value.code == code


def test_a_feeder_gives_pages_until_it_is_empty(tmp_path: Path) -> None:
    steps: list[ScanProgress] = []
    pages = scan(sane_source(tmp_path / "sane", is_feeder=True), ScanWish(dpi=75), steps.append)
    assert len(pages) == 10
    assert {picture(page).size for page in pages} == {(590, 590)}
    assert [step.page for step in steps if step.fraction == 1.0] == list(range(1, 11))
    assert steps == sorted(steps, key=lambda step: (step.page, step.fraction or 0.0))


def test_a_feeder_gives_no_more_pages_than_are_wanted_each_when_it_is_whole(tmp_path: Path) -> None:
    source = sane_source(tmp_path / "sane", is_feeder=True)
    pages = source.scan(msgspec.structs.replace(COARSE, most_pages=3), _nobody, threading.Event())
    assert picture(next(pages)).mode == "RGB"
    assert len(list(pages)) == 2


def test_a_glass_gives_one_page_whatever_is_asked(tmp_path: Path) -> None:
    assert len(scan(sane_source(tmp_path / "sane"), ScanWish(dpi=75, most_pages=5))) == 1


def test_a_region_is_scanned_at_the_resolution_that_was_asked_for(tmp_path: Path) -> None:
    wish = ScanWish(dpi=150, region=Region(10, 20, 101.6, 50.8), is_color=False)
    (page,) = scan(sane_source(tmp_path / "sane"), wish)
    shown = picture(page)
    assert shown.mode == "L"
    assert shown.info["dpi"] == (150, 150)
    # The device knows whole millimetres.
    assert shown.size == (round(102 / 25.4 * 150), round(51 / 25.4 * 150))


def test_a_region_beyond_the_glass_is_cut_to_it(tmp_path: Path) -> None:
    wish = ScanWish(dpi=75, region=Region(150, 150, 500, 500))
    assert picture(scan(sane_source(tmp_path / "sane"), wish)[0]).size == (147, 147)


def test_a_preview_is_coarse_and_shows_the_whole_glass(tmp_path: Path) -> None:
    source = sane_source(tmp_path / "sane")
    (page,) = scan(source, ScanWish(dpi=300, is_preview=True))
    assert picture(page).size == (590, 590)


def test_a_hand_scanner_that_does_not_know_its_height_gives_a_page(tmp_path: Path) -> None:
    source = sane_source(tmp_path / "sane", more=["--hand-scanner=yes"])
    (page,) = scan(source, ScanWish(dpi=100))
    wide, high = picture(page).size
    assert wide == round(110 / 25.4 * 100)
    assert high > 100


def test_a_page_image_arrives_as_it_is_although_its_driver_sends_it_twice(tmp_path: Path) -> None:
    page = Image.effect_noise((331, 217), 80).convert("RGB")
    page.paste((200, 30, 30), (40, 50, 120, 90))
    page.save(tmp_path / "page.ppm")
    source = sane_source(tmp_path / "sane", "pnm", [f"--filename={tmp_path / 'page.ppm'}"])
    (scanned,) = scan(source, ScanWish(dpi=200))
    assert picture(scanned).tobytes() == page.tobytes()


def test_pages_are_never_files_on_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Other programs have folders beside ours.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    source = sane_source(tmp_path / "sane", is_feeder=True)
    pages = source.scan(COARSE, _nobody, threading.Event())
    next(pages)
    left = list(Path(tempfile.gettempdir()).glob("loket-*"))
    assert left
    modes = [path.lstat().st_mode for folder in left for path in folder.glob("*")]
    assert modes
    assert all(stat.S_ISFIFO(mode) for mode in modes)
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in left)
    pages.close()


def test_a_cancel_ends_a_slow_scan_within_a_second(tmp_path: Path) -> None:
    stop = threading.Event()
    at: list[float] = []

    def told(step: ScanProgress) -> None:
        if step.fraction and not stop.is_set():
            at.append(time.monotonic())
            stop.set()

    source = sane_source(tmp_path / "sane", more=SLOW)
    with pytest.raises(LocalFault) as raised:
        scan(source, ScanWish(dpi=300), told, stop)
    assert raised.value.code == faults.CANCELLED
    assert time.monotonic() - at[0] < 1.0


def test_a_device_that_was_plugged_in_elsewhere_is_found_again(tmp_path: Path) -> None:
    glass = sane_sources(tmp_path / "sane")[0]
    moved = msgspec.structs.replace(glass.describe(), address="test:7")
    again = _finder(tmp_path).remembered(moved)
    assert again is not None
    assert len(scan(again)) == 1
    assert again.describe().address == "test:0"


def test_a_device_that_is_gone_is_lost(tmp_path: Path) -> None:
    second = sane_sources(tmp_path / "sane")[2]
    (tmp_path / "sane" / "test.conf").write_text("number_of_devices 1\n")
    with pytest.raises(LocalFault) as raised:
        scan(second)
    assert raised.value.code == faults.LOST


def _finder(tmp_path: Path) -> SaneFinder:
    return SaneFinder(MachineClock(), scanimage(tmp_path / "sane", "test"))


def _nobody(_: ScanProgress) -> None:
    return None
