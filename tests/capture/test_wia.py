"""Scanners on Windows: real processes and pipes, with a double where Windows' objects would be."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from app.bootstrap import MachineClock
from app.capture import faults
from app.capture.machine import machine_sources
from app.capture.wia import WiaFinder, WiaSource
from app.capture.wia_devices import find
from app.capture.wia_status import fault_of
from app.domain.sources import Region, ScanProgress, ScanWish, SourceDescription
from app.errors import LocalFault
from tests.capture import wia_double
from tests.capture.house import COARSE, picture, scan

DEVICE = "{6BDD1FC6}\\0001"


def finder(double: str, silent_s: float = 20.0) -> WiaFinder:
    return WiaFinder(MachineClock(), f"tests.capture.wia_double:{double}", silent_s)


def source(double: str, *, is_feeder: bool = False, silent_s: float = 20.0) -> WiaSource:
    kind = "feeder" if is_feeder else "flatbed"
    remembered = finder(double, silent_s).remembered(
        SourceDescription(f"wia:{DEVICE}#{kind}", kind, is_feeder=is_feeder, address=DEVICE)  # type: ignore[arg-type]
    )
    assert isinstance(remembered, WiaSource)
    return remembered


def code_of(made: WiaSource, wish: ScanWish = COARSE) -> str:
    with pytest.raises(LocalFault) as raised:
        scan(made, wish)
    return raised.value.code


def test_a_scanner_is_listed_with_its_glass_and_its_feeder_and_a_camera_is_not() -> None:
    found = finder("one_page").find(threading.Event())
    assert found is not None
    glass, feeder = (one.describe() for one in found)
    assert (glass.kind, glass.label, glass.state) == ("flatbed", "Pemindai Contoh 9", "ready")
    assert glass.resolutions == (75, 150, 300)
    assert (glass.width_mm, glass.height_mm) == (215.9, 296.9)
    assert (feeder.kind, feeder.is_feeder, feeder.height_mm) == ("feeder", True, 355.6)


def test_the_whole_glass_is_scanned_in_colour() -> None:
    (page,) = scan(source("one_page"), ScanWish(dpi=75, most_pages=5))
    shown = picture(page)
    assert shown.size == (637, 876)
    assert shown.info["dpi"] == (75, 75)
    assert shown.getpixel((10, 10)) == (200, 10, 10)
    assert shown.getpixel((600, 800)) == (255, 255, 255)


def test_a_region_is_scanned_in_grey() -> None:
    wish = ScanWish(dpi=150, region=Region(10, 10, 85.6, 54), is_color=False)
    shown = picture(scan(source("one_page"), wish)[0])
    assert (shown.mode, shown.size) == ("L", (505, 318))


def test_a_feeder_gives_pages_until_it_is_empty() -> None:
    steps: list[ScanProgress] = []
    assert len(scan(source("three_sheets", is_feeder=True), COARSE, steps.append)) == 3
    assert [step.page for step in steps if step.fraction == 1.0] == [1, 2, 3]


def test_pages_before_a_jam_are_kept() -> None:
    pages = source("jam_at_the_second", is_feeder=True).scan(COARSE, _nobody, threading.Event())
    assert picture(next(pages)).mode == "RGB"
    with pytest.raises(LocalFault) as raised:
        next(pages)
    assert raised.value.code == faults.JAMMED


@pytest.mark.parametrize(
    ("double", "code"),
    [
        ("empty", faults.NO_PAPER),
        ("busy", faults.BUSY),
        ("cover_open", faults.COVER_OPEN),
        ("crashing", faults.DIED),
        ("lying", faults.TORN),
        ("not_installed", faults.PROGRAM_MISSING),
    ],
)
def test_troubles_are_told(double: str, code: str) -> None:
    assert code_of(source(double, is_feeder=True)) == code


def test_a_driver_that_hangs_is_given_up() -> None:
    begun = time.monotonic()
    assert code_of(source("hanging", silent_s=1.5)) == faults.SILENT
    assert time.monotonic() - begun < 8


def test_a_cancel_ends_within_a_second() -> None:
    stop = threading.Event()
    at: list[float] = []

    def told(_: ScanProgress) -> None:
        at.append(time.monotonic())
        stop.set()

    with pytest.raises(LocalFault) as raised:
        scan(source("hanging"), COARSE, told, stop)
    assert raised.value.code == faults.CANCELLED
    assert time.monotonic() - at[0] < 1.0


def test_a_scanner_in_use_is_listed_as_such() -> None:
    (device,) = find(wia_double.busy())
    assert device.fault == faults.BUSY
    (open_,) = find(wia_double.cover_open())
    assert open_.fault == faults.COVER_OPEN


def test_a_range_of_resolutions_becomes_the_usual_ones() -> None:
    (device,) = find(wia_double.range_of_resolutions())
    assert device.resolutions == (100, 150, 200, 240, 300)


def test_a_file_that_the_driver_made_itself_stays_as_it_is() -> None:
    assert scan(source("jpeg"))[0].startswith(b"\xff\xd8\xff")


def test_without_wia_nothing_is_learned() -> None:
    assert finder("not_installed").find(threading.Event()) is None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0x80210005, faults.LOST),
        (0x80210006 - (1 << 32), faults.BUSY),
        (0x8021000D, faults.LOCKED),
        (0x80210007, faults.WARMING_UP),
        (0x80210017, faults.LAMP_OFF),
        (0x80210020, faults.SEVERAL_SHEETS),
        (0x80070005, faults.REFUSED),
        (0x12345678, faults.FAILED),
        (None, faults.FAILED),
    ],
)
def test_numbers_of_windows_are_understood(number: int | None, code: str) -> None:
    assert fault_of(number) == code


def test_only_the_process_with_the_driver_imports_windows() -> None:
    named = [
        path.name
        for path in (Path(__file__).parents[2] / "app").rglob("*.py")
        if "comtypes" in path.read_text("utf-8")
    ]
    assert named == ["wia_com.py"]


def test_the_sources_of_a_machine_are_made_without_asking_any_device() -> None:
    begun = time.monotonic()
    assert [one.id for one in machine_sources(MachineClock()).listed()] == ["file"]
    assert time.monotonic() - begun < 1


def _nobody(_: ScanProgress) -> None:
    return None
