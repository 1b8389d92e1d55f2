"""One application as the operator and the status page see it: history, documents, submissions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

#: What an operator opens a hundred times a day skips SQLAlchemy's compiler and its row objects.
_HEAD = (
    "SELECT id, reference, service_id, catalogue_version, applicant_name, applicant_nik,"
    " birth_date, state, office_state, revision, operator, returned_note, is_training,"
    " created_at, updated_at"
    " FROM applications WHERE"
)
_BY_ID = f"{_HEAD} id = ?"
_BY_REFERENCE = f"{_HEAD} reference = ?"
_OF_PERSON = (
    f"{_HEAD} applicant_nik = ? AND birth_date = ? AND reference IS NOT NULL AND NOT is_training"
    " ORDER BY created_at DESC LIMIT ?"
)
_SUBMISSIONS = (
    "SELECT s.id, s.revision, s.manifest_digest, s.finalized_at, s.received_at, s.receipt_digest,"
    " o.submission_id IS NOT NULL, o.is_set_aside, o.attempts, o.next_attempt_at, o.last_error,"
    " o.last_error_at FROM submissions s LEFT JOIN outbox o ON o.submission_id = s.id"
    " WHERE s.application_id = ? ORDER BY s.revision DESC"
)
_DOCUMENTS_OF_PAGES = (
    "SELECT need, type, count(*), sum(size_bytes) FROM pages WHERE application_id = ?"
    " GROUP BY need ORDER BY min(added_at)"
)
_DOCUMENTS_SUBMITTED = (
    "SELECT need, type, page_count, size_bytes FROM submission_records WHERE submission_id ="
    " (SELECT id FROM submissions WHERE application_id = ? ORDER BY revision DESC LIMIT 1)"
    " AND position > 0 ORDER BY position"
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
    returned_note: str
    is_training: bool
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
    return _head(session, _BY_ID, application_id)


def by_reference(session: Session, reference: str) -> ApplicationHead | None:
    """Return one application by its reference."""
    return _head(session, _BY_REFERENCE, reference)


def of_person(
    session: Session, nik: str, birth_date: str, most: int
) -> tuple[ApplicationHead, ...]:
    """Return what was finalized here under a NIK and a birth date, newest first."""
    run = session.connection().exec_driver_sql
    return tuple(_read_head(row) for row in run(_OF_PERSON, (nik, birth_date, most)))


def submissions(session: Session, application_id: str) -> tuple[SubmittedRevision, ...]:
    """Return an application's submissions, newest first."""
    rows = session.connection().exec_driver_sql(_SUBMISSIONS, (application_id,))
    return tuple(
        SubmittedRevision(
            id=row_id,
            revision=revision,
            manifest_digest=manifest_digest,
            finalized_at=datetime.fromisoformat(finalized_at),
            received_at=_moment(received_at),
            receipt_digest=receipt_digest or "",
            is_waiting=bool(is_waiting),
            is_set_aside=bool(is_set_aside),
            attempts=attempts or 0,
            next_attempt_at=_moment(next_attempt_at),
            last_error=last_error or "",
            last_error_at=_moment(last_error_at),
        )
        for (
            row_id, revision, manifest_digest, finalized_at, received_at, receipt_digest,
            is_waiting, is_set_aside, attempts, next_attempt_at, last_error, last_error_at,
        ) in rows
    )  # fmt: skip


def documents(session: Session, application_id: str) -> tuple[DocumentFact, ...]:
    """Return an application's documents: of the pages, else of the newest submission."""
    run = session.connection().exec_driver_sql
    found = run(_DOCUMENTS_OF_PAGES, (application_id,)).all()
    found = found or run(_DOCUMENTS_SUBMITTED, (application_id,)).all()
    return tuple(DocumentFact(*row) for row in found)


def _head(session: Session, statement: str, wanted: str) -> ApplicationHead | None:
    row = session.connection().exec_driver_sql(statement, (wanted,)).first()
    return None if row is None else _read_head(row)


def _read_head(row: Sequence[Any]) -> ApplicationHead:
    return ApplicationHead(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
        row[11], bool(row[12]), datetime.fromisoformat(row[13]), datetime.fromisoformat(row[14]),
    )  # fmt: skip


def _moment(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None
