"""Reads the office's return files: the events of a pull that came by stick.

Never believes more than a link would: every event is verified and applied by ``Applying``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.domain.courier import AnswersRead, CourierProgress, IsEnding, TellCourier, WrongFile
from app.errors import AppError, RemoteError, UserError
from app.protocol.courier import (
    MOST_EVENTS,
    MOST_RETURN_BYTES,
    ReturnNote,
    open_return_note,
)
from app.protocol.record import HEADER_BYTES, Record, RecordKind, write_pack
from app.security.sticks import stick_faults
from app.storage import contact, courier, received
from app.storage.contact import Contact
from app.storage.store import Store
from app.sync.applying import Applying
from app.sync.courier_files import CourierFile, records_in
from app.sync.reports import Findings

#: Note and headers beside the events.
_MOST_FILE_BYTES = MOST_RETURN_BYTES + 8 * 1024 * 1024


class CourierReading:
    """Reads return files.

    Args:
        store: whose answers they are.
        applying: makes events true, as after a pull.
    """

    def __init__(self, store: Store, applying: Applying) -> None:
        self._store = store
        self._applying = applying

    def read(
        self, files: tuple[CourierFile, ...], tell: TellCourier, stop: IsEnding
    ) -> AnswersRead:
        """Apply return files, oldest first; one that cannot be believed does not stop the next.

        What is true if it dies: each event is wholly applied, with the cursor, or not at all; the
        same file may be read again from its beginning any number of times, also when a link has
        brought its events before or a newer file was read first.

        Raises:
            UserError: ``not_enrolled``, ``courier_cancelled``.
            LocalFault: as ``stick_faults``, and the store's.
        """
        findings = Findings()
        wrong = []
        read = 0
        for file in sorted(files, key=lambda one: (one.name.serial, one.path.name)):
            try:
                self._read_one(file.path, findings, tell, stop)
                read += 1
            except (RemoteError, UserError) as error:
                if error.code in ("courier_cancelled", "not_enrolled"):
                    raise
                record = error.params.get("record", 0)
                wrong.append(WrongFile(file.path.name, error.code, int(record)))
        if findings.receipts:
            with self._store.write() as session:
                courier.drop_needless_packs(session, self._store.clock.now())
        return AnswersRead(
            files=read,
            events=findings.received_events,
            received=tuple(dict.fromkeys(one.reference for one in findings.receipts)),
            wrong=tuple(wrong),
        )

    def _read_one(self, path: Path, findings: Findings, tell: TellCourier, stop: IsEnding) -> None:
        with stick_faults():
            size = path.stat().st_size
        if size > _MOST_FILE_BYTES:
            raise RemoteError("pack_torn", is_retryable=False)
        records = records_in(path)
        note = self._note(next(records, None))
        done = 0
        events = 0
        for record in _events(records):
            if stop.is_set():
                raise UserError("courier_cancelled")
            done += HEADER_BYTES + len(record.sealed)
            events += 1
            tell(CourierProgress("reading", done, size))
            if not self._applying.apply_pack(self._contact(), write_pack([record]), findings):
                raise UserError("return_file_ahead")
        if events < note.events:
            raise RemoteError("pack_torn", is_retryable=False, record=events + 2)

    def _note(self, record: Record | None) -> ReturnNote:
        """Open the note, and hear from it whether the office came back from a backup."""
        if record is None or record.kind is not RecordKind.COURIER_NOTE:
            raise RemoteError("pack_torn", is_retryable=False, record=1)
        office = self._contact()
        try:
            note = open_return_note(
                record.sealed, office.identity, office.office_signing, office.device_id
            )
        except AppError as error:
            # Sealed to another kiosk, or made by an office that is not ours.
            raise UserError("return_file_not_ours") from error
        with self._store.read() as session:
            heard = received.marks(session, (office.cursor,))
        if note.after < note.heard.number and heard == (note.heard,):
            # Only while nothing newer was heard: an old file says what was true then.
            self._applying.go_back(office, note.after)
        return note

    def _contact(self) -> Contact:
        with self._store.read() as session:
            office = contact.read_contact(session)
        if office is None:
            raise UserError("not_enrolled")
        return office


def _events(records: Iterator[Record]) -> Iterator[Record]:
    for number, record in enumerate(records, start=2):
        if record.kind is not RecordKind.EVENT or number > MOST_EVENTS + 1:
            raise RemoteError("pack_torn", is_retryable=False, record=number)
        yield record
