"""The rounds of ``bench.smoothness``; apart from it, so that its workers import none of this."""

from __future__ import annotations

import io
import os
import statistics
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton

from app.imaging.pool import ImagingPool
from app.services.developing import Developer
from app.services.drafts import PageView, load_draft
from app.ui.applicant import route
from app.ui.applicant.journey import Journey, journey_of
from app.ui.collecting import collect_rarely
from app.ui.window import Window
from bench.measuring import close_with, say
from tests.specimens import capture, make
from tests.ui.fed_camera import FedCameras
from tests.ui.making import House, settle, started
from tests.ui.scanners import FakeScanner

NEED = "birth_proof"
_BEAT_MS = 2
_LONG_MS = 50.0
_WATCHED_S = 4.0
_REST_S = 4.0
_LONGEST_WAIT_S = 300.0
_STANDING_BY = Path("/proc/thread-self/schedstat")
_MACHINE = Path("/proc/stat")


class Beat:
    """Beats on the window's thread; says where it missed beats when asked to explain."""

    def __init__(self, *, is_explaining: bool) -> None:
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._last = time.perf_counter()
        self.longest_ms = 0.0
        self._busy, self._stood_by = time.thread_time(), _stood_by_s()
        self.busiest_ms = 0.0
        self.longest_own_ms = 0.0
        self._is_on = False
        self._ends = threading.Event()
        if is_explaining:
            threading.Thread(target=self._explain, daemon=True).start()

    def during(self, work: Callable[[], object]) -> float:
        """Return the longest gap while work goes on, in milliseconds."""
        self.longest_ms, self._last, self._busy = 0.0, time.perf_counter(), time.thread_time()
        self._stood_by = _stood_by_s()
        self._timer.start()
        self._is_on = True
        work()
        self._beat()
        self._is_on = False
        self._timer.stop()
        return self.longest_ms

    def _beat(self) -> None:
        now = time.perf_counter()
        busy, stood_by = time.thread_time(), _stood_by_s()
        gap, others = now - self._last, stood_by - self._stood_by
        self.longest_ms = max(self.longest_ms, gap * 1000)
        self.busiest_ms = max(self.busiest_ms, (busy - self._busy) * 1000)
        self.longest_own_ms = max(self.longest_own_ms, (gap - others) * 1000)
        self._last, self._busy, self._stood_by = now, busy, stood_by

    def _explain(self) -> None:
        """Say of every long gap where the window's thread and others were, ten times in it."""
        seen: list[str] = []
        began = self._last
        while not self._ends.wait(0.01):
            if began != self._last:
                if len(seen) > _LONG_MS / 12:
                    say(f"stood still for some {1000 * (self._last - began):.0f} ms, at its end")
                    say("\n".join(f"  {place}" for place in dict.fromkeys(seen)))
                seen, began = [], self._last
            if self._is_on:
                seen.append(_places())


def _stood_by_s() -> float:
    """Return how long this thread was ready and others went first; Linux only.

    Others in this machine, and other machines on the same host: what a host takes from all its
    processors (told in hundredths of a second) looks like this thread's own work otherwise.
    """
    try:
        # Time on the processor, time waiting for one (both in ns), turns.
        waited = int(_STANDING_BY.read_text().split()[1]) / 1e9
        lines = _MACHINE.read_text().splitlines()
    except OSError:
        return 0.0
    stolen = [int(line.split()[8]) for line in lines if line[:3] == "cpu" and line[3] != " "]
    return waited + max(stolen) / 100


def _places() -> str:
    """Return where the threads are that do something."""
    waiting = {"wait", "_worker", "poll", "select", "_explain", "_send", "spawnv_passfds"}
    main, parts = threading.main_thread().ident, []
    for ident, frame in sys._current_frames().items():
        stack = traceback.extract_stack(frame)[-6:]
        if ident == main or stack[-1].name not in waiting:
            name = "window" if ident == main else "beside"
            parts.append(f"{name} " + " > ".join(f"{at.name}:{at.lineno}" for at in stack))
    return " | ".join(parts)


