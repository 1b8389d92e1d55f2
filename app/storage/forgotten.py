"""What the office received from this device and this store no longer knows.

Happens after a backup was put back that is older than the submission. Never invents what was in it:
that is at the office alone.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import Receipt
from app.domain.ids import parse_reference, short_proof
from app.domain.lifecycle import (
    DRAFT,
    FINALIZED,
    KIOSK_STATES,
    OFFICE_STATES,
    RECEIVED,
    may_become,
    next_state,
)
from app.errors import AppError
from app.protocol.sealing import digest_of
from app.storage.received import Submitted
from app.storage.settings import read_setting, write_setting
from app.storage.tables import ApplicationRow, EnrolmentRow, RecordRow, SubmissionRow
from app.storage.timeline import add_entry

_FORGOTTEN = "forgotten_receipts"


class Forgotten(msgspec.Struct, frozen=True):
    """One application that only the office still has."""

    application_id: str
    #: Empty from an older office.
    reference: str
    received_at: datetime


def keep_forgotten(
    session: Session, application_id: str, receipt: Receipt, signed: bytes, now: datetime
) -> bool:
    """Write down a receipt for a submission that is not here; tell whether its application is.

    An application that is here becomes what it is at the office: received, in that revision and
    under that reference, so that nobody submits it a second time. One that is not is remembered for
    the operator. Either way its reference is never given again.
    """
    _skip_serial(session, receipt.reference)
    application = session.get(ApplicationRow, application_id)
    if application is None:
        known = forgotten(session)
        if all(one.application_id != application_id for one in known):
            new = Forgotten(application_id, receipt.reference, receipt.received_at)
            write_setting(session, _FORGOTTEN, msgspec.json.encode((*known, new)).decode())
        return False
    digest = digest_of(signed)
    if receipt.revision and not _has_revision(session, application_id, receipt.revision):
        session.add(
            SubmissionRow(
                id=receipt.submission_id,
                application_id=application_id,
                revision=receipt.revision,
                manifest_digest=receipt.manifest_digest,
                finalized_at=receipt.received_at,
                received_at=receipt.received_at,
                receipt=signed,
                receipt_digest=digest,
            )
        )
        if receipt.revision >= application.revision:
            _catch_up(session, application, receipt, now)
    add_entry(session, application_id, now, "received_before_restore", proof=short_proof(digest))
    return True


def is_without_records(session: Session, submission: Submitted) -> bool:
    """Tell whether a submission is known by its receipt alone, as ``keep_forgotten`` wrote it."""
    return session.get(RecordRow, submission.manifest_digest) is None


def forgotten(session: Session) -> tuple[Forgotten, ...]:
    """Return the applications that only the office still has."""
    written = read_setting(session, _FORGOTTEN)
    return msgspec.json.decode(written, type=tuple[Forgotten, ...]) if written else ()


def _catch_up(
    session: Session, application: ApplicationRow, receipt: Receipt, now: datetime
) -> None:
    application.revision = receipt.revision
    if not application.reference and not _is_given(session, receipt.reference):
        application.reference = receipt.reference
    if application.state == DRAFT:
        application.state = next_state(KIOSK_STATES, DRAFT, FINALIZED)
    if may_become(KIOSK_STATES, application.state, RECEIVED):
        application.state = RECEIVED
    if may_become(OFFICE_STATES, application.office_state or "returned", "received"):
        application.office_state = "received"
    application.updated_at = now


def _has_revision(session: Session, application_id: str, revision: int) -> bool:
    wanted = select(SubmissionRow.id).where(
        SubmissionRow.application_id == application_id, SubmissionRow.revision == revision
    )
    return session.scalars(wanted).first() is not None


def _is_given(session: Session, reference: str) -> bool:
    wanted = select(ApplicationRow.id).where(ApplicationRow.reference == reference)
    return not reference or session.scalars(wanted).first() is not None


def _skip_serial(session: Session, reference: str) -> None:
    row = session.get(EnrolmentRow, 1)
    try:
        code, serial, _ = parse_reference(reference).split("-")
    except AppError:
        return
    if row is not None and code == row.device_code and int(serial) <= row.last_serial:
        row.next_serial = max(row.next_serial, int(serial) + 1)
