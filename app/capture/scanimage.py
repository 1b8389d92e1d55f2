"""Runs SANE's ``scanimage``, each time as a process of its own, and takes pages out of its pipes.

A driver that crashes, hangs or floods ends that process and never this one. No page is ever
written to a disk on the way: the program writes into named pipes, which hold no bytes of a file.
"""

from __future__ import annotations

import errno
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.capture import faults
from app.capture.pnm import PnmPage
from app.capture.sane_status import fault_of, fault_told
from app.capture.source import Pages, Stop, Told
from app.domain.clock import Clock
from app.domain.sources import ScanProgress
from app.errors import LocalFault

#: A lamp may warm up for a minute before the first line.
SILENT_S = 90.0
# A carriage is home sooner than this; a driver that said what is wrong is not waited for longer.
_GOING_HOME_S = 20.0
#: Between a polite signal, at which a driver parks its carriage, and the one nobody survives.
_POLITE_S = 0.6
#: How often a wish to stop is looked at.
_GLANCE_MS = 50
_CHUNK = 1 << 20
_MOST_ANSWER = 512 * 1024
_MOST_SAID = 16 * 1024
_PAGE_OR_PROGRESS = re.compile(rb"Scanning page (\d+)[\r\n]|Progress: (\d+(?:\.\d+)?)%[\r\n]")
#: Whole is only what came whole.
_ALMOST = 0.99
#: Progress is told ten times a second at most.
_TELL_EVERY_S = 0.1
#: Linux alone has it; a pipe of this size is read in a twentieth of the turns.
_SET_PIPE_SIZE = 1031

_Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Answer:
    """What one run printed.

    Attributes:
        fault: why it failed, a code of ``app.capture.faults``; empty when it did not.
        text: its output.
    """

    fault: str
    text: str


