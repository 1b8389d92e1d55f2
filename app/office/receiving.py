"""A submission becomes received once all its documents are here, in one transaction.

Never receives half a submission, and never the same one twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.domain.events import MissingRecords, Receipt
from app.errors import BugError
from app.office import audit
from app.office.catalogues import service_in
from app.office.events import say
from app.office.tables import (
    ApplicationRow,
    DecisionRow,
    RecordRow,
    SubmissionDocumentRow,
    SubmissionRow,
)
from app.office.verifying.twice import mark_passports
from app.protocol.manifest import Manifest, open_manifest

if TYPE_CHECKING:
    from app.office.context import Office

#: In these the newest revision goes (again) to the officers; later on a late revision only gets its
#: receipt, unless the form that was decided on is lost.
_OPEN_STATES = frozenset({"received", "in_review", "returned"})
_MOST_NAME_LETTERS = 200


def receive_submission(session: Session, office: Office, submission: SubmissionRow) -> bool:
    """Give the receipt if every document is here; tell whether it was given."""
    if not _is_here(session, office, submission):
        return False
    submission.received_at = office.clock.now()
    _give_receipt(session, office, submission)
    _file_application(session, office, submission)
    return True


def repeat_receipts(session: Session, office: Office, digest: str) -> None:
    """Give the receipts once more that name a record which was lost and has come again.

    The device put its submission back to wait when it was asked, and waits for a receipt.
    """
    naming = exists().where(
        SubmissionDocumentRow.submission_id == SubmissionRow.id,
        SubmissionDocumentRow.blob_digest == digest,
    )
    submissions = session.scalars(
        select(SubmissionRow)
        .where(
            SubmissionRow.received_at.is_not(None),
            (SubmissionRow.manifest_digest == digest) | naming,
        )
        .order_by(SubmissionRow.revision)
    ).all()
    for submission in submissions:
        if _is_here(session, office, submission):
            _give_receipt(session, office, submission)


def ask_again(session: Session, office: Office, submission: SubmissionRow, digest: str) -> None:
    """Ask the device for a record that the office once had, once for each loss."""
    now = office.clock.now()
    record = session.get_one(RecordRow, digest)
    if record.missing_since is not None:
        return
    record.missing_since = now
    say(
        session,
        office,
        submission.device_id,
        MissingRecords((digest,)),
        submission.application_id,
    )
    audit.note(
        session, now, audit.OFFICE, "record_missing", submission.application_id, digest=digest
    )


def _give_receipt(session: Session, office: Office, submission: SubmissionRow) -> None:
    receipt = Receipt(
        submission.id,
        submission.manifest_digest,
        tuple(_digests(session, submission)),
        _received_at(submission),
        submission.reference,
        submission.revision,
    )
    submission.receipt_event = say(
        session, office, submission.device_id, receipt, submission.application_id
    )


def _received_at(submission: SubmissionRow) -> datetime:
    if submission.received_at is None:
        raise BugError("submission_not_received")
    return submission.received_at


def _digests(session: Session, submission: SubmissionRow) -> Sequence[str]:
    return session.scalars(
        select(SubmissionDocumentRow.blob_digest)
        .where(SubmissionDocumentRow.submission_id == submission.id)
        .order_by(SubmissionDocumentRow.position)
    ).all()


def _is_here(session: Session, office: Office, submission: SubmissionRow) -> bool:
    """Tell whether the manifest and every document it names are here, and not by memory alone.

    A disk may forget what the database remembers, and after a receipt the device may forget too:
    what is gone is asked for.
    """
    wanted = {submission.manifest_digest, *_digests(session, submission)}
    if not _are_known(session, wanted):
        return False
    lost = sorted(digest for digest in wanted if not office.blobs.has(digest))
    for digest in lost:
        ask_again(session, office, submission, digest)
    return not lost


def _are_known(session: Session, wanted: set[str]) -> bool:
    held = session.scalars(
        select(RecordRow.digest).where(
            RecordRow.digest.in_(wanted), RecordRow.missing_since.is_(None)
        )
    ).all()
    return set(held) == wanted


def _file_application(session: Session, office: Office, submission: SubmissionRow) -> None:
    application = session.get(ApplicationRow, submission.application_id)
    is_decided = application is not None and application.state not in _OPEN_STATES
    if application is not None:
        is_late = application.revision > submission.revision
        if is_late or (is_decided and not _has_lost_its_form(session, office, application)):
            return
    received_at = _received_at(submission)
    manifest = open_manifest(
        office.blobs.read(submission.manifest_digest), office.keys.keys.identity
    ).manifest
    if application is not None and is_decided:
        _put_in_place(session, office, application, manifest)
        return
    from_state = application.state if application is not None else ""
    if application is None:
        application = ApplicationRow(**new_application(office, manifest, received_at))
        session.add(application)
    else:
        _change(application, _received(office, manifest, received_at))
    session.flush()
    mark_passports(session, office, application, passports_of(session, office, manifest))
    session.add(DecisionRow(**came_in(manifest, received_at, from_state)))


def came_in(manifest: Manifest, at: datetime, from_state: str = "") -> dict[str, Any]:
    """Return what stands in an application's history when its newest revision has come."""
    return {
        "application_id": manifest.application_id,
        "revision": manifest.revision,
        "at": at,
        "from_state": from_state,
        "to_state": "received",
    }


