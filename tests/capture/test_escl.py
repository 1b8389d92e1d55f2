"""Network scanners: a device on the loopback that speaks eSCL, behind sane-airscan."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.bootstrap import MachineClock
from app.capture import faults
from app.capture.sane import SaneFinder
from app.capture.scanimage import Scanimage
from app.capture.source import Source
from app.domain.sources import Region, ScanProgress, ScanWish
from app.errors import LocalFault
from tests.capture.escl_scanner import EsclScanner, airscan_folder, network_scanner
from tests.capture.house import COARSE, needs_scanimage, picture, scan

pytestmark = [
    needs_scanimage,
    pytest.mark.skipif(
        not list(Path("/usr/lib").glob("*/sane/libsane-airscan.so*")),
        reason="sane-airscan is not installed",
    ),
]


@dataclass
class Network:
    """The device, and how the kiosk finds it."""

    scanner: EsclScanner
    finder: SaneFinder

    def sources(self) -> tuple[Source, ...]:
        found = self.finder.find(threading.Event())
        assert found is not None
        return found

    @property
    def glass(self) -> Source:
        return self.sources()[0]

    @property
    def feeder(self) -> Source:
        return self.sources()[1]


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with network_scanner() as scanner:
        variables = airscan_folder(tmp_path / "sane", scanner.url)
        program = Scanimage(MachineClock(), environment=variables)
        yield Network(scanner, SaneFinder(MachineClock(), program))


def fault_of(source: Source) -> str:
    with pytest.raises(LocalFault) as raised:
        scan(source)
    return raised.value.code


def test_a_network_scanner_is_listed_with_its_glass_and_its_feeder(network: Network) -> None:
    glass, feeder = (source.describe() for source in network.sources())
    assert (glass.kind, glass.is_feeder, glass.label) == ("network", False, "Contoh Jaringan")
    assert (feeder.kind, feeder.is_feeder, feeder.state) == ("network", True, "ready")
    # What it could do above is of no use to a page that travels.
    assert glass.resolutions == (75, 150, 300)
    # A feeder takes sheets that are longer than the glass.
    assert feeder.height_mm > 350 > glass.height_mm > 290


def test_a_page_comes_from_its_glass(network: Network) -> None:
    (page,) = scan(network.glass)
    shown = picture(page)
    assert shown.size == (637, 877)
    assert shown.info["dpi"] == (75, 75)
    assert shown.getpixel((150, 120)) == pytest.approx((20, 40, 160), abs=8)
    assert shown.getpixel((500, 700)) == pytest.approx((255, 255, 255), abs=8)


def test_a_part_of_its_glass_is_scanned(network: Network) -> None:
    (page,) = scan(network.glass, ScanWish(dpi=75, region=Region(0, 0, 101.6, 50.8)))
    assert picture(page).size == (300, 150)


def test_its_feeder_gives_pages_until_it_is_empty(network: Network) -> None:
    network.scanner.sheets = 3
    assert len(scan(network.feeder)) == 3
    assert network.scanner.jobs_asked <= 2
    assert fault_of(network.feeder) == faults.NO_PAPER


@pytest.mark.parametrize(
    ("state", "code"),
    [("ScannerAdfJam", faults.JAMMED), ("ScannerAdfDoorOpen", faults.COVER_OPEN)],
)
def test_troubles_of_its_feeder_are_told(network: Network, state: str, code: str) -> None:
    network.scanner.sheets = 3
    network.scanner.feeder_state = state
    assert fault_of(network.feeder) == code


@pytest.mark.slow
def test_a_scanner_that_somebody_else_uses_is_busy(network: Network) -> None:
    # sane-airscan asks again for ten seconds.
    network.scanner.refusal = 503
    assert fault_of(network.glass) == faults.BUSY


def test_a_page_that_breaks_off_on_the_way_is_no_page(network: Network) -> None:
    network.scanner.breaks_off = True
    assert fault_of(network.glass) == faults.FAILED


def test_a_cancel_while_the_network_is_silent_ends_within_a_second(network: Network) -> None:
    glass = network.glass
    network.scanner.held.clear()
    stop = threading.Event()
    canceller = threading.Timer(0.4, stop.set)
    canceller.start()
    begun = time.monotonic()
    with pytest.raises(LocalFault) as raised:
        list(glass.scan(COARSE, _nobody, stop))
    canceller.join()
    assert raised.value.code == faults.CANCELLED
    assert time.monotonic() - begun < 1.4


def test_a_scanner_that_was_switched_off_is_absent(tmp_path: Path) -> None:
    with network_scanner() as scanner:
        variables = airscan_folder(tmp_path / "sane", scanner.url)
        finder = SaneFinder(MachineClock(), Scanimage(MachineClock(), environment=variables))
        network = Network(scanner, finder)
        glass = network.glass
    assert fault_of(glass) == faults.LOST
    seen = network.sources()[0].describe()
    assert (seen.state, seen.fault) == ("absent", faults.LOST)


def _nobody(_: ScanProgress) -> None:
    return None
