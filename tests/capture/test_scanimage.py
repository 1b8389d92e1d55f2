"""What a driver may do wrong: hang, crash, flood, break off; the kiosk goes on."""

from __future__ import annotations

import os
import select
import threading
import time
from pathlib import Path

import pytest

from app.bootstrap import MachineClock
from app.capture import faults
from app.capture.sane import SaneFinder
from app.capture.sane_status import fault_of
from app.capture.scanimage import Scanimage, for_a_program
from app.domain.sources import ScanProgress
from app.errors import LocalFault
from tests.capture.house import picture, stand_in

PAGE = "printf 'P5\\n2 2\\n255\\nabcd' >"


def pages(
    tmp_path: Path, script: str, *, most: int = 3, silent_s: float = 10.0
) -> tuple[list[bytes], str]:
    """Return the pages a driver gave, and how it ended."""
    program = Scanimage(MachineClock(), stand_in(tmp_path, script), silent_s)
    got: list[bytes] = []
    try:
        for page in program.pages([], 100, most, _nobody, threading.Event()):
            got.append(page)
    except LocalFault as error:
        return got, error.code
    return got, ""


def test_a_driver_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    script = f"trap '' TERM; sleep 300 & echo $! > {tmp_path}/child; wait; sleep 300"
    begun = time.monotonic()
    assert pages(tmp_path, script, silent_s=0.3) == ([], faults.SILENT)
    assert time.monotonic() - begun < 3
    child = int((tmp_path / "child").read_text())
    assert _ends(child)


def test_what_a_driver_leaves_running_is_ended_too(tmp_path: Path) -> None:
    script = f"sleep 300 2> /dev/null & echo $! > {tmp_path}/child; exit 9"
    assert pages(tmp_path, script) == ([], faults.FAILED)
    assert _ends(int((tmp_path / "child").read_text()))


def test_a_late_word_about_a_page_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    # The second pipe opens only when the kiosk waits for the second page.
    late = (
        "exec 3> 2.part; sleep 0.15; printf 'Progress: 80.0%%\\r' >&2; printf 'P5 1 1 255\\na' >&3"
    )
    script = f"echo 'Scanning page 1' >&2; {PAGE} 1.part; {late}"
    steps: list[ScanProgress] = []
    program = Scanimage(MachineClock(), stand_in(tmp_path, script))
    assert len(list(program.pages([], 100, 2, steps.append, threading.Event()))) == 2
    assert [step.fraction for step in steps if step.page == 2] == [None, 1.0]


def test_a_driver_that_hangs_after_it_said_what_is_wrong_is_told_by_what_it_said(
    tmp_path: Path,
) -> None:
    script = ": > 1.part; echo 'scanimage: sane_read: Scanner cover is open' >&2; sleep 300"
    assert pages(tmp_path, script, silent_s=0.5) == ([], faults.COVER_OPEN)


def test_a_driver_that_crashes_is_told_as_such(tmp_path: Path) -> None:
    assert pages(tmp_path, "kill -SEGV $$") == ([], faults.DIED)


def test_pages_before_a_crash_are_kept(tmp_path: Path) -> None:
    got, code = pages(tmp_path, f"{PAGE} 1.part; kill -SEGV $$")
    assert [picture(page).tobytes() for page in got] == [b"abcd"]
    assert code == faults.DIED


def test_a_page_that_breaks_off_is_thrown_away(tmp_path: Path) -> None:
    half = "printf 'P5\\n2 2\\n255\\nabc' > 1.part"
    assert pages(tmp_path, f"{half}; exit 0") == ([], faults.TORN)
    assert pages(tmp_path, f"{half}; exit 9") == ([], faults.FAILED)


def test_a_paper_jam_in_the_second_page_leaves_the_first(tmp_path: Path) -> None:
    said = "echo 'scanimage: sane_read: Document feeder jammed' >&2"
    got, code = pages(
        tmp_path, f"{PAGE} 1.part; printf 'P5\\n2 2\\n255\\na' > 2.part; {said}; exit 6"
    )
    assert (len(got), code) == (1, faults.JAMMED)


def test_a_page_of_absurd_size_is_refused_before_it_comes(tmp_path: Path) -> None:
    flood = "printf 'P6\\n39000 39000\\n255\\n' > 1.part; sleep 60"
    assert pages(tmp_path, flood) == ([], faults.TOO_LARGE)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    assert pages(tmp_path, "yes > 1.part") == ([], faults.TORN)


