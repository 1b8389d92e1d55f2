"""Opens sealed records for one person's view, with a line in the audit trail.

Never writes what it opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import LocalFault, RemoteError, UserError
from app.office import audit
from app.office.receiving import ask_again
from app.office.tables import ApplicationRow, SubmissionDocumentRow, SubmissionRow
from app.protocol.manifest import Manifest, open_manifest
from app.protocol.sealing import digest_of, unseal

if TYPE_CHECKING:
    from app.office.context import Office


class OpenedDocument(msgspec.Struct, frozen=True):
    """A document unsealed for one view; never written anywhere."""

    need: str
    type: str
    media_type: str
    content: bytes
    content_digest: str

    def __repr__(self) -> str:
        return f"OpenedDocument({self.need})"


def unseal_submission(
    office: Office,
    who: str,
    application_id: str,
    revision: int | None,
    *,
    what: str = "open_submission",
) -> Manifest:
    """Return a complete submission's manifest; errors as ``review.open_submission``.

    Args:
        office: ours.
        who: as the trail names it.
        application_id: whose.
        revision: the newest when None.
        what: it is opened for, as the trail names it.
    """
    with office.database.read() as session:
        submission = received_submission(session, application_id, revision)
    sealed = _sealed(office, submission, submission.manifest_digest)
    manifest = open_manifest(sealed, office.keys.keys.identity).manifest
    with office.database.write() as session:
        audit.note(
            session,
            office.clock.now(),
            who,
            what,
            application_id,
            revision=submission.revision,
        )
    return manifest


def unseal_document(
    office: Office,
    who: str,
    application_id: str,
    revision: int,
    need: str,
    *,
    what: str = "open_document",
) -> OpenedDocument:
    """Return one document, as ``unseal_submission``; errors as ``review.open_document``."""
    with office.database.read() as session:
        submission = received_submission(session, application_id, revision)
        document = session.scalars(
            select(SubmissionDocumentRow).where(
                SubmissionDocumentRow.submission_id == submission.id,
                SubmissionDocumentRow.need == need,
            )
        ).first()
    if document is None:
        raise UserError("document_unknown")
    content = read_content(office, submission, document.blob_digest, document.content_digest)
    verdict = "wrong" if content is None else "right"
    now = office.clock.now()
    with office.database.write() as session:
        key = (document.submission_id, document.position)
        kept = session.get_one(SubmissionDocumentRow, key)
        is_first = kept.verdict != verdict
        kept.verdict = verdict
        facts: dict[str, str | int] = {"revision": submission.revision, "need": need}
        audit.note(session, now, who, what, application_id, **facts)
        if verdict == "wrong" and is_first:
            audit.note(session, now, audit.OFFICE, "document_wrong", application_id, **facts)
    if content is None:
        raise RemoteError("document_wrong", is_retryable=False)
    return OpenedDocument(
        need, document.type, document.media_type, content, document.content_digest
    )


def received_submission(
    session: Session, application_id: str, revision: int | None
) -> SubmissionRow:
    """Return a complete submission, the newest when no revision is named.

    Raises:
        UserError: ``application_unknown``.
    """
    application = session.get(ApplicationRow, application_id)
    if application is None:
        raise UserError("application_unknown")
    submission = session.scalars(
        select(SubmissionRow).where(
            SubmissionRow.application_id == application_id,
            SubmissionRow.revision == (application.revision if revision is None else revision),
            SubmissionRow.received_at.is_not(None),
        )
    ).one_or_none()
    if submission is None:
        raise UserError("application_unknown")
    return submission


def read_content(
    office: Office, submission: SubmissionRow, digest: str, content_digest: str
) -> bytes | None:
    """Return a blob's bytes if they are what the device vouched for, else None.

    Raises:
        LocalFault: ``record_missing``; the device is asked for it.
    """
    sealed = _sealed(office, submission, digest)
    try:
        content = unseal(sealed, office.keys.keys.identity)
    except RemoteError:
        return None
    return content if digest_of(content) == content_digest else None


def _sealed(office: Office, submission: SubmissionRow, digest: str) -> bytes:
    try:
        return office.blobs.read(digest)
    except LocalFault as fault:
        if fault.code == "record_missing":
            with office.database.write() as session:
                ask_again(session, office, submission, digest)
        raise
