"""A kiosk that meets its office by stick alone."""

from __future__ import annotations

import threading
from pathlib import Path

from app.domain.courier import AnswersRead, CourierProgress, FilesWritten
from app.office.context import Office
from app.office.courier_import import Imported, import_file
from app.office.courier_returns import return_for_note
from app.office.enrolling import enrol, new_enrolment_code
from app.protocol.courier import MOST_FILE_BYTES
from app.protocol.enrolment import EnrolmentRequest, device_proof, read_code
from app.protocol.keys import new_keys
from app.protocol.record import Record, read_pack, write_pack
from app.protocol.sealing import unseal
from app.storage.contact import PendingEnrolment, keep_enrolment
from app.sync.applying import Applying
from app.sync.courier_files import courier_files
from app.sync.courier_reading import CourierReading
from app.sync.courier_writing import CourierWriting
from tests.sync.island import Island


class CourierIsland(Island):
    """One kiosk, its operator, and the stick in their hand."""

    def enrol_at(self, office: Office, device_code: str = "LET") -> None:
        """Enrol without a wire."""
        code = read_code(new_enrolment_code(office, f"Kiosk {device_code}", device_code))
        keys = new_keys()
        asked = EnrolmentRequest(code.name, "Kiosk", keys.public(), "")
        asked = EnrolmentRequest(
            code.name, "Kiosk", keys.public(), device_proof(code.secret, asked)
        )
        answer = enrol(office, asked)
        token = unseal(bytes.fromhex(answer.sealed_token), keys.identity).decode()
        pending = PendingEnrolment("http://127.0.0.1:1", code.name, "Kiosk", keys)
        with self.store.write() as session:
            keep_enrolment(session, pending, answer, token, self.clock.now())

    def write(self, stick: Path, most_file_bytes: int = MOST_FILE_BYTES) -> FilesWritten:
        """Write what waits."""
        self.told: list[CourierProgress] = []
        writing = CourierWriting(self.store, self.clock, most_file_bytes)
        return writing.write(stick, self.told.append, self.stop)

    def read(self, stick: Path) -> AnswersRead:
        """Read what the office put there."""
        applying = Applying(self.store, self.clock, self.announcer)
        mine = self.enrolment().device_code
        files = tuple(
            file
            for file in courier_files(stick)
            if file.name.is_return and file.name.device_code == mine
        )
        return CourierReading(self.store, applying).read(files, lambda _: None, self.stop)

    def cursor(self) -> int:
        """Return the number of the last event applied."""
        return self.enrolment().cursor


def never() -> threading.Event:
    """Return a person who breaks nothing off."""
    return threading.Event()


def bring(office: Office, stick: Path) -> list[Imported]:
    """Import every kiosk's file of a stick, and put the answers beside them."""
    imported = []
    for file in courier_files(stick):
        if not file.name.is_return:
            imported.append(import_file(office, file.path, "officer:ani"))
    for one in imported:
        if one.note_digest:
            answer = return_for_note(office, one.note_digest)
            (stick / answer.name).write_bytes(answer.content)
    return imported


def file_of(written: FilesWritten, stick: Path) -> Path:
    """Return the one file that was written."""
    (name,) = written.names
    return stick / name


def records_of(path: Path) -> list[Record]:
    """Return the records of a whole file."""
    return list(read_pack(path.read_bytes()))


def put(path: Path, records: list[Record]) -> None:
    """Write records as a file, whoever they are from."""
    path.write_bytes(write_pack(records))
