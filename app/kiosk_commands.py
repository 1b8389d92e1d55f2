"""The kiosk's commands without a screen: sync, submit, enrol, operator, doctor.

Prints what the core says.
"""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import msgspec

from app.bootstrap import (
    STOP_DEADLINE_S,
    OpenKiosk,
    examine_kiosk,
    kiosk_folder,
    make_runner,
    open_kiosk,
    road,
    sharing,
)
from app.config import terminal_language
from app.domain.answers import Problem
from app.domain.words import Words
from app.errors import AppError
from app.resources import load_words

if TYPE_CHECKING:
    from app.sync.reports import CycleReport


def run(command: str, arguments: argparse.Namespace) -> int:
    """Run one command on the kiosk's store; 0 when all is well, 1 when something is not."""
    try:
        return _run(command, arguments)
    except AppError as error:
        if not getattr(arguments, "json", False):
            raise
        _print(Fault(error.code, tuple(getattr(error, "problems", ()))), as_json=True)
        return 1


class Fault(msgspec.Struct, frozen=True):
    """What ``--json`` says when a command fails: the error's code, and what is wrong where."""

    error: str
    problems: tuple[Problem, ...]


def _run(command: str, arguments: argparse.Namespace) -> int:
    if command == "doctor":
        return _doctor(arguments)
    with open_kiosk(kiosk_folder(arguments.data)) as opened:
        if command == "submit":
            return _submit(opened, arguments)
        if command == "enrol":
            return _enrol(opened, arguments)
        if command == "operator":
            return _reset_password(opened, arguments)
        return _sync_once(opened, arguments) if arguments.once else _sync_on(opened)


def _sync_once(opened: OpenKiosk, arguments: argparse.Namespace) -> int:
    from app.sync.once import sync_once

    kiosk = opened.kiosk
    way = road(opened.settings)
    report = sync_once(
        kiosk.store,
        kiosk.clock,
        kiosk.dice,
        kiosk.announcer,
        road=way,
        sharing=sharing(opened.settings),
    )
    if arguments.json:
        _print(report, as_json=True)
    else:
        _say_cycle(report, _words())
    return 1 if report.error else 0


def _say_cycle(report: CycleReport, words: Words) -> None:
    """Say what one cycle did, and what stopped it, in words."""
    for taken in report.receipts:
        said = words("cli.sync_receipt", reference=taken.reference, proof=taken.proof)
        sys.stdout.write(said + "\n")
    facts = {"sent": len(report.sent), "events": report.received_events}
    sys.stdout.write(words("cli.sync_done", waits=len(report.waits), **facts) + "\n")
    if report.error:
        sys.stderr.write(f"{words.error_title(report.error)}\n[{report.error}]\n")


def _sync_on(opened: OpenKiosk) -> int:
    """Send and take news until somebody ends it, as the kiosk's window does in the background."""
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    runner = make_runner(opened)
    sys.stdout.write(_words()("cli.sync_goes_on") + "\n")
    sys.stdout.flush()
    runner.start()
    ended.wait()
    runner.stop(STOP_DEADLINE_S)
    return 0


def _submit(opened: OpenKiosk, arguments: argparse.Namespace) -> int:
    from app.services.finalizing import NotComplete
    from app.services.submitting import submit_folder

    try:
        done = submit_folder(opened.kiosk, arguments.folder)
    except NotComplete as error:
        words = _words()
        for problem in error.problems:
            sys.stderr.write(f"{problem.where}: {words.problem(problem)}\n")
        raise
    _print(done, arguments.json)
    return 0


def _enrol(opened: OpenKiosk, arguments: argparse.Namespace) -> int:
    from app.sync.enrolling import enrol

    words = _words()
    typed = arguments.code or getpass.getpass(words("cli.enrolment_code"))
    kiosk = opened.kiosk
    way = road(opened.settings)
    enrol(kiosk.store, kiosk.clock, arguments.office, typed, arguments.name, road=way)
    sys.stdout.write(words("cli.enrolled") + "\n")
    return 0


def _reset_password(opened: OpenKiosk, arguments: argparse.Namespace) -> int:
    from app.services.operators import reset_password

    words = _words()
    typed = getpass.getpass(words("cli.operator_password", name=arguments.reset))
    reset_password(opened.kiosk, arguments.reset, typed)
    sys.stdout.write(words("cli.operator_reset", name=arguments.reset) + "\n")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    report = examine_kiosk(kiosk_folder(arguments.data))
    if arguments.json:
        _print(report, as_json=True)
    else:
        words = _words()
        for finding in report.findings:
            mark = words(f"doctor.{finding.state}")
            sys.stdout.write(f"{mark:8} {words(f'doctor.{finding.code}', **finding.params)}\n")
    return 0 if report.is_well else 1


def _print(report: object, as_json: bool) -> None:
    encoded = msgspec.json.encode(report)
    if not as_json:
        encoded = msgspec.json.format(encoded, indent=2)
    sys.stdout.write(encoded.decode() + "\n")


def _words() -> Words:
    return load_words(terminal_language(os.environ))
