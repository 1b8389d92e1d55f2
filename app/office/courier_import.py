"""Courier files brought to the office: every record that is whole and vouched for is taken.

Takes records as those of the link are taken; refuses what is torn or forged and says which. The
device's own signatures decide, never who carried the stick.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from app.errors import RemoteError, UserError
from app.office import audit
from app.office.courier_notes import vouched_note
from app.office.courier_vouching import bringer_of
from app.office.records import take_record
from app.office.tables import DeviceRow, RecordRow, SubmissionRow
from app.protocol.courier import MOST_FILE_BYTES, CourierNote, Stretch, walk
from app.protocol.record import HEADER_BYTES, RecordHeader, RecordKind
from app.security.sticks import stick_faults

if TYPE_CHECKING:
    from app.office.context import Office

_FROM_DEVICES = frozenset(RecordKind) - {RecordKind.EVENT, RecordKind.COURIER_NOTE}

#: Hears how many bytes of a file were looked at.
Told = Callable[[int], None]


class RecordRefused(msgspec.Struct, frozen=True):
    """A record that was not taken."""

    #: From 1, the note counted.
    number: int
    #: ``torn`` (or not there at all), ``foreign``, or why its manifest was refused.
    code: str


class Imported(msgspec.Struct, frozen=True):
    """What became of one file."""

    #: Of the note; empty and 0 when nobody vouches for it.
    device_code: str = ""
    device_name: str = ""
    serial: int = 0
    made_at: datetime | None = None
    note_digest: str = ""
    #: Why the note was not believed; empty when it was.
    code: str = ""
    #: Records taken; those among them that were here before.
    taken: int = 0
    known: int = 0
    #: Submissions whose forms came, and those of them that are complete now.
    submissions: int = 0
    received: int = 0
    refused: tuple[RecordRefused, ...] = ()


def import_file(
    office: Office, path: Path, by: str, told: Told = lambda looked_at: None
) -> Imported:
    """Take everything out of a courier file that is whole; safe to repeat.

    What is true if it dies: after each record as after one of a link (see ``records``); importing
    the file again takes the others.

    Args:
        office: ours.
        path: the file.
        by: for the audit trail.
        told: hears how far it is.

    Raises:
        UserError: ``courier_file_too_long``, ``courier_file_empty``.
        LocalFault: ``office_full``, ``office_folder_unusable``, ``database_away``; and as
            ``stick_faults`` when the file cannot be read.
    """
    with stick_faults():
        size = path.stat().st_size
    if size > MOST_FILE_BYTES + 2**20:
        raise UserError("courier_file_too_long")
    if size == 0:
        raise UserError("courier_file_empty")
    importing = _Importing(office, path)
    with stick_faults(), path.open("rb") as file:
        descriptor = file.fileno()

        def read_at(offset: int, count: int) -> bytes:
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.read(descriptor, count)

        for stretch in walk(read_at, size):
            importing.take(stretch)
            told(stretch.start)
    told(size)
    imported = importing.result()
    with office.database.write() as session:
        facts: dict[str, str | int] = {"serial": imported.serial, "records": imported.taken}
        facts |= {"refused": len(imported.refused), "device": imported.device_code}
        audit.note(session, office.clock.now(), by, "courier_import", "", **facts)
    return imported


class _Importing:
    """One file on its way in."""

    def __init__(self, office: Office, path: Path) -> None:
        self._office = office
        self._path = path
        self._note: CourierNote | None = None
        self._note_digest = ""
        self._code = "courier_note_torn"
        self._places: dict[str, int] = {}
        self._taken: set[str] = set()
        self._known = 0
        self._forms: list[str] = []
        self._refused: dict[int, str] = {}

    def take(self, stretch: Stretch) -> None:
        """Take one record, or note why not."""
        header = stretch.header
        if header is None:
            # Of a vouched file the note tells at the end which ones did not come whole.
            if self._note is None:
                self._refused[stretch.number] = "torn"
            return
        if stretch.number == 1 and header.kind is RecordKind.COURIER_NOTE:
            self._read_note(stretch, header)
            return
        number = self._places.get(header.digest, stretch.number)
        bringer = self._bringer(stretch, header)
        if not bringer:
            self._refused[number] = "foreign"
            return
        if self._is_known(header.digest):
            self._known += 1
        self._keep(stretch, header, bringer)
        self._taken.add(header.digest)
        if header.kind is RecordKind.MANIFEST:
            self._forms.append(header.digest)
        if code := self._refusal(header.digest):
            self._refused[number] = code

    def result(self) -> Imported:
        """Say what became of the file."""
        note = self._note
        for digest, number in self._places.items():
            if digest not in self._taken:
                self._refused.setdefault(number, "torn")
        imported = Imported(
            code="" if note else self._code,
            taken=len(self._taken),
            known=self._known,
            submissions=len(set(self._forms)),
            received=self._count_received(),
            refused=tuple(
                RecordRefused(number, code) for number, code in sorted(self._refused.items())
            ),
        )
        if note is None:
            return imported
        with self._office.database.read() as session:
            device = session.get_one(DeviceRow, note.device_id)
        return msgspec.structs.replace(
            imported,
            device_code=device.code,
            device_name=device.name,
            serial=note.serial,
            made_at=note.made_at,
            note_digest=self._note_digest,
        )

    def _read_note(self, stretch: Stretch, header: RecordHeader) -> None:
        with stick_faults(), self._path.open("rb") as file:
            file.seek(stretch.start + HEADER_BYTES)
            sealed = file.read(header.length_bytes)
        try:
            self._note = vouched_note(self._office, sealed)
        except RemoteError as error:
            self._code = error.code
            self._refused[stretch.number] = error.code
            return
        self._note_digest = header.digest
        digests = self._note.record_digests()
        self._places = {digest: number for number, digest in enumerate(digests, start=2)}
        self._keep(stretch, header, self._note.device_id)

    def _bringer(self, stretch: Stretch, header: RecordHeader) -> str:
        """Return the device that vouches for a record, empty when none does."""
        if header.kind not in _FROM_DEVICES:
            return ""
        if self._note is not None and header.digest in self._places:
            return self._note.device_id
        return bringer_of(self._office, self._path, stretch.start + HEADER_BYTES, header)

    def _keep(self, stretch: Stretch, header: RecordHeader, bringer: str) -> None:
        start = stretch.start + HEADER_BYTES
        take_record(self._office, "", bringer, header, self._path, start)

    def _is_known(self, digest: str) -> bool:
        with self._office.database.read() as session:
            row = session.get(RecordRow, digest)
            return row is not None and row.missing_since is None

    def _refusal(self, digest: str) -> str:
        with self._office.database.read() as session:
            return session.get_one(RecordRow, digest).refused_code

    def _count_received(self) -> int:
        count = 0
        with self._office.database.read() as session:
            for digest in set(self._forms):
                found = select(SubmissionRow.id).where(
                    SubmissionRow.manifest_digest == digest, SubmissionRow.received_at.is_not(None)
                )
                count += session.scalars(found).first() is not None
        return count