class Scanimage:
    """The program.

    Args:
        clock: the time, for deadlines.
        program: its name or path.
        silent_s: how long a device may send nothing before its driver is given up.
        environment: variables beside those of this process, such as SANE_CONFIG_DIR.
    """

    def __init__(
        self,
        clock: Clock,
        program: str = "scanimage",
        silent_s: float = SILENT_S,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._clock = clock
        self._program = program
        self._silent_s = silent_s
        is_frozen = bool(getattr(sys, "frozen", False))
        self._environment = {
            **for_a_program(os.environ, is_frozen=is_frozen),
            **(environment or {}),
        }

    def ask(self, words: Sequence[str], deadline_s: float, stop: Stop) -> Answer:
        """Run it to its end and return what it printed.

        Raises:
            LocalFault: ``scan_cancelled``, ``scanner_silent`` at the deadline,
                ``scanner_program_missing``.
        """
        with self._running(words) as process:
            assert process.stdout is not None
            printed = bytearray()
            said = bytearray()
            pipes = _Pipes()
            pipes.add(process.stdout.fileno(), lambda chunk: _keep(printed, chunk, _MOST_ANSWER))
            pipes.add(_errors(process), lambda chunk: _keep(said, chunk, _MOST_SAID))
            until = self._clock.monotonic() + deadline_s
            while pipes.follow(process):
                self._glance(stop, until)
        text = printed.decode("utf-8", "replace")
        return Answer(fault_of(process.returncode, bytes(said)), text)

    def pages(
        self, words: Sequence[str], dpi: int, most_pages: int, told: Told, stop: Stop
    ) -> Pages:
        """Scan until the feeder is empty or enough came; yield each page as a TIFF file.

        Raises:
            LocalFault: what the device reported, ``scan_cancelled``, ``scanner_silent``,
                ``scanner_page_torn``, ``scanner_page_too_large``, ``scanner_program_missing``.
        """
        batch = ["--format=pnm", "--progress", "--batch=%d", f"--batch-count={most_pages}"]
        with _named_pipes(most_pages) as folder, self._running([*words, *batch], folder) as process:
            batch_of = _Batch(process, told, self._clock)
            for number in range(1, most_pages + 1):
                page = self._page(batch_of, folder, number, PnmPage(dpi), stop)
                if not page.is_whole:
                    self._end(batch_of, stop)
                    self._say_why(batch_of, number - 1, page)
                    return
                told(ScanProgress(number, 1.0))
                yield page.close()
            self._end(batch_of, stop)

    def _page(self, batch: _Batch, folder: Path, number: int, page: PnmPage, stop: Stop) -> PnmPage:
        """Take one page out of its pipe; it is not whole when the program ended instead."""
        batch.begin(number)
        pipe = os.open(folder / _part(number), os.O_RDONLY | os.O_NONBLOCK)
        try:
            _widen(pipe)
            batch.pipes.add(pipe, page.take)
            while batch.pipes.follow(batch.process, pipe) and pipe in batch.pipes:
                self._glance(stop, batch.pipes.last_at(self._clock) + self._silent_s)
        finally:
            batch.pipes.drop(pipe)
            os.close(pipe)
        return page

    def _end(self, batch: _Batch, stop: Stop) -> None:
        """Wait until the program ends by itself: the carriage goes home meanwhile.

        A driver may hang after it said what is wrong; then that is told, and not that it hangs.
        """
        begun = self._clock.monotonic()
        while batch.pipes.follow(batch.process):
            code = fault_told(bytes(batch.said))
            wait_s = min(self._silent_s, _GOING_HOME_S) if code else self._silent_s
            self._glance(stop, begun + wait_s, code or faults.SILENT)

    def _say_why(self, batch: _Batch, whole_pages: int, page: PnmPage) -> None:
        """Judge an end that came before all pages that were asked for."""
        code = fault_of(batch.process.returncode, bytes(batch.said))
        if code == faults.NO_PAPER and whole_pages and not page.has_lines:
            return
        if not code and whole_pages and not page.has_lines:
            return
        raise faults.fault(code or faults.TORN)

    def _glance(self, stop: Stop, until: float, code: str = faults.SILENT) -> None:
        if stop.is_set():
            raise faults.fault(faults.CANCELLED)
        if self._clock.monotonic() > until:
            raise faults.fault(code)

    @contextmanager
    def _running(self, words: Sequence[str], folder: Path | None = None) -> Iterator[_Process]:
        try:
            process = subprocess.Popen(
                [self._program, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if folder else subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=self._environment,
                # A group of its own: a driver's own children end with it.
                start_new_session=True,
            )
        except OSError as error:
            raise faults.fault(faults.PROGRAM_MISSING) from error
        try:
            yield process
        finally:
            _end_group(process)
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


class _Pipes:
    """Reads whatever comes out of several pipes, in one thread and without ever blocking."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._sinks: dict[int, Callable[[bytes], None]] = {}
        self._came = False
        self._last_at: float | None = None

    def __contains__(self, pipe: int) -> bool:
        return pipe in self._sinks

    def add(self, pipe: int, sink: Callable[[bytes], None]) -> None:
        os.set_blocking(pipe, False)
        self._sinks[pipe] = sink
        self._poll.register(pipe, select.POLLIN)
        self._last_at = None

    def drop(self, pipe: int) -> None:
        if self._sinks.pop(pipe, None) is not None:
            self._poll.unregister(pipe)

    def follow(self, process: _Process, of: int | None = None) -> bool:
        """Read what is there, or wait a glance; tell whether more may come, from ``of`` if given.

        A pipe whose writer is gone is dropped; a named pipe that nobody opened yet is not.
        """
        # Asked first: what it wrote before it ended is still to be read.
        is_over = process.poll() is not None
        return self._read(of) or not is_over

    def _read(self, of: int | None) -> bool:
        ready = self._poll.poll(_GLANCE_MS)
        for pipe, _ in ready:
            try:
                chunk = os.read(pipe, _CHUNK)
            except BlockingIOError:
                continue
            self._came = True
            if chunk:
                self._sinks[pipe](chunk)
            else:
                self.drop(pipe)
        return any(of is None or pipe == of for pipe, _ in ready)

    def last_at(self, clock: Clock) -> float:
        """Return when something came last; a beginning counts."""
        if self._came or self._last_at is None:
            self._last_at, self._came = clock.monotonic(), False
        return self._last_at


class _Batch:
    """One run of the program while its pages come.

    Attributes:
        process: the program.
        pipes: what it writes to.
        said: the last it said beside pages.
    """

    def __init__(self, process: _Process, told: Told, clock: Clock) -> None:
        self.process = process
        self.pipes = _Pipes()
        self.said = bytearray()
        self._told = told
        self._clock = clock
        self._number = 1
        self._spoken_of = 0
        self._reached = 0.0
        self._unread = b""
        self._told_at = float("-inf")
        self.pipes.add(_errors(process), self._listen)

    def begin(self, number: int) -> None:
        """Say that a page begins."""
        self._number = number
        self._reached = 0.0
        self._told(ScanProgress(number))

    def _listen(self, chunk: bytes) -> None:
        _keep(self.said, chunk, _MOST_SAID)
        self._unread = (self._unread + chunk)[-_MOST_SAID:]
        for spoken in _PAGE_OR_PROGRESS.finditer(self._unread):
            if spoken[1]:
                self._spoken_of = int(spoken[1][:9])
            else:
                self._reached = min(_ALMOST, float(spoken[2][:9]) / 100)
        self._unread = self._unread[max(self._unread.rfind(b"\r"), self._unread.rfind(b"\n")) + 1 :]
        now = self._clock.monotonic()
        # What is said of a page may be read after that page itself.
        if self._spoken_of == self._number and now - self._told_at >= _TELL_EVERY_S:
            self._told_at = now
            self._told(ScanProgress(self._number, self._reached))


def for_a_program(variables: Mapping[str, str], *, is_frozen: bool) -> dict[str, str]:
    """Return the variables to start one of the system's own programs with."""
    # Its messages are read, so they must be in the language they were written in.
    given = {**variables, "LC_ALL": "C"}
    if is_frozen:
        # The package points the loader at its own libraries; drivers need the system's.
        own = given.pop("LD_LIBRARY_PATH_ORIG", "")
        given.pop("LD_LIBRARY_PATH", None)
        if own:
            given["LD_LIBRARY_PATH"] = own
    return given


@contextmanager
def _named_pipes(count: int) -> Iterator[Path]:
    """Make the places a batch writes to before it renames them; its pages never touch a disk."""
    try:
        with tempfile.TemporaryDirectory(prefix="loket-") as made:
            folder = Path(made)
            for number in range(1, count + 1):
                os.mkfifo(folder / _part(number), 0o600)
            yield folder
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        raise LocalFault("disk_full") from error


def _part(number: int) -> str:
    """Return the name that ``scanimage --batch=%d`` writes to."""
    return f"{number}.part"


def _widen(pipe: int) -> None:
    import fcntl

    try:
        fcntl.fcntl(pipe, _SET_PIPE_SIZE, _CHUNK)
    except OSError:
        # A limit of the machine, or no Linux: only slower.
        return


def _errors(process: _Process) -> int:
    assert process.stderr is not None
    return process.stderr.fileno()


def _keep(kept: bytearray, chunk: bytes, most: int) -> None:
    """Keep the last of what comes."""
    kept += chunk
    del kept[:-most]


def _end_group(process: _Process) -> None:
    """End the program and all it started: politely, then surely."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        try:
            process.wait(_POLITE_S)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
    process.wait()
    _signal(process, signal.SIGKILL)


def _signal(process: _Process, number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