def test_a_flood_of_messages_does_no_harm(tmp_path: Path) -> None:
    got, code = pages(tmp_path, f"yes | head -c 3000000 >&2; {PAGE} 1.part; exit 7")
    assert (len(got), code) == (1, "")


def test_closing_early_ends_the_program(tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path}/self; {PAGE} 1.part; sleep 300"
    program = Scanimage(MachineClock(), stand_in(tmp_path, script))
    some = program.pages([], 100, 3, _nobody, threading.Event())
    next(some)
    some.close()
    assert _ends(int((tmp_path / "self").read_text()))


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    program = Scanimage(MachineClock(), str(tmp_path / "nothing"))
    with pytest.raises(LocalFault) as raised:
        list(program.pages([], 100, 1, _nobody, threading.Event()))
    assert raised.value.code == faults.PROGRAM_MISSING


def test_a_search_that_hangs_ends_at_its_time_and_says_nothing_was_learned(tmp_path: Path) -> None:
    program = Scanimage(MachineClock(), stand_in(tmp_path, "sleep 300"))
    with pytest.raises(LocalFault) as raised:
        program.ask([], 0.2, threading.Event())
    assert raised.value.code == faults.SILENT
    missing = SaneFinder(MachineClock(), Scanimage(MachineClock(), str(tmp_path / "nothing")))
    assert missing.find(threading.Event()) is None


def test_a_device_that_cannot_be_asked_is_listed_with_its_fault(tmp_path: Path) -> None:
    line = "x:1\\037Maker\\037Model 7\\037sheetfed scanner\\n"
    busy = "echo 'scanimage: open of device x:1 failed: Device busy' >&2; exit 1"
    script = f'case "$*" in *formatted*) printf "{line}";; *) {busy};; esac'
    finder = SaneFinder(MachineClock(), Scanimage(MachineClock(), stand_in(tmp_path, script)))
    found = finder.find(threading.Event())
    assert found is not None
    seen = found[0].describe()
    assert (seen.label, seen.kind, seen.state, seen.fault) == (
        "Maker Model 7",
        "feeder",
        "busy",
        faults.BUSY,
    )


def test_the_package_starts_drivers_with_the_systems_libraries() -> None:
    packed = {"LD_LIBRARY_PATH": "/opt/loket/_internal", "PATH": "/usr/bin", "LANG": "id_ID.UTF-8"}
    started = for_a_program(packed, is_frozen=True)
    assert "LD_LIBRARY_PATH" not in started
    assert (started["PATH"], started["LC_ALL"]) == ("/usr/bin", "C")
    before = {**packed, "LD_LIBRARY_PATH_ORIG": "/opt/scanner/lib"}
    assert for_a_program(before, is_frozen=True)["LD_LIBRARY_PATH"] == "/opt/scanner/lib"
    assert for_a_program(packed, is_frozen=False)["LD_LIBRARY_PATH"] == "/opt/loket/_internal"


@pytest.mark.parametrize(
    ("code", "said", "fault"),
    [
        (1, "scanimage: open of device x failed: Invalid argument", faults.LOST),
        (1, "scanimage: open of device x failed: Error during device I/O", faults.LOST),
        (
            1,
            "scanimage: open of device x failed: Access to resource has been denied",
            faults.REFUSED,
        ),
        (1, "scanimage: no SANE devices found", faults.LOST),
        (1, "scanimage: unrecognized option '--mode=Color'", faults.UNSUPPORTED),
        (1, "nothing that is known", faults.FAILED),
        (6, "", faults.JAMMED),
        (9, "scanimage: sane_start: Error during device I/O", faults.FAILED),
        (-11, "", faults.DIED),
        (0, "scanimage: rounded value of br-x from 80.5 to 80", ""),
    ],
)
def test_how_the_program_ends_is_understood(code: int, said: str, fault: str) -> None:
    assert fault_of(code, said.encode()) == fault


def _ends(process: int) -> bool:
    """Tell whether a process is at its end, or comes to it soon."""
    try:
        ended = select.poll()
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    ended.register(handle, select.POLLIN)
    is_over = bool(ended.poll(5000))
    os.close(handle)
    return is_over


def _nobody(_: ScanProgress) -> None:
    return None
