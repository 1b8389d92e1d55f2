"""The notes of courier files: whose file it is, and how far its device has heard the office.

Believes the device's signature alone, never whoever carried the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from app.errors import RemoteError
from app.office import audit
from app.office.events import MOST_NUMBER
from app.office.names import is_id
from app.office.tables import CourierNoteRow, DeviceRow, RecordRow
from app.protocol.courier import CourierNote, open_note

if TYPE_CHECKING:
    from app.office.context import Office

_MOST_LINES = 50


class NotedFile(msgspec.Struct, frozen=True):
    """A courier file whose device vouches for it."""

    device_id: str
    device_code: str
    device_name: str
    serial: int
    #: Number of the last event that the device had applied.
    cursor: int
    #: The note's record; empty without a file.
    digest: str = ""


def vouched_note(office: Office, sealed: bytes) -> CourierNote:
    """Return a note once its device's key vouches for it.

    Raises:
        RemoteError: ``record_unreadable``, ``courier_note_malformed``, ``device_unknown``,
            ``signature_wrong`` (none retryable).
    """
    opened = open_note(sealed, office.keys.keys.identity)
    device_id = opened.note.device_id
    with office.database.read() as session:
        device = session.get(DeviceRow, device_id) if is_id(device_id) else None
        if device is None or device.is_revoked:
            raise RemoteError("device_unknown", is_retryable=False)
        signing = device.signing
    note = opened.verify(signing)
    if note.cursor > MOST_NUMBER or not 1900 <= note.made_at.year <= 9000 or note.size_bytes < 0:
        raise RemoteError("courier_note_malformed", is_retryable=False)
    return note


def read_note(office: Office, digest: str) -> None:
    """Write down a note that came as a record; one nobody vouches for is kept aside.

    What is true if it dies: one transaction writes all of it; until then the record is unread, and
    the next start reads it.
    """
    try:
        note = vouched_note(office, office.blobs.read(digest))
        code = ""
    except RemoteError as error:
        note, code = None, error.code
    with office.database.write() as session:
        record = session.get_one(RecordRow, digest)
        if record.read_at is not None:
            return
        now = office.clock.now()
        record.read_at = now
        record.refused_code = code
        if note is None:
            who = audit.device(record.device_id)
            audit.note(session, now, who, "courier_refused", code=code, digest=digest)
            return
        session.add(
            CourierNoteRow(
                digest=digest,
                device_id=note.device_id,
                serial=note.serial,
                cursor=note.cursor,
                made_at=note.made_at,
                records=len(note.record_digests()),
                size_bytes=note.size_bytes,
                came_at=now,
            )
        )
        who = audit.device(note.device_id)
        audit.note(session, now, who, "courier_file", serial=note.serial, brought=record.device_id)


def noted_file(office: Office, digest: str) -> NotedFile | None:
    """Return the file that a note's digest names, None when no such note was believed."""
    with office.database.read() as session:
        row = session.execute(
            select(CourierNoteRow, DeviceRow)
            .join(DeviceRow, DeviceRow.id == CourierNoteRow.device_id)
            .where(CourierNoteRow.digest == digest)
        ).first()
    return _file(row[0], row[1]) if row else None


def newest_file(office: Office, device_code: str) -> NotedFile | None:
    """Return the device's newest file; without one, as if it had heard nothing; None if unknown."""
    with office.database.read() as session:
        device = session.scalars(select(DeviceRow).where(DeviceRow.code == device_code)).first()
        if device is None:
            return None
        note = session.scalars(
            select(CourierNoteRow)
            .where(CourierNoteRow.device_id == device.id)
            .order_by(CourierNoteRow.came_at.desc(), CourierNoteRow.serial.desc())
        ).first()
    return _file(note, device)


def latest_files(office: Office) -> tuple[tuple[NotedFile, CourierNoteRow], ...]:
    """Return the files that came last, newest first."""
    with office.database.read() as session:
        rows = session.execute(
            select(CourierNoteRow, DeviceRow)
            .join(DeviceRow, DeviceRow.id == CourierNoteRow.device_id)
            .order_by(CourierNoteRow.came_at.desc(), CourierNoteRow.serial.desc())
            .limit(_MOST_LINES)
        ).all()
    return tuple((_file(note, device), note) for note, device in rows)


def _file(note: CourierNoteRow | None, device: DeviceRow) -> NotedFile:
    if note is None:
        return NotedFile(device.id, device.code, device.name, 0, 0)
    return NotedFile(device.id, device.code, device.name, note.serial, note.cursor, note.digest)
