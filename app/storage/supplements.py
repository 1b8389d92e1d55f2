"""Pages asked for as they were captured: which, what was made of the question, what came of it.

Each function is part of one transaction of the caller and changes nothing when called twice.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.lifecycle import DRAFT
from app.protocol.record import RecordKind
from app.storage.sending import close_outbox
from app.storage.tables import (
    ApplicationRow,
    OutboxRow,
    PageRow,
    RecordRow,
    SubmissionRecordRow,
    SubmissionRow,
    SupplementRow,
)
from app.storage.timeline import add_entry


class Asked(msgspec.Struct, frozen=True):
    """Which page the office wants."""

    submission_id: str
    need: str
    #: From 1.
    page: int


class Capture(msgspec.Struct, frozen=True):
    """A page as it was captured, sealed to this store."""

    blob_digest: str
    media_type: str


class MadeRecord(msgspec.Struct, frozen=True):
    """A record whose file is whole on the disk."""

    digest: str
    kind: RecordKind
    sealed_bytes: int
    #: Of a blob: before sealing.
    content_digest: str = ""


def is_answered(session: Session, asked: Asked) -> bool:
    """Tell whether this page's supplement was made before."""
    return session.get(SupplementRow, (asked.submission_id, asked.need, asked.page)) is not None


def application_of(session: Session, asked: Asked) -> str:
    """Return the application of the submission, empty when it was never made here."""
    row = session.get(SubmissionRow, asked.submission_id)
    return row.application_id if row else ""


def capture_of(session: Session, asked: Asked) -> Capture | None:
    """Return the page's capture; None when it is gone, or replaced since that submission."""
    submission = session.get_one(SubmissionRow, asked.submission_id)
    application = session.get_one(ApplicationRow, submission.application_id)
    if application.state == DRAFT or application.revision != submission.revision or asked.page < 1:
        return None
    page = session.scalars(
        select(PageRow)
        .where(PageRow.application_id == application.id, PageRow.need == asked.need)
        .order_by(PageRow.position)
        .offset(asked.page - 1)
        .limit(1)
    ).first()
    if page is None or page.is_purged or not page.original_digest:
        return None
    return Capture(page.original_digest, page.original_media_type)


def keep_supplement(
    session: Session, asked: Asked, supplement: MadeRecord, page: MadeRecord | None, now: datetime
) -> str:
    """Queue the answer behind the submission it belongs to; return the application's id.

    Args:
        session: a session for writing.
        asked: the question.
        supplement: its answer.
        page: the captured page; None when it is no longer held.
        now: the time.
    """
    submission = session.get_one(SubmissionRow, asked.submission_id)
    name_beside(session, submission.id, (supplement, page) if page else (supplement,), now)
    session.add(
        SupplementRow(
            submission_id=submission.id,
            need=asked.need,
            page=asked.page,
            digest=supplement.digest,
            blob_digest=page.digest if page else "",
            asked_at=now,
        )
    )
    if session.get(OutboxRow, submission.id) is None:
        session.add(OutboxRow(submission_id=submission.id, queued_at=now))
    add_entry(session, submission.application_id, now, "page_asked")
    return submission.application_id


def keep_taken(session: Session, digest: str, now: datetime) -> str:
    """Write that the office holds an answer; return the application's id, empty if unknown."""
    row = session.scalars(select(SupplementRow).where(SupplementRow.digest == digest)).first()
    if row is None:
        return ""
    row.taken_at = row.taken_at or now
    session.execute(
        update(RecordRow)
        .where(RecordRow.digest.in_((row.digest, row.blob_digest)))
        .values(is_held_by_office=True)
    )
    close_outbox(session, row.submission_id)
    return session.get_one(SubmissionRow, row.submission_id).application_id


def name_beside(
    session: Session, submission_id: str, made: tuple[MadeRecord, ...], now: datetime
) -> None:
    """Write records down behind those that the submission already has."""
    for position, record in enumerate(made, start=next_position(session, submission_id)):
        session.add(
            RecordRow(
                digest=record.digest,
                kind=int(record.kind),
                size_bytes=record.sealed_bytes,
                content_digest=record.content_digest,
                made_at=now,
            )
        )
        session.flush()
        session.add(
            SubmissionRecordRow(
                submission_id=submission_id, position=position, digest=record.digest
            )
        )


def next_position(session: Session, submission_id: str) -> int:
    """Return the place behind a submission's last record."""
    last = session.scalar(
        select(func.max(SubmissionRecordRow.position)).where(
            SubmissionRecordRow.submission_id == submission_id
        )
    )
    return (last or 0) + 1
