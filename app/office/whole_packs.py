"""Takes packs that came whole: many are kept, filed and receipted in one transaction.

What is true if the process dies after each step of ``take_whole``:

1. The sealed bytes are on the disk as one lot, or part of one: nobody knows of them, and the kiosk,
   which had no answer, sends them again. Rows are made ready meanwhile; none counts before.
2. All rows are committed and on the disk: uploads are complete, submissions received, receipts
   written. A kiosk that lost the answer hears it when it asks again.

There is nothing in between. Only what is plain is taken so; everything else goes step by step, by
``records``, which alone decides what is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.domain.events import Receipt
from app.office.accepting import check_room, upload_values
from app.office.base import Table
from app.office.catalogues import service_in
from app.office.database import last_of
from app.office.devices import Device, KnownDevices
from app.office.events import EventsPack, event_values
from app.office.filing import filed_values
from app.office.many_rows import write_rows
from app.office.plain_packs import PlainPack, WholePack, read_plain
from app.office.receiving import came_in, new_application, passports_of
from app.office.records import record_values
from app.office.tables import (
    ApplicationRow,
    DecisionRow,
    DeviceRow,
    EventRow,
    PassportMarkRow,
    RecordRow,
    SubmissionDocumentRow,
    SubmissionRow,
    UploadRow,
)
from app.office.verifying.twice import passport_marks
from app.protocol.event import seal_event
from app.protocol.manifest import Manifest
from app.protocol.marks import NOTHING, mark_of
from app.protocol.record import RecordKind, write_pack

if TYPE_CHECKING:
    from app.office.context import Office

_Rows = dict[type[Table], list[dict[str, Any]]]
#: Each refers to those before it only.
_WRITTEN: tuple[type[Table], ...] = (
    UploadRow,
    RecordRow,
    SubmissionRow,
    SubmissionDocumentRow,
    ApplicationRow,
    PassportMarkRow,
    DecisionRow,
    EventRow,
)
#: Names with how far a device's events go, then names alone.
_STANDING = f"""
SELECT devices.id AS name, devices.last_event AS number, events.signed AS signed
FROM devices LEFT JOIN events
    ON events.device_id = devices.id AND events.number = devices.last_event
WHERE devices.id IN :devices AND NOT devices.is_revoked
UNION ALL SELECT device_id, NULL, NULL FROM records
    WHERE kind = {int(RecordKind.REQUEST)} AND read_at IS NULL AND device_id IN :devices
UNION ALL SELECT id, NULL, NULL FROM uploads WHERE id IN :uploads
UNION ALL SELECT digest, NULL, NULL FROM records WHERE digest IN :digests
UNION ALL SELECT id, NULL, NULL FROM submissions WHERE id IN :submissions
UNION ALL SELECT application_id, NULL, NULL FROM submissions WHERE application_id IN :applications
UNION ALL SELECT reference, NULL, NULL FROM submissions WHERE reference IN :references
UNION ALL SELECT blob_digest, NULL, NULL FROM submission_documents WHERE blob_digest IN :digests
UNION ALL SELECT blob_digest, NULL, NULL FROM supplements WHERE blob_digest IN :digests
"""
_FOR_POSTGRESQL = re.sub(r"IN :(\w+)", r"= ANY(%(\1)s)", _STANDING)
_FOR_SQLITE = text(re.sub(r"IN (:\w+)", r"IN (SELECT value FROM json_each(\1))", _STANDING))
#: More receipts than these are given as every pull gives them.
_MOST_TOLD = 16


class Taken(msgspec.Struct, frozen=True):
    """A pack that is received."""

    device: Device
    #: What the device is told; None when it has yet to hear something else.
    answer: EventsPack | None


class _Said(msgspec.Struct):
    """How far the office's events for a device go."""

    number: int
    #: The newest one; None before the first.
    signed: bytes | None


class _Received(msgspec.Struct):
    """A pack whose rows are written."""

    plain: PlainPack
    #: Signed events with its receipts.
    receipts: list[bytes]
    #: Number of the event before them, if the device has heard it.
    after: int | None


def take_whole(
    office: Office, devices: KnownDevices, packs: Sequence[WholePack]
) -> list[Taken | None]:
    """Take what is plain among whole packs; None stands for one that goes step by step.

    Raises:
        LocalFault: then nothing was taken.
    """
    asking = devices.find(office, {pack.token_digest for pack in packs})
    read = (
        read_plain(office, pack, asking[pack.token_digest])
        for pack in packs
        if pack.token_digest in asking
    )
    plain = [one for one in read if one is not None]
    if not plain:
        return [None] * len(packs)
    check_room(office, sum(len(one.pack.content) for one in plain))
    wait_until_kept = office.blobs.keep([one.pack.content for one in plain])
    taken: dict[int, Taken] = {}
    with office.database.write() as session:
        received, rows, said = _receive_all(session, office, plain)
        devices.forget([one.pack.token_digest for one in plain if one.device.id not in said])
        if received:
            with last_of(session) as connection:
                write_rows(connection, rows, {DeviceRow: _seen(office.clock.now(), received, said)})
                # While the disk and the database are at work.
                taken = {
                    id(one.plain.pack): Taken(one.plain.device, _answer(one)) for one in received
                }
                wait_until_kept()
    return [taken.get(id(pack)) for pack in packs]


