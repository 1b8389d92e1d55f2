"""The kiosk's courier without a screen: sticks, export, import, exchange; prints what happened."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

import msgspec

from app.bootstrap import kiosk_folder, make_courier, open_kiosk
from app.config import terminal_language
from app.domain.courier import (
    AnswersRead,
    CourierProgress,
    Drive,
    Exchanged,
    FilesWritten,
    TellCourier,
    WrongFile,
)
from app.domain.words import Words
from app.errors import AppError, UserError
from app.resources import load_words
from app.sync.courier import StickCourier

#: A line on a terminal is drawn anew for each percent.
_STEPS = 100


def run(arguments: argparse.Namespace) -> int:
    """Run one of the courier's commands; 0 when all went well, 1 when something stayed behind."""
    words = load_words(terminal_language(os.environ))
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    tell = _silent if arguments.json or not sys.stderr.isatty() else _Line(words).tell
    with open_kiosk(kiosk_folder(arguments.data)) as opened:
        done = _do(arguments, make_courier(opened), tell, stop)
    if arguments.json:
        sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
    else:
        for line in _lines(words, done):
            sys.stdout.write(line + "\n")
    return 0 if _is_whole(done) else 1


Done = tuple[Drive, ...] | FilesWritten | AnswersRead | Exchanged


def _do(
    arguments: argparse.Namespace,
    courier: StickCourier,
    tell: TellCourier,
    stop: threading.Event,
) -> Done:
    part = arguments.courier_command
    if part == "drives":
        return courier.drives()
    if part == "import":
        return courier.read(tuple(arguments.paths), tell, stop)
    folder = _stick(courier, arguments.to)
    if part == "export":
        return courier.write(folder, tell, stop)
    return courier.exchange(folder, tell, stop, carries_others=arguments.carry)


def _stick(courier: StickCourier, wanted: Path | None) -> str:
    if wanted is not None:
        return str(wanted)
    drives = courier.drives()
    if not drives:
        raise UserError("no_stick")
    if len(drives) > 1:
        raise UserError("which_stick", count=len(drives))
    return drives[0].folder


def _is_whole(done: Done) -> bool:
    if isinstance(done, Exchanged):
        return not done.wrong and _is_whole(done.written)
    if isinstance(done, FilesWritten):
        return not (done.left_bytes or done.left_out)
    return not (isinstance(done, AnswersRead) and done.wrong)


def _lines(words: Words, done: Done) -> list[str]:
    if isinstance(done, Exchanged):
        lines = [] if not done.read.files else _lines_of_read(words, done.read)
        lines += _lines_of_written(words, done.written)
        if done.taken or done.given:
            lines.append(words("courier_cli.taken", taken=done.taken, given=done.given))
        return lines + _lines_of_wrong(words, done.wrong)
    if isinstance(done, FilesWritten):
        return _lines_of_written(words, done)
    if isinstance(done, AnswersRead):
        return _lines_of_read(words, done) + _lines_of_wrong(words, done.wrong)
    if not done:
        return [words("courier_cli.no_drive")]
    return [words("courier_cli.drive", folder=one.folder, name=one.name) for one in done]


def _lines_of_written(words: Words, done: FilesWritten) -> list[str]:
    lines = [words("courier_cli.written", name=name) for name in done.names]
    size = words.size(done.size_bytes)
    lines.append(words("courier_cli.waiting", count=len(done.references), size=size))
    if done.left_bytes:
        lines.append(words("courier_cli.left", size=words.size(done.left_bytes)))
    for one in done.left_out:
        reason = words.error(AppError(one.code))[0]
        lines.append(words("courier_cli.left_out", reference=one.reference, reason=reason))
    return lines


def _lines_of_read(words: Words, done: AnswersRead) -> list[str]:
    lines = [words("courier_cli.read", files=done.files, events=done.events)]
    return lines + [words("courier_cli.received", reference=one) for one in done.received]


def _lines_of_wrong(words: Words, wrong: tuple[WrongFile, ...]) -> list[str]:
    return [
        words("courier_cli.wrong", name=one.name, reason=words.error(AppError(one.code))[0])
        for one in wrong
    ]


def _silent(progress: CourierProgress) -> None:
    del progress


class _Line:
    """One line on the terminal that says how far it is."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._said: tuple[str, int] = ("", -1)

    def tell(self, progress: CourierProgress) -> None:
        part = progress.done_bytes * _STEPS // max(1, progress.all_bytes)
        if (progress.step, part) == self._said:
            return
        self._said = (progress.step, part)
        words = self._words
        said = words(
            "courier_cli.progress",
            step=words(f"courier.step.{progress.step}"),
            done=words.size(progress.done_bytes),
            all=words.size(progress.all_bytes),
        )
        sys.stderr.write(f"\r\x1b[K{said}" + ("\n" if part >= _STEPS else ""))
        sys.stderr.flush()
