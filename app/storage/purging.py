"""What may go once the office holds it: the files of an application past correction.

Never deletes a file itself, nor a row: rows are the history.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.lifecycle import RECEIVED
from app.protocol.record import RecordKind
from app.storage.tables import (
    ApplicationRow,
    OutboxRow,
    PageRow,
    RecordRow,
    SubmissionRecordRow,
    SubmissionRow,
)

#: In these the office may still return the application, and the applicant wants to see the pages.
_KEPT_FOR_CORRECTION = frozenset(
    {"", "received", "in_review", "returned", "suspended", "under_examination"}
)


def purge(session: Session, application_id: str) -> tuple[str, ...]:
    """Mark an application's files as gone once nobody here needs them any more.

    Everything is held by the office with a receipt, and the office's state is past correction. The
    rows stay: they are the history, and a later revision names unchanged documents by digest.

    Returns:
        The digests whose files the caller deletes after the commit; if it dies before, the sweep
        at the next start does.
    """
    application = session.get(ApplicationRow, application_id)
    if (
        application is None
        or application.state != RECEIVED
        or application.office_state in _KEPT_FOR_CORRECTION
        or _waits(session, application_id)
    ):
        return ()
    digests = select(SubmissionRecordRow.digest).join(
        SubmissionRow, SubmissionRow.id == SubmissionRecordRow.submission_id
    )
    records = session.scalars(
        update(RecordRow)
        .where(
            RecordRow.digest.in_(digests.where(SubmissionRow.application_id == application_id)),
            RecordRow.is_held_by_office.is_(True),
            RecordRow.is_purged.is_(False),
            # A few hundred bytes, sealed to the office: a restored office may want it again.
            RecordRow.kind != int(RecordKind.REQUEST),
        )
        .values(is_purged=True)
        .returning(RecordRow.digest)
    ).all()
    pages = session.execute(
        update(PageRow)
        .where(PageRow.application_id == application_id, PageRow.is_purged.is_(False))
        .values(is_purged=True)
        .returning(PageRow.blob_digest, PageRow.original_digest, PageRow.encoded_digest)
    ).all()
    return (*records, *(digest for page in pages for digest in page if digest))


def _waits(session: Session, application_id: str) -> bool:
    found = session.scalar(
        select(OutboxRow.submission_id)
        .join(SubmissionRow, SubmissionRow.id == OutboxRow.submission_id)
        .where(SubmissionRow.application_id == application_id)
        .limit(1)
    )
    return found is not None