def _receive_all(
    session: Session, office: Office, plain: Sequence[PlainPack]
) -> tuple[list[_Received], _Rows, dict[str, _Said]]:
    """Return what is received, its rows, and how far each device's events go then.

    What another pack has brought by now is left out.
    """
    said, known = _standing(session, plain)
    rows: _Rows = {table: [] for table in _WRITTEN}
    now = office.clock.now()
    received = []
    for one in plain:
        names = {*one.names(), one.device.id}
        if known & names or one.device.id not in said or not _is_served(session, office, one):
            continue
        known |= names - {one.device.id}
        its = said[one.device.id]
        fresh = _Received(one, [], its.number if _has_heard(one.pack, its) else None)
        _write_pack(office, rows, one, now)
        for digest, manifest in one.manifests.items():
            its.number += 1
            event = _write_form(session, office, rows, digest, manifest, its.number)
            fresh.receipts.append(event["signed"])
            its.signed = event["signed"]
        received.append(fresh)
    return received, rows, said


def _standing(session: Session, plain: Sequence[PlainPack]) -> tuple[dict[str, _Said], set[str]]:
    """Return how far each device's events go, and what is not new.

    That is: names that are taken, blobs that are here or waited for, and devices whose requests
    wait. A device that was revoked by now has no events.
    """
    manifests = [manifest for one in plain for manifest in one.manifests.values()]
    asked = {
        "devices": {one.device.id for one in plain},
        "uploads": {one.pack.upload_id for one in plain},
        "digests": {digest for one in plain for digest in one.records},
        "submissions": {one.submission_id for one in manifests},
        "applications": {one.application_id for one in manifests},
        "references": {one.reference for one in manifests},
    }
    said: dict[str, _Said] = {}
    known: set[str] = set()
    for name, number, signed in _answers(session.connection(), asked):
        if number is None:
            known.add(name)
        else:
            said[name] = _Said(number, signed)
    return said, known


def _answers(connection: Connection, names: Mapping[str, set[str]]) -> Sequence[Sequence[Any]]:
    """Ask the question of ``_standing``; written out, because it is asked for every pack.

    The names of one kind are one value: however many they are, the statement is the same, is
    planned once, and stays within what a statement may hold.
    """
    values = {name: list(some) for name, some in names.items()}
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(_FOR_POSTGRESQL, values).all()
    asked = {name: msgspec.json.encode(some).decode() for name, some in values.items()}
    return connection.execute(_FOR_SQLITE, asked).all()


def _is_served(session: Session, office: Office, plain: PlainPack) -> bool:
    return all(
        service_in(session, office, manifest.catalogue_version, manifest.service) is not None
        for manifest in plain.manifests.values()
    )


def _has_heard(pack: WholePack, said: _Said) -> bool:
    """Tell whether a device knows all that the office has said to it; as ``events`` would."""
    if not pack.heard:
        return pack.cursor >= said.number
    newest = pack.heard[0]
    if newest == NOTHING or said.signed is None:
        return newest == NOTHING and said.number == 0
    return newest == mark_of(said.number, said.signed)


def _write_pack(office: Office, rows: _Rows, plain: PlainPack, now: datetime) -> None:
    length = len(plain.pack.content)
    upload = upload_values(office, plain.pack.upload_id, plain.device.id, length)
    rows[UploadRow].append({**upload, "state": "complete", "taken_bytes": length})
    for record in plain.records.values():
        values = record_values(plain.device.id, record.header(), now)
        if record.kind is RecordKind.MANIFEST:
            values["read_at"] = now
        rows[RecordRow].append(values)


def _write_form(
    session: Session, office: Office, rows: _Rows, digest: str, manifest: Manifest, number: int
) -> dict[str, Any]:
    """Add the rows of a submission, and return what stands in the event with its receipt."""
    submission, documents = filed_values(office, digest, manifest)
    now = submission["filed_at"]
    receipt = Receipt(
        manifest.submission_id,
        digest,
        tuple(document.blob_digest for document in manifest.documents),
        now,
        manifest.reference,
        manifest.revision,
    )
    event = event_values(office, manifest.device_id, number, receipt, manifest.application_id)
    numbers = passports_of(session, office, manifest)
    rows[SubmissionRow].append({**submission, "received_at": now, "receipt_event": number})
    rows[SubmissionDocumentRow] += documents
    rows[ApplicationRow].append(new_application(office, manifest, now))
    rows[PassportMarkRow] += passport_marks(office, manifest.application_id, numbers)
    rows[DecisionRow].append(came_in(manifest, now))
    rows[EventRow].append(event)
    return event


def _seen(
    now: datetime, received: Sequence[_Received], said: Mapping[str, _Said]
) -> list[dict[str, Any]]:
    """Return how far the events of devices go now, and that they were seen."""
    devices = sorted({one.plain.device.id for one in received})
    return [{"id": one, "last_event": said[one].number, "seen_at": now} for one in devices]


def _answer(received: _Received) -> EventsPack | None:
    if received.after is None or len(received.receipts) > _MOST_TOLD:
        return None
    recipient = received.plain.recipient
    pack = write_pack(seal_event(signed, recipient) for signed in received.receipts)
    return EventsPack(pack, received.after + len(received.receipts), received.after)
