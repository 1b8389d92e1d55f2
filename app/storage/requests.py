"""What applicants asked of the office after sending: queued, taken, refused.

Each function is part of one transaction of the caller and changes nothing when called twice.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.events import ParcelSent
from app.domain.requests import Request, RequestBody, kind_of
from app.protocol.record import RecordKind
from app.storage.sending import close_outbox
from app.storage.supplements import MadeRecord, name_beside, next_position
from app.storage.tables import (
    ApplicationRow,
    OutboxRow,
    RecordRow,
    RequestRow,
    SubmissionRecordRow,
    SubmissionRow,
)
from app.storage.timeline import add_entry


class AskedOffice(msgspec.Struct, frozen=True):
    """One request and what came of it."""

    id: str
    made_at: datetime
    body: RequestBody
    #: None until the office has it.
    taken_at: datetime | None
    #: Why the office did not do it; empty when it did, or has not yet.
    code: str


def newest_submission(session: Session, application_id: str) -> str:
    """Return the id of the application's newest submission, empty before the first."""
    return (
        session.scalars(
            select(SubmissionRow.id)
            .where(SubmissionRow.application_id == application_id)
            .order_by(SubmissionRow.revision.desc())
            .limit(1)
        ).first()
        or ""
    )


def waits_for_answer(session: Session, application_id: str, kind: str) -> bool:
    """Tell whether a request of this kind was made and not answered yet."""
    waiting = select(RequestRow.id).where(
        RequestRow.application_id == application_id,
        RequestRow.kind == kind,
        RequestRow.taken_at.is_(None),
    )
    return session.scalars(waiting.limit(1)).first() is not None


def keep_request(session: Session, request: Request, made: MadeRecord, now: datetime) -> None:
    """Queue a request behind the application's newest submission.

    Args:
        session: a session for writing.
        request: what is asked.
        made: its record, whole on the disk.
        now: the time.
    """
    submission_id = newest_submission(session, request.application_id)
    name_beside(session, submission_id, (made,), now)
    kind = kind_of(request.body)
    session.add(
        RequestRow(
            id=request.id,
            application_id=request.application_id,
            kind=kind,
            body=msgspec.json.encode(request.body).decode(),
            digest=made.digest,
            made_at=now,
        )
    )
    if session.get(OutboxRow, submission_id) is None:
        session.add(OutboxRow(submission_id=submission_id, queued_at=now))
    session.get_one(ApplicationRow, request.application_id).updated_at = now
    add_entry(session, request.application_id, now, f"asked_{kind}")


def follow(session: Session, application_id: str, submission_id: str) -> None:
    """Let what has no answer yet travel behind a newer submission as well.

    The one it was made behind may have been set aside, and then carries nothing any more.
    """
    digests = session.scalars(
        select(RequestRow.digest)
        .where(RequestRow.application_id == application_id, RequestRow.taken_at.is_(None))
        .order_by(RequestRow.made_at, RequestRow.id)
    ).all()
    first = next_position(session, submission_id)
    for position, digest in enumerate(digests, start=first):
        session.add(
            SubmissionRecordRow(submission_id=submission_id, position=position, digest=digest)
        )


def keep_answer(session: Session, digest: str, code: str, now: datetime) -> str:
    """Write that the office holds a request; return the application's id, empty if unknown."""
    row = session.scalars(select(RequestRow).where(RequestRow.digest == digest)).first()
    if row is None:
        return ""
    session.execute(
        update(RecordRow).where(RecordRow.digest == digest).values(is_held_by_office=True)
    )
    for submission_id in session.scalars(
        select(SubmissionRow.id).where(SubmissionRow.application_id == row.application_id)
    ):
        close_outbox(session, submission_id)
    if row.taken_at is None:
        row.taken_at, row.code = now, code
        if code:
            add_entry(session, row.application_id, now, "request_refused", kind=row.kind, code=code)
    return row.application_id


def keep_parcel(session: Session, application_id: str, sent: ParcelSent, now: datetime) -> bool:
    """Write down that the passport left by post; False when the application is unknown here."""
    if session.get(ApplicationRow, application_id) is None:
        return False
    add_entry(session, application_id, now, "parcel", tracking=sent.tracking)
    return True


def asked(session: Session, application_id: str) -> tuple[AskedOffice, ...]:
    """Return what was asked for an application, oldest first."""
    rows = session.scalars(
        select(RequestRow)
        .where(RequestRow.application_id == application_id)
        .order_by(RequestRow.made_at, RequestRow.id)
    )
    return tuple(
        AskedOffice(
            row.id,
            row.made_at,
            msgspec.json.decode(row.body, type=RequestBody),
            row.taken_at,
            row.code,
        )
        for row in rows
    )


def record_of(digest: str, sealed_bytes: int) -> MadeRecord:
    """Return a request's record as the store writes it down."""
    return MadeRecord(digest, RecordKind.REQUEST, sealed_bytes)
