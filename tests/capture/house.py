"""What these tests stand on: SANE with only its own test devices, a stop, pages as pictures."""

from __future__ import annotations

import io
import shutil
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

from app.bootstrap import MachineClock
from app.capture.sane import NOT_SCANNERS, SaneFinder, SaneSource
from app.capture.scanimage import Scanimage
from app.capture.source import Source
from app.domain.sources import ScanProgress, ScanWish, SourceDescription, SourceKind

needs_scanimage = pytest.mark.skipif(
    shutil.which("scanimage") is None, reason="sane-utils is not installed"
)
#: SANE's own test device draws patterns; at this resolution a page takes some milliseconds.
COARSE = ScanWish(dpi=75)
NAMES = {"test": "frontend-tester", "pnm": "PNM file reader"}


def sane_folder(folder: Path, *drivers: str) -> dict[str, str]:
    """Write a configuration in which SANE knows only the drivers that are named."""
    folder.mkdir(exist_ok=True)
    (folder / "dll.conf").write_text("\n".join(drivers) + "\n")
    return {"SANE_CONFIG_DIR": str(folder)}


def scanimage(folder: Path, *drivers: str, silent_s: float = 30.0) -> Scanimage:
    return Scanimage(MachineClock(), silent_s=silent_s, environment=sane_folder(folder, *drivers))


def sane_sources(folder: Path, driver: str = "test", more: Sequence[str] = ()) -> list[Source]:
    """Find what SANE knows when it has one driver."""
    finder = SaneFinder(
        MachineClock(), scanimage(folder, driver), NOT_SCANNERS - {driver}, more=more
    )
    found = finder.find(threading.Event())
    assert found is not None
    return list(found)


def sane_source(
    folder: Path, driver: str = "test", more: Sequence[str] = (), *, is_feeder: bool = False
) -> SaneSource:
    """Return the first glass or feeder of a driver, as it is remembered from an earlier day."""
    kind: SourceKind = "feeder" if is_feeder else "flatbed"
    description = SourceDescription(
        f"sane:{driver}:{NAMES[driver]}#{kind}", kind, is_feeder=is_feeder, address=f"{driver}:0"
    )
    program = scanimage(folder, driver)
    finder = SaneFinder(MachineClock(), program, NOT_SCANNERS - {driver}, more)
    source = finder.remembered(description)
    assert isinstance(source, SaneSource)
    return source


def stand_in(folder: Path, script: str) -> str:
    """Write a program that behaves as a scanner's driver should not."""
    program = folder / "scanimage"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


def scan(
    source: Source,
    wish: ScanWish = COARSE,
    told: Callable[[ScanProgress], object] = lambda _: None,
    stop: threading.Event | None = None,
) -> list[bytes]:
    """Scan to the end."""
    return list(source.scan(wish, lambda step: _ignore(told(step)), stop or threading.Event()))


def picture(page: bytes) -> Image.Image:
    """Open a page as the imaging worker would."""
    opened = Image.open(io.BytesIO(page))
    opened.load()
    return opened


def _ignore(_: object) -> None:
    return None