def _has_lost_its_form(session: Session, office: Office, application: ApplicationRow) -> bool:
    """Tell whether the disk has lost the form that officers decided on."""
    digest = session.scalars(
        select(SubmissionRow.manifest_digest).where(
            SubmissionRow.application_id == application.id,
            SubmissionRow.revision == application.revision,
        )
    ).one()
    return not office.blobs.has(digest)


def _put_in_place(
    session: Session,
    office: Office,
    application: ApplicationRow,
    manifest: Manifest,
) -> None:
    """Let a correction stand for a form that is lost; what was decided stays, and the trail tells.

    Nothing could be done with the application without: its fee and its letters hang on the answers.
    """
    _change(application, {**_form(office, manifest), "updated_at": office.clock.now()})
    session.flush()
    mark_passports(session, office, application, passports_of(session, office, manifest))
    audit.note(
        session,
        office.clock.now(),
        audit.OFFICE,
        "form_replaced",
        application.id,
        revision=manifest.revision,
    )


def new_application(office: Office, manifest: Manifest, received_at: datetime) -> dict[str, Any]:
    """Return what stands in the row of an application whose first submission is received."""
    return {
        "id": manifest.application_id,
        "reference": manifest.reference,
        "device_id": manifest.device_id,
        "service_id": manifest.service,
        "is_training": manifest.training,
        "first_received_at": received_at,
        **_received(office, manifest, received_at),
    }


def _received(office: Office, manifest: Manifest, received_at: datetime) -> dict[str, Any]:
    """Return what every revision that is received changes."""
    return {
        **_form(office, manifest),
        "state": "received",
        "assigned_to": None,
        "received_at": received_at,
        "updated_at": received_at,
    }


def _form(office: Office, manifest: Manifest) -> dict[str, Any]:
    """Return what lists show of the form."""
    return {
        "catalogue_version": manifest.catalogue_version,
        "revision": manifest.revision,
        "applicant_name": manifest.answers.get("full_name", "").upper()[:_MOST_NAME_LETTERS],
        "birth_date": _iso_date(manifest.answers.get("birth_date", "")),
        "nik_digest": office.keys.nik_digest(manifest.answers.get("nik", "")),
    }


def _change(application: ApplicationRow, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(application, name, value)


def passports_of(session: Session, office: Office, manifest: Manifest) -> frozenset[str]:
    """Return the passport numbers among the answers."""
    service = service_in(session, office, manifest.catalogue_version, manifest.service)
    fields = service.fields() if service is not None else ()
    named = {field.id for field in fields if field.kind == "passport_number"}
    return frozenset(manifest.answers[name] for name in named if manifest.answers.get(name))


def _iso_date(untrusted: str) -> str:
    try:
        return date.fromisoformat(untrusted).isoformat()
    except ValueError:
        return ""
