"""A submission becomes received: receipt, application and event in one transaction, once all its documents are here.

Never receives half a submission, and never the same one twice.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import Receipt
from app.errors import BugError
from app.office.events import say
from app.office.tables import (
    ApplicationRow,
    DecisionRow,
    RecordRow,
    SubmissionDocumentRow,
    SubmissionRow,
)
from app.protocol.manifest import Manifest, open_manifest
from app.protocol.record import RecordKind

if TYPE_CHECKING:
    from app.office.context import Office

#: In these the newest revision goes (again) to the officers; later on a late revision only gets its receipt.
_OPEN_STATES = frozenset({"received", "in_review", "returned"})
_MOST_NAME_LETTERS = 200


def receive_submission(session: Session, office: Office, submission: SubmissionRow) -> bool:
    """Give the receipt if every document is here; tell whether it was given."""
    digests = session.scalars(
        select(SubmissionDocumentRow.blob_digest)
        .where(SubmissionDocumentRow.submission_id == submission.id)
        .order_by(SubmissionDocumentRow.position)
    ).all()
    if not _are_here(session, set(digests)):
        return False
    submission.received_at = office.clock.now()
    receipt = Receipt(
        submission.id, submission.manifest_digest, tuple(digests), submission.received_at
    )
    submission.receipt_event = say(
        session, office, submission.device_id, receipt, submission.application_id
    )
    _file_application(session, office, submission)
    return True


def _are_here(session: Session, digests: set[str]) -> bool:
    held = session.scalars(
        select(RecordRow.digest).where(
            RecordRow.digest.in_(digests), RecordRow.kind == int(RecordKind.BLOB)
        )
    ).all()
    return set(held) == digests


def _file_application(session: Session, office: Office, submission: SubmissionRow) -> None:
    application = session.get(ApplicationRow, submission.application_id)
    if application is not None and (
        application.revision > submission.revision or application.state not in _OPEN_STATES
    ):
        return
    manifest = open_manifest(
        office.blobs.read(submission.manifest_digest), office.keys.keys.identity
    ).manifest
    from_state = application.state if application is not None else ""
    if application is None:
        application = _new_application(submission, manifest)
        session.add(application)
    _update(office, application, submission, manifest)
    session.flush()
    session.add(
        DecisionRow(
            application_id=application.id,
            revision=submission.revision,
            at=application.received_at,
            from_state=from_state,
            to_state=application.state,
        )
    )


def _new_application(submission: SubmissionRow, manifest: Manifest) -> ApplicationRow:
    if submission.received_at is None:
        raise BugError("submission_not_received")
    return ApplicationRow(
        id=submission.application_id,
        reference=submission.reference,
        device_id=submission.device_id,
        service_id=manifest.service,
        is_training=manifest.training,
        first_received_at=submission.received_at,
    )


def _update(
    office: Office, application: ApplicationRow, submission: SubmissionRow, manifest: Manifest
) -> None:
    if submission.received_at is None:
        raise BugError("submission_not_received")
    application.catalogue_version = manifest.catalogue_version
    application.state = "received"
    application.assigned_to = None
    application.revision = submission.revision
    application.applicant_name = manifest.answers.get("full_name", "").upper()[:_MOST_NAME_LETTERS]
    application.birth_date = _iso_date(manifest.answers.get("birth_date", ""))
    application.nik_digest = office.keys.nik_digest(manifest.answers.get("nik", ""))
    application.received_at = submission.received_at
    application.updated_at = submission.received_at


def _iso_date(untrusted: str) -> str:
    try:
        return date.fromisoformat(untrusted).isoformat()
    except ValueError:
        return ""
