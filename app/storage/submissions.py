"""Frozen revisions: what was submitted before, and the one transaction that freezes the next.

Never makes a record's bytes; they are whole on the disk before a row here names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.lifecycle import DRAFT, FINALIZED, KIOSK_STATES, next_state
from app.errors import LocalFault
from app.protocol.keys import Keys
from app.protocol.record import RecordKind
from app.storage import requests
from app.storage.tables import (
    ApplicationRow,
    EnrolmentRow,
    OutboxRow,
    RecordRow,
    ReturnedItemRow,
    SubmissionRecordRow,
    SubmissionRow,
)
from app.storage.timeline import add_entry


class Sender(msgspec.Struct, frozen=True):
    """What a manifest says of this device, and the keys that sign and seal it."""

    device_id: str
    keys: Keys
    office_recipient: str
    clock_offset_s: float


class SealedDocument(msgspec.Struct, frozen=True):
    """One document as a record: a new one, or one that an earlier revision already named."""

    need: str
    type: str
    blob_digest: str
    content_digest: str
    media_type: str
    page_count: int
    #: Before and after sealing.
    size_bytes: int
    sealed_bytes: int
    #: The office said that it holds it, so nobody needs the file here.
    is_at_office: bool = False


class SealedManifest(msgspec.Struct, frozen=True):
    """The manifest as a record."""

    submission_id: str
    digest: str
    sealed_bytes: int


def sender(session: Session) -> Sender | None:
    """Return who sends, None before the enrolment."""
    row = session.get(EnrolmentRow, 1)
    if row is None:
        return None
    keys = Keys(row.device_signing, row.device_identity)
    return Sender(row.device_id, keys, row.office_recipient, row.clock_offset_s)


def reserve_reference(session: Session, application_id: str) -> tuple[str, int] | str:
    """Return the application's reference, or the device code and serial to make it of.

    The serial is used up in this transaction and never given again.

    Raises:
        LocalFault: ``references_used_up`` when the office must first give a new block.
    """
    application = session.get_one(ApplicationRow, application_id)
    if application.reference:
        return application.reference
    enrolment = session.get_one(EnrolmentRow, 1)
    if enrolment.next_serial > enrolment.last_serial:
        raise LocalFault("references_used_up")
    serial = enrolment.next_serial
    enrolment.next_serial = serial + 1
    session.flush()
    return enrolment.device_code, serial


def earlier_documents(session: Session, application_id: str) -> tuple[SealedDocument, ...]:
    """Return the documents of all earlier revisions, those of the newest first."""
    rows = session.execute(
        select(SubmissionRecordRow, RecordRow)
        .join(RecordRow, RecordRow.digest == SubmissionRecordRow.digest)
        .join(SubmissionRow, SubmissionRow.id == SubmissionRecordRow.submission_id)
        .where(
            SubmissionRow.application_id == application_id,
            SubmissionRecordRow.need != "",
        )
        .order_by(SubmissionRow.revision.desc(), SubmissionRecordRow.position)
    )
    return tuple(
        SealedDocument(
            named.need, named.type, record.digest, record.content_digest, named.media_type,
            named.page_count, named.size_bytes, record.size_bytes, record.is_held_by_office,
        )
        for named, record in rows
    )  # fmt: skip


def freeze(
    session: Session,
    application_id: str,
    reference: str,
    manifest: SealedManifest,
    documents: Sequence[SealedDocument],
    now: datetime,
) -> int:
    """Write the submission with its records and its outbox row, and close the draft.

    Returns:
        How many bytes must travel.
    """
    application = session.get_one(ApplicationRow, application_id)
    application.reference = reference
    submission = SubmissionRow(
        id=manifest.submission_id,
        application_id=application_id,
        revision=application.revision,
        manifest_digest=manifest.digest,
        finalized_at=now,
    )
    session.add(submission)
    queued = _name_records(session, manifest, documents, now)
    # An older revision that was set aside is replaced by this one.
    older = select(SubmissionRow.id).where(
        SubmissionRow.application_id == application_id, SubmissionRow.id != submission.id
    )
    session.execute(
        delete(OutboxRow).where(OutboxRow.submission_id.in_(older), OutboxRow.is_set_aside)
    )
    session.add(OutboxRow(submission_id=submission.id, queued_at=now))
    requests.follow(session, application_id, submission.id)
    close(session, application_id, now)
    return queued


def close(session: Session, application_id: str, now: datetime) -> None:
    """Make a draft finalized; what the office wanted mended is done with."""
    application = session.get_one(ApplicationRow, application_id)
    application.state = next_state(KIOSK_STATES, application.state, FINALIZED)
    application.returned_note = ""
    application.updated_at = now
    session.execute(delete(ReturnedItemRow).where(ReturnedItemRow.application_id == application_id))
    add_entry(
        session, application_id, now, "finalized",
        reference=application.reference or "", revision=str(application.revision),
    )  # fmt: skip


def reopen(session: Session, application_id: str, now: datetime) -> None:
    """Make an application a draft of its next revision."""
    application = session.get_one(ApplicationRow, application_id)
    application.state = next_state(KIOSK_STATES, application.state, DRAFT)
    application.revision += 1
    application.page = ""
    application.updated_at = now
    add_entry(session, application_id, now, "correcting", revision=str(application.revision))


def submission_of(session: Session, application_id: str) -> tuple[str, str, str] | None:
    """Return the newest submission's id, its application's reference, and its manifest's digest."""
    row = session.execute(
        select(SubmissionRow.id, ApplicationRow.reference, SubmissionRow.manifest_digest)
        .join(ApplicationRow, ApplicationRow.id == SubmissionRow.application_id)
        .where(SubmissionRow.application_id == application_id)
        .order_by(SubmissionRow.revision.desc())
        .limit(1)
    ).first()
    return (row[0], row[1] or "", row[2]) if row else None


def _name_records(
    session: Session,
    manifest: SealedManifest,
    documents: Sequence[SealedDocument],
    now: datetime,
) -> int:
    queued = manifest.sealed_bytes
    session.add(_record(manifest.digest, RecordKind.MANIFEST, manifest.sealed_bytes, "", now))
    for document in documents:
        known = session.get(RecordRow, document.blob_digest)
        if known is None:
            size, content = document.sealed_bytes, document.content_digest
            session.add(_record(document.blob_digest, RecordKind.BLOB, size, content, now))
        if known is None or not known.is_held_by_office:
            queued += document.sealed_bytes
    session.flush()
    session.add(
        SubmissionRecordRow(
            submission_id=manifest.submission_id, position=0, digest=manifest.digest
        )
    )
    for position, document in enumerate(documents, start=1):
        session.add(
            SubmissionRecordRow(
                submission_id=manifest.submission_id,
                position=position,
                digest=document.blob_digest,
                need=document.need,
                type=document.type,
                media_type=document.media_type,
                page_count=document.page_count,
                size_bytes=document.size_bytes,
            )
        )
    return queued


def _record(
    digest: str, kind: RecordKind, size_bytes: int, content_digest: str, now: datetime
) -> RecordRow:
    return RecordRow(
        digest=digest,
        kind=int(kind),
        size_bytes=size_bytes,
        content_digest=content_digest,
        made_at=now,
    )
