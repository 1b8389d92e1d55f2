"""Takes packs that came whole: many are kept, filed and receipted in one transaction.

What is true if the process dies after each step of ``take_whole``:

1. The sealed bytes are on the disk as one lot, and under ``blobs/`` one by one: nobody knows of
   them, and the kiosk, which had no answer, sends them again.
2. All rows are committed and on the disk: uploads are complete, submissions received, receipts
   written. A kiosk that lost the answer hears it when it asks again.

There is nothing in between. Only what is plain is taken so; everything else goes step by step, by
``records``, which alone decides what is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, insert, select, union_all, update
from sqlalchemy.orm import Session

from app.office.accepting import check_room, upload_row
from app.office.base import Table
from app.office.catalogues import service_in
from app.office.devices import Device
from app.office.events import EventsPack, event_row
from app.office.filing import filed_rows
from app.office.plain_packs import PlainPack, WholePack, read_plain
from app.office.receiving import came_in, new_application, passports_of, receipt_of
from app.office.records import record_row
from app.office.tables import (
    ApplicationRow,
    DecisionRow,
    DeviceRow,
    EventRow,
    PassportMarkRow,
    RecordRow,
    SubmissionDocumentRow,
    SubmissionRow,
    SupplementRow,
    UploadRow,
)
from app.office.verifying.twice import passport_marks
from app.protocol.event import seal_event
from app.protocol.manifest import Manifest
from app.protocol.marks import NOTHING, mark_of
from app.protocol.record import RecordKind, write_pack

if TYPE_CHECKING:
    from app.office.context import Office

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
    receipts: list[EventRow]
    #: Number of the event before them, if the device has heard it.
    after: int | None


def take_whole(office: Office, packs: Sequence[WholePack]) -> list[Taken | None]:
    """Take what is plain among whole packs; None stands for one that goes step by step.

    Raises:
        LocalFault: then nothing was taken.
    """
    plain = _plain(office, packs)
    if not plain:
        return [None] * len(packs)
    check_room(office, sum(len(one.pack.content) for one in plain))
    records = {digest: record for one in plain for digest, record in one.records.items()}
    office.blobs.keep(list(records.values()))
    with office.database.write() as session:
        received = _receive_all(session, office, plain)
    taken = {id(one.plain.pack): Taken(one.plain.device, _answer(one)) for one in received}
    return [taken.get(id(pack)) for pack in packs]


def _plain(office: Office, packs: Sequence[WholePack]) -> list[PlainPack]:
    with office.database.read() as session:
        rows = session.scalars(
            select(DeviceRow).where(
                DeviceRow.token_digest.in_({pack.token_digest for pack in packs}),
                DeviceRow.is_revoked.is_(False),
            )
        )
        devices = {row.token_digest: row for row in rows}
    read = (
        read_plain(office, pack, devices[pack.token_digest])
        for pack in packs
        if pack.token_digest in devices
    )
    return [one for one in read if one is not None]


def _receive_all(session: Session, office: Office, plain: Sequence[PlainPack]) -> list[_Received]:
    """Write the rows of all that is new; what another pack has brought by now is left out."""
    said = _said(session, {one.device.id for one in plain})
    known = _known(session, plain)
    rows: list[Table] = []
    received = []
    for one in plain:
        names = {*one.names(), one.device.id}
        if known & names or one.device.id not in said or not _is_served(session, office, one):
            continue
        known |= names - {one.device.id}
        news = said[one.device.id]
        fresh = _Received(one, [], news.number if _has_heard(one.pack, news) else None)
        rows += _rows_of_pack(office, one)
        for digest, manifest in one.manifests.items():
            news.number += 1
            event, others = _rows_of_form(session, office, digest, manifest, news.number)
            fresh.receipts.append(event)
            rows += [*others, event]
            news.signed = event.signed
        received.append(fresh)
    _insert(session, rows)
    _note(session, office, {one.plain.device.id: said[one.plain.device.id] for one in received})
    return received


def _said(session: Session, device_ids: set[str]) -> dict[str, _Said]:
    """Return how far the devices' events go; without those that were revoked by now."""
    is_newest = (EventRow.device_id == DeviceRow.id) & (EventRow.number == DeviceRow.last_event)
    rows = session.execute(
        select(DeviceRow.id, DeviceRow.last_event, EventRow.signed)
        .outerjoin(EventRow, is_newest)
        .where(DeviceRow.id.in_(device_ids), DeviceRow.is_revoked.is_(False))
    )
    return {device_id: _Said(number, signed) for device_id, number, signed in rows}


