"""The demo's office: a server on this machine with an officer, and the kiosk enrolled with it.

Everything stays on the loopback address; people, passwords and papers are made up.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import time
from pathlib import Path

import msgspec

from app.bootstrap import MachineClock, OpenKiosk
from app.errors import LocalFault, UserError
from app.office.context import Office, OfficeSettings
from app.office.enrolling import new_enrolment_code
from app.office.officers import add_officer
from app.office.roles import Officer
from app.office.slots.calendar import open_slots
from app.office.slots.rules import Hours, add_hours
from app.office_commands import opened_office
from app.services.enrolment import read_enrolment
from app.services.operators import add_operator, has_operators
from app.sync.enrolling import enrol

OFFICER = Officer("sari", "Sari Contoh", ("supervisor", "administrator"))
OPERATOR = "operator"
_NOTES_FILE = "demo.json"
_OFFICE_ID = "tarempa"
_OFFICE_NAME = "Kantor Imigrasi Tarempa (contoh)"
_DEVICE_CODES = ("DEM", "DE2", "DE3", "DE4", "DE5")
_STOP_S = 10
#: Codes that nobody can pay at a bank; ``pay_command`` says how they are paid here.
_PAYMENTS = "simulator"
#: Provider and agencies, all made up.
_SIMULATED = ("LOKET_PAYMENTS", "LOKET_REGISTRY_URL", "LOKET_MINISTRY_URL")
#: From Monday to Thursday, so that whoever has paid finds an interview within days.
_WEEKDAYS = range(4)


class DemoNotes(msgspec.Struct, frozen=True):
    """What the demo must find again at its next start."""

    port: int
    officer_password: str
    operator_password: str


class DemoOffice:
    """A running office of the demo.

    Attributes:
        notes: port and passwords.
        url: where it listens.
    """

    def __init__(self, folder: Path, notes: DemoNotes) -> None:
        self._folder = folder
        self.notes = notes
        self.url = f"http://127.0.0.1:{notes.port}"

    @property
    def pay_command(self) -> str:
        """What to type to be the bank for one billing code."""
        program = shlex.join(_program())
        folder = shlex.quote(str(self._folder))
        return f"LOKET_PAYMENTS={_PAYMENTS} {program} office pay KODE --data {folder}"

    @contextmanager
    def opened(self) -> Iterator[Office]:
        """Open the office's folder beside its running server, to act as an officer does."""
        settings = OfficeSettings(
            self._folder, office_id=_OFFICE_ID, office_name=_OFFICE_NAME, payments=_PAYMENTS
        )
        with opened_office(settings) as office:
            yield office

    def make_known(self, opened: OpenKiosk) -> None:
        """Enrol the kiosk and give it an operator, unless an earlier demo did."""
        kiosk = opened.kiosk
        if not has_operators(kiosk):
            add_operator(kiosk, OPERATOR, "Operator Contoh", self.notes.operator_password)
        if read_enrolment(kiosk) is None:
            code = self._code()
            enrol(kiosk.store, MachineClock(), self.url, code, "Kiosk contoh")

    def _code(self) -> str:
        with self.opened() as office:
            for letters in _DEVICE_CODES:
                with suppress(UserError):
                    return new_enrolment_code(office, "Kiosk contoh", letters)
        raise LocalFault("demo_used_up")


@contextmanager
def running_office(folder: Path) -> Iterator[DemoOffice]:
    """Run the demo's office until the block ends.

    Raises:
        LocalFault: ``demo_port_taken`` when something else listens where it did last time.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    office = DemoOffice(folder, _notes(folder))
    with office.opened() as opened:
        _furnish(opened, office.notes)
    with _start(folder, office.notes.port) as process:
        try:
            _wait_until_it_listens(process, office.notes.port)
            yield office
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _furnish(office: Office, notes: DemoNotes) -> None:
    """Give the office its officer and its hours, unless an earlier demo did."""
    with suppress(UserError):
        password = notes.officer_password
        add_officer(office, OFFICER.name, OFFICER.shown_name, password, OFFICER.roles)
    with office.database.read() as session:
        has_hours = bool(open_slots(session, office.clock.now()))
    for weekday in () if has_hours else _WEEKDAYS:
        add_hours(office, Hours("TRM", _OFFICE_NAME, weekday, None, time(8), time(11), 30, 2, 1))


def _notes(folder: Path) -> DemoNotes:
    path = folder / _NOTES_FILE
    with suppress(FileNotFoundError):
        return msgspec.json.decode(path.read_bytes(), type=DemoNotes)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    notes = DemoNotes(port, secrets.token_urlsafe(9), secrets.token_urlsafe(9))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(notes))
    return notes


def _program() -> list[str]:
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    named = ["--office-id", _OFFICE_ID, "--office-name", _OFFICE_NAME]
    serve = ["office", "serve", "--data", str(folder), "--port", str(port), "--until-input-ends"]
    serve.append("--without-second-factor")
    with (folder / "office.log").open("ab") as log:
        return subprocess.Popen(
            [*_program(), *serve, *named],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, **dict.fromkeys(_SIMULATED, _PAYMENTS)},
            # Closed by the system when this process dies, which ends the office too.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line or "url" not in json.loads(line):
        raise LocalFault("demo_port_taken", port=port)