def run(rounds: int, *, is_explaining: bool) -> None:
    """Work on so many pages, each another one, and say the figures."""
    pages: list[float] = []
    cameras: list[float] = []
    rests: list[float] = []
    with tempfile.TemporaryDirectory(prefix="loket-bench-") as folder:
        # As the program does.
        collect_rarely()
        house, developer = _house(Path(folder))
        window = house.window()
        window.collecting.collect()
        cameras_there = FedCameras(window, "1080")
        beat = Beat(is_explaining=is_explaining)
        for seed in range(1, rounds + 1):
            rests.append(beat.during(lambda: _live(lambda: False, _REST_S)))
            scanner = FakeScanner(pages=[_page(seed)])
            house.scanners[:] = [scanner]
            house.plug()
            journey = journey_of(house.kiosk, started(house.kiosk, {}))
            pages.append(_scanned(house, window, journey, beat))
            cameras.append(_watched(window, cameras_there, journey, beat))
            say(f"{seed}: page {pages[-1]:.1f}, camera {cameras[-1]:.1f}, rest {rests[-1]:.1f} ms")
        developer.stop(30.0)
        house.close()
    close_with(
        longest_gap_ms=max(pages),
        median_gap_ms=statistics.median(pages),
        longest_busy_ms=beat.busiest_ms,
        longest_own_ms=beat.longest_own_ms,
        camera_gap_ms=max(cameras),
        rest_gap_ms=max(rests),
    )


def _house(folder: Path) -> tuple[House, Developer]:
    """Return a kiosk whose workers remember nothing, with what develops pages behind it."""
    house = House(folder)
    house.kiosk.imaging.close()
    house.kiosk = replace(house.kiosk, imaging=ImagingPool())
    developer = Developer(house.kiosk)
    developer.start()
    return house, developer


def _page(seed: int) -> bytes:
    """Return a page as scanners give it: TIFF, 300 dpi."""
    taken = capture(make("birth_deed", seed), "scan_good", seed)
    written = io.BytesIO()
    Image.fromarray(taken.pixels).save(written, "TIFF", compression="tiff_deflate", dpi=(300, 300))
    return written.getvalue()


def _scanned(house: House, window: Window, journey: Journey, beat: Beat) -> float:
    """Return the longest gap from the press of the button until the page is small and read."""
    route.show(window, journey, f"document:{NEED}")
    settle(window)
    gaps: dict[str, float] = {}

    def page() -> PageView | None:
        pages = load_draft(house.kiosk, journey.id).pages
        return pages[0] if pages else None

    def is_developed() -> bool:
        found = page()
        return found is not None and found.is_developed

    def work() -> None:
        _press(window, "primary")
        _live(lambda: window.tasks.is_idle and _button(window, "view_1") is not None)

    gaps["taken"] = beat.during(work)
    gaps["looked at"] = beat.during(lambda: _look_at(window))
    # Asked in this thread, and so between two measures: the store's answer is no part of it.
    before = time.monotonic()
    gaps["developed"] = 0.0
    while not is_developed() and time.monotonic() - before < _LONGEST_WAIT_S:
        gap = beat.during(lambda: _live(lambda: False, 0.5))
        gaps["developed"] = max(gaps["developed"], gap)
    told = "   ".join(f"{name} {gap:.1f} ms" for name, gap in gaps.items())
    say(f"{told}   busy, own so far {beat.busiest_ms:.1f}, {beat.longest_own_ms:.1f} ms")
    return max(gaps.values())


def _look_at(window: Window) -> None:
    """Look at the page large, go back, set its corners, go back."""
    for name in ("view_1", "corners_1"):
        _press(window, name)
        _live(lambda: window.tasks.is_idle)
        _press(window, "back")
        _live(lambda: window.tasks.is_idle)


def _watched(window: Window, cameras: FedCameras, journey: Journey, beat: Beat) -> float:
    """Return the longest gap while a camera is watched at fifteen frames a second."""
    route.show(window, journey, "document:ktp")
    settle(window)
    _press(window, "take_camera")
    frame = _frame()
    feeding = QTimer()
    feeding.setInterval(66)
    feeding.timeout.connect(lambda: cameras.source.feed(frame))
    feeding.start()
    gap = beat.during(lambda: _live(lambda: False, _WATCHED_S))
    feeding.stop()
    _press(window, "back")
    settle(window)
    return gap


def _frame() -> QImage:
    """Return a paper too far away, so that no picture is taken."""
    taken = Image.fromarray(capture(make("ktp", 1), "far", 1).pixels).convert("RGBA")
    taken = taken.resize((1920, 1080))
    image = QImage(taken.tobytes(), 1920, 1080, 4 * 1920, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_RGB32).copy()


def _press(window: Window, name: str) -> None:
    found = _button(window, name)
    assert found is not None, name
    found.click()


def _button(window: Window, name: str) -> QAbstractButton | None:
    found = window.findChildren(QAbstractButton, name)
    return next((one for one in found if one.isVisible()), None)


def _live(is_done: Callable[[], bool], most_s: float = _LONGEST_WAIT_S) -> None:
    """Let the window's own loop run until something is true, or for so long."""
    loop, ends_at = QEventLoop(), time.monotonic() + most_s

    def look() -> None:
        if is_done() or time.monotonic() >= ends_at:
            loop.quit()

    looking = QTimer()
    looking.setInterval(20)
    looking.timeout.connect(look)
    looking.start()
    loop.exec()
    looking.stop()