def _known(session: Session, plain: Sequence[PlainPack]) -> set[str]:
    """Return which names are taken, which blobs are waited for, and whose requests wait."""
    manifests = [manifest for one in plain for manifest in one.manifests.values()]
    digests = {digest for one in plain for digest in one.records}
    asks = (
        (UploadRow.id, {one.pack.upload_id for one in plain}),
        (RecordRow.digest, digests),
        (SubmissionRow.id, {one.submission_id for one in manifests}),
        (SubmissionRow.application_id, {one.application_id for one in manifests}),
        (SubmissionRow.reference, {one.reference for one in manifests}),
        (SubmissionDocumentRow.blob_digest, digests),
        (SupplementRow.blob_digest, digests),
    )
    requests = select(RecordRow.device_id).where(
        RecordRow.kind == int(RecordKind.REQUEST),
        RecordRow.read_at.is_(None),
        RecordRow.device_id.in_({one.device.id for one in plain}),
    )
    known = [select(column).where(column.in_(names)) for column, names in asks]
    return set(session.scalars(union_all(*known, requests)))


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


def _rows_of_pack(office: Office, plain: PlainPack) -> list[Table]:
    length = len(plain.pack.content)
    upload = upload_row(office, plain.pack.upload_id, plain.device.id, length)
    upload.state, upload.taken_bytes = "complete", length
    rows: list[Table] = [upload]
    for record in plain.records.values():
        row = record_row(office, plain.device.id, record.header())
        row.read_at = row.received_at if record.kind is RecordKind.MANIFEST else None
        rows.append(row)
    return rows


def _rows_of_form(
    session: Session, office: Office, digest: str, manifest: Manifest, number: int
) -> tuple[EventRow, list[Table]]:
    submission, documents = filed_rows(office, digest, manifest)
    submission.received_at = office.clock.now()
    submission.receipt_event = number
    receipt = receipt_of(submission, [document.blob_digest for document in documents])
    event = event_row(office, submission.device_id, number, receipt, submission.application_id)
    application = new_application(office, submission, manifest)
    numbers = passports_of(session, office, manifest)
    marks = passport_marks(office, application.id, numbers)
    return event, [submission, *documents, application, *marks, came_in(application)]


def _insert(session: Session, rows: Iterable[Table]) -> None:
    """Write rows table by table: one statement each, however many packs they come from."""
    values: dict[type[Table], list[dict[str, object]]] = {table: [] for table in _WRITTEN}
    for row in rows:
        values[type(row)].append(
            {name: value for name, value in vars(row).items() if name[0] != "_"}
        )
    connection = session.connection()
    for table, some in values.items():
        if some:
            connection.execute(insert(table), some)


def _note(session: Session, office: Office, said: Mapping[str, _Said]) -> None:
    """Write how far the events go, in the order in which any other writer would."""
    if said:
        session.connection().execute(
            update(DeviceRow)
            .where(DeviceRow.id == bindparam("device"))
            .values(last_event=bindparam("last"), seen_at=bindparam("now")),
            [
                {"device": device_id, "last": one.number, "now": office.clock.now()}
                for device_id, one in sorted(said.items())
            ],
        )


def _answer(received: _Received) -> EventsPack | None:
    if received.after is None or len(received.receipts) > _MOST_TOLD:
        return None
    recipient = received.plain.recipient
    pack = write_pack(seal_event(event.signed, recipient) for event in received.receipts)
    return EventsPack(pack, received.receipts[-1].number, received.after)
