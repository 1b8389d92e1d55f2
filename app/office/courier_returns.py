"""Return files: what the office has to say to one device, for a stick or a relay to carry.

Nobody but the device can read one, so anybody may carry it. Making one changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from app.errors import AppError, UserError
from app.office.courier_notes import NotedFile, newest_file, noted_file
from app.office.events import events_after
from app.office.tables import DeviceRow
from app.protocol.courier import (
    FORMAT,
    MOST_EVENTS,
    MOST_RETURN_BYTES,
    CourierName,
    ReturnNote,
    encode_return_note,
    open_note,
)
from app.protocol.marks import NOTHING, Mark
from app.protocol.record import read_pack, write_pack

if TYPE_CHECKING:
    from app.office.context import Office


class ReturnFile(msgspec.Struct, frozen=True):
    """A file and its name."""

    name: str
    content: bytes
    events: int
    #: Everything that is said by now is in it; else another trip brings the rest.
    is_whole: bool


def return_for_note(
    office: Office, note_digest: str, most_bytes: int = MOST_RETURN_BYTES
) -> ReturnFile:
    """Return the answer to one courier file.

    Raises:
        UserError: ``courier_file_unknown``.
    """
    file = noted_file(office, note_digest)
    if file is None:
        raise UserError("courier_file_unknown")
    return _make(office, file, most_bytes)


def return_for_device(office: Office, device_code: str) -> ReturnFile:
    """Return everything that a device may not have heard, going by its newest courier file.

    Raises:
        UserError: ``device_code_unknown``.
    """
    file = newest_file(office, device_code.strip().upper())
    if file is None:
        raise UserError("device_code_unknown")
    return _make(office, file, MOST_RETURN_BYTES)


def _heard(office: Office, file: NotedFile) -> tuple[Mark, ...]:
    """Return what the device says in the file that it has heard; nothing of a note that is gone."""
    if not file.digest:
        return ()
    try:
        return open_note(office.blobs.read(file.digest), office.keys.keys.identity).note.heard
    except AppError:
        return ()


def _make(office: Office, file: NotedFile, most_bytes: int) -> ReturnFile:
    packs: list[bytes] = []
    size = count = 0
    heard = _heard(office, file)
    answer = first = events_after(office, file.device_id, file.cursor, heard=heard)
    after = first.after or 0
    while answer.pack and not (packs and size + len(answer.pack) > most_bytes):
        packs.append(answer.pack)
        size += len(answer.pack)
        count += sum(1 for _ in read_pack(answer.pack))
        if count >= MOST_EVENTS:
            break
        answer = events_after(office, file.device_id, after + count)
    with office.database.read() as session:
        recipient = session.get_one(DeviceRow, file.device_id).recipient
    note = ReturnNote(
        format=FORMAT,
        device_id=file.device_id,
        after=after,
        last=first.last,
        events=count,
        made_at=office.clock.now(),
        heard=heard[0] if heard else NOTHING,
    )
    sealed = encode_return_note(note, office.keys.keys, recipient)
    content = write_pack([sealed]) + b"".join(packs)
    name = CourierName(file.device_code, file.serial, is_return=True)
    return ReturnFile(str(name), content, count, is_whole=not answer.pack)
