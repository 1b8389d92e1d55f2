"""One application as the operator and the status page see it: history, documents, submissions."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.storage.tables import (
    ApplicationRow,
    OutboxRow,
    PageRow,
    SubmissionRecordRow,
    SubmissionRow,
)


class ApplicationHead(msgspec.Struct, frozen=True):
    """Facts of one application."""

    id: str
    reference: str | None
    service_id: str
    catalogue_version: str
    name: str
    nik: str
    birth_date: str
    state: str
    office_state: str
    revision: int
    operator: str
    is_training: bool
    returned_note: str
    created_at: datetime
    updated_at: datetime


class SubmittedRevision(msgspec.Struct, frozen=True):
    """One submission and how its sending goes."""

    id: str
    revision: int
    manifest_digest: str
    finalized_at: datetime
    received_at: datetime | None
    #: SHA-256 of the signed receipt; empty without one.
    receipt_digest: str
    is_waiting: bool
    is_set_aside: bool
    attempts: int
    next_attempt_at: datetime | None
    last_error: str
    last_error_at: datetime | None


class DocumentFact(msgspec.Struct, frozen=True):
    """One document, by its pages here or as it was submitted last."""

    need: str
    type: str
    page_count: int
    size_bytes: int


def application(session: Session, application_id: str) -> ApplicationHead | None:
    """Return one application by its id."""
    row = session.get(ApplicationRow, application_id)
    return _head(row) if row else None


def by_reference(session: Session, reference: str) -> ApplicationHead | None:
    """Return one application by its reference."""
    row = session.scalar(select(ApplicationRow).where(ApplicationRow.reference == reference))
    return _head(row) if row else None


def submissions(session: Session, application_id: str) -> tuple[SubmittedRevision, ...]:
    """Return an application's submissions, newest first."""
    rows = session.execute(
        select(SubmissionRow, OutboxRow)
        .outerjoin(OutboxRow, OutboxRow.submission_id == SubmissionRow.id)
        .where(SubmissionRow.application_id == application_id)
        .order_by(SubmissionRow.revision.desc())
    )
    return tuple(_revision(row, outbox) for row, outbox in rows)


def documents(session: Session, application_id: str) -> tuple[DocumentFact, ...]:
    """Return an application's documents: of the pages, else of the newest submission."""
    of_pages = session.execute(
        select(PageRow.need, PageRow.type, func.count(), func.sum(PageRow.size_bytes))
        .where(PageRow.application_id == application_id)
        .group_by(PageRow.need)
        .order_by(func.min(PageRow.added_at))
    ).all()
    if of_pages:
        return tuple(DocumentFact(*row) for row in of_pages)
    newest = (
        select(SubmissionRow.id)
        .where(SubmissionRow.application_id == application_id)
        .order_by(SubmissionRow.revision.desc())
        .limit(1)
        .scalar_subquery()
    )
    submitted = session.execute(
        select(
            SubmissionRecordRow.need,
            SubmissionRecordRow.type,
            SubmissionRecordRow.page_count,
            SubmissionRecordRow.size_bytes,
        )
        .where(SubmissionRecordRow.submission_id == newest, SubmissionRecordRow.position > 0)
        .order_by(SubmissionRecordRow.position)
    )
    return tuple(DocumentFact(*row) for row in submitted)


def _head(row: ApplicationRow) -> ApplicationHead:
    return ApplicationHead(
        id=row.id,
        reference=row.reference,
        service_id=row.service_id,
        catalogue_version=row.catalogue_version,
        name=row.applicant_name,
        nik=row.applicant_nik,
        birth_date=row.birth_date,
        state=row.state,
        office_state=row.office_state,
        revision=row.revision,
        operator=row.operator,
        is_training=row.is_training,
        returned_note=row.returned_note,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _revision(row: SubmissionRow, outbox: OutboxRow | None) -> SubmittedRevision:
    return SubmittedRevision(
        id=row.id,
        revision=row.revision,
        manifest_digest=row.manifest_digest,
        finalized_at=row.finalized_at,
        received_at=row.received_at,
        receipt_digest=row.receipt_digest or "",
        is_waiting=outbox is not None,
        is_set_aside=outbox is not None and outbox.is_set_aside,
        attempts=outbox.attempts if outbox else 0,
        next_attempt_at=outbox.next_attempt_at if outbox else None,
        last_error=outbox.last_error if outbox else "",
        last_error_at=outbox.last_error_at if outbox else None,
    )
