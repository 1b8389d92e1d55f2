"""What the office said, written down: events, receipts, returns, states.

Never judges a signature or a digest: ``app.sync`` has done that before it calls. Each function is
part of one transaction of the caller and changes nothing when called twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain.events import ReturnedItem
from app.domain.lifecycle import DRAFT, KIOSK_STATES, OFFICE_STATES, RECEIVED, may_become
from app.protocol.marks import Mark, mark_of
from app.storage.contact import set_cursor
from app.storage.sending import close_outbox
from app.storage.settings import read_setting, write_setting
from app.storage.tables import (
    ApplicationRow,
    EventRow,
    OutboxRow,
    RecordRow,
    ReturnedItemRow,
    SubmissionRecordRow,
    SubmissionRow,
)
from app.storage.timeline import add_entry

_UNREAD = "unread_events"


class Submitted(msgspec.Struct, frozen=True):
    """What the kiosk once sent, to compare a receipt with."""

    id: str
    application_id: str
    reference: str
    manifest_digest: str
    #: Every blob digest, in the manifest's order.
    document_digests: tuple[str, ...]


def event_kept(session: Session, number: int) -> bytes | None:
    """Return the signed bytes of an event, None when it never came."""
    return session.scalar(select(EventRow.signed).where(EventRow.number == number))


def keep_event(
    session: Session,
    number: int,
    application_id: str,
    said_at: datetime,
    now: datetime,
    signed: bytes,
) -> None:
    """Keep an event as it was signed."""
    session.merge(
        EventRow(
            number=number,
            application_id=application_id,
            said_at=said_at,
            applied_at=now,
            signed=signed,
        )
    )


def events_after(session: Session, number: int) -> tuple[bytes, ...]:
    """Return the signed bytes of the events above a number."""
    return tuple(
        session.scalars(
            select(EventRow.signed).where(EventRow.number > number).order_by(EventRow.number)
        )
    )


def marks(session: Session, numbers: Sequence[int]) -> tuple[Mark, ...]:
    """Return the marks of those events among the numbers that were heard, newest first."""
    rows = session.execute(
        select(EventRow.number, EventRow.signed)
        .where(EventRow.number.in_(numbers))
        .order_by(EventRow.number.desc())
    )
    return tuple(mark_of(number, signed) for number, signed in rows)


def forget_after(session: Session, number: int) -> None:
    """Forget every event above a number: the office takes none of them for its own any more."""
    session.execute(delete(EventRow).where(EventRow.number > number))
    _write_unread(session, tuple(one for one in unread(session) if one <= number))
    set_cursor(session, number)


def doubt_receipt(session: Session, submission_id: str) -> None:
    """The office forgot that it received this: the receipt stays as proof, a new one is waited for.

    It counts as the first one when it comes.
    """
    session.execute(
        update(SubmissionRow).where(SubmissionRow.id == submission_id).values(received_at=None)
    )


def heard_about(session: Session, application_id: str) -> tuple[tuple[datetime, bytes], ...]:
    """Return the events about one application, oldest first: when applied, and as signed."""
    rows = session.execute(
        select(EventRow.applied_at, EventRow.signed)
        .where(EventRow.application_id == application_id)
        .order_by(EventRow.number)
    )
    return tuple((applied_at, signed) for applied_at, signed in rows)


def set_view(
    session: Session,
    application_id: str,
    office_state: str,
    items: Sequence[ReturnedItem],
    note: str,
    now: datetime,
) -> None:
    """Write what the office's state of an application was at an earlier moment.

    A draft keeps what was to be mended: somebody is mending it.
    """
    application = session.get(ApplicationRow, application_id)
    if application is None:
        return
    if office_state != application.office_state:
        add_entry(session, application_id, now, "office_restored")
    application.office_state = office_state
    if application.state != DRAFT:
        _write_returned(session, application, items, note)


def note_unread(session: Session, number: int, application_id: str, now: datetime) -> None:
    """Remember an event that this program does not understand, to be read by a newer one."""
    numbers = unread(session)
    if number in numbers:
        return
    _write_unread(session, (*numbers, number))
    if session.get(ApplicationRow, application_id) is not None:
        add_entry(session, application_id, now, "unread")


def unread(session: Session) -> tuple[int, ...]:
    """Return the numbers of the events that were not understood."""
    written = read_setting(session, _UNREAD)
    return msgspec.json.decode(written, type=tuple[int, ...]) if written else ()


def forget_unread(session: Session, number: int) -> None:
    """An event is understood now, or of no more use; it stays among the events."""
    _write_unread(session, tuple(one for one in unread(session) if one != number))


def is_outdated(session: Session, number: int, application_id: str) -> bool:
    """Tell whether something newer was heard about the same application."""
    newer = select(EventRow.number).where(
        EventRow.application_id == application_id, EventRow.number > number
    )
    return bool(application_id) and session.scalars(newer.limit(1)).first() is not None


def _write_unread(session: Session, numbers: tuple[int, ...]) -> None:
    write_setting(session, _UNREAD, msgspec.json.encode(numbers).decode())


def read_ahead(session: Session, application_ids: Collection[str]) -> list[object]:
    """Read at once what a run of events is about; while it is held, nothing of it is read again."""
    of_these = SubmissionRow.application_id.in_(application_ids)
    return [
        *session.scalars(select(ApplicationRow).where(ApplicationRow.id.in_(application_ids))),
        *session.scalars(select(SubmissionRow).where(of_these)),
    ]


def submitted(session: Session, name: str) -> Submitted | None:
    """Return one submission by its id or its manifest's digest, None if it was never made here."""
    row = session.get(SubmissionRow, name) or session.scalar(
        select(SubmissionRow).where(SubmissionRow.manifest_digest == name)
    )
    if row is None:
        return None
    digests = session.scalars(
        select(SubmissionRecordRow.digest)
        .where(SubmissionRecordRow.submission_id == row.id, SubmissionRecordRow.need != "")
        .order_by(SubmissionRecordRow.position)
    )
    application = session.get_one(ApplicationRow, row.application_id)
    return Submitted(
        row.id, row.application_id, application.reference or "", row.manifest_digest, tuple(digests)
    )


def keep_receipt(
    session: Session,
    submission: Submitted,
    signed: bytes,
    proof: tuple[str, str],
    received_at: datetime,
    now: datetime,
) -> None:
    """Write that the office holds a submission: the proof, its records, and no outbox row any more.

    Args:
        session: a session for writing.
        submission: what the receipt names.
        signed: the receipt as signed.
        proof: its digest, and the short form that people see.
        received_at: by the office's clock.
        now: by ours.
    """
    row = session.get_one(SubmissionRow, submission.id)
    is_first = row.received_at is None
    if is_first:
        row.receipt, row.receipt_digest, row.received_at = signed, proof[0], received_at
    session.execute(
        update(RecordRow)
        .where(RecordRow.digest.in_((submission.manifest_digest, *submission.document_digests)))
        .values(is_held_by_office=True)
    )
    close_outbox(session, submission.id)
    _close_others(session, submission)
    application = session.get_one(ApplicationRow, submission.application_id)
    if row.revision == application.revision:
        if may_become(KIOSK_STATES, application.state, RECEIVED):
            application.state = RECEIVED
        # Said again because a lost file came again, it tells nothing of the office's state.
        if is_first and may_become(
            OFFICE_STATES, application.office_state or "returned", "received"
        ):
            application.office_state = "received"
    if is_first:
        application.updated_at = now
        add_entry(session, application.id, now, "received", proof=proof[1])


def _close_others(session: Session, submission: Submitted) -> None:
    """Let go of what waited only because it shares a document with this submission."""
    named = (submission.manifest_digest, *submission.document_digests)
    others = session.scalars(
        select(SubmissionRecordRow.submission_id)
        .join(SubmissionRow, SubmissionRow.id == SubmissionRecordRow.submission_id)
        .where(
            SubmissionRecordRow.digest.in_(named),
            SubmissionRecordRow.submission_id != submission.id,
            SubmissionRow.received_at.is_not(None),
        )
        .distinct()
    ).all()
    for submission_id in others:
        close_outbox(session, submission_id)


def note_receipt_wrong(session: Session, submission: Submitted, code: str, now: datetime) -> None:
    """A receipt did not fit what was sent: the submission stays in the outbox, with the reason."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.submission_id == submission.id)
        .values(last_error=code, last_error_at=now)
    )


def keep_returned(
    session: Session,
    application_id: str,
    items: Sequence[ReturnedItem],
    note: str,
    now: datetime,
    since: datetime | None = None,
) -> bool:
    """Write what must be mended; False when this kiosk does not know the application.

    ``now`` and ``since`` are those of ``keep_state``.
    """
    application = session.get(ApplicationRow, application_id)
    if application is None:
        return False
    application.office_state = "returned"
    application.updated_at = now
    _write_returned(session, application, items, note)
    began = (since or now).isoformat()
    count = str(len(items))
    add_entry(session, application_id, now, "returned", note=note, count=count, since=began)
    return True


def _write_returned(
    session: Session, application: ApplicationRow, items: Sequence[ReturnedItem], note: str
) -> None:
    application.returned_note = note
    session.execute(delete(ReturnedItemRow).where(ReturnedItemRow.application_id == application.id))
    for item in items:
        session.merge(
            ReturnedItemRow(
                application_id=application.id, kind=item.kind, item=item.id, reason=item.reason
            )
        )


def keep_state(
    session: Session,
    application_id: str,
    state: str,
    reason: str,
    now: datetime,
    since: datetime | None = None,
) -> bool:
    """Write the office's state; False when the application is unknown here.

    The office decides; its own guard stood before this. A state that this program does not know yet
    shows in the timeline only.

    Args:
        session: a session for writing.
        application_id: whose.
        state: the office's word.
        reason: the office's words.
        now: when it was heard, which may be days later than ``since``.
        since: by the office's clock; deadlines count from it.
    """
    application = session.get(ApplicationRow, application_id)
    if application is None:
        return False
    if state in OFFICE_STATES:
        application.office_state = state
    application.updated_at = now
    began = (since or now).isoformat()
    add_entry(session, application_id, now, "state", state=state, reason=reason, since=began)
    return True


def keep_missing(session: Session, digests: Sequence[str], now: datetime) -> tuple[str, ...]:
    """The office lacks records: queue every received submission that names one.

    Returns:
        The ids of the submissions that wait again.
    """
    session.execute(
        update(RecordRow)
        .where(RecordRow.digest.in_(digests))
        .values(is_held_by_office=False, sent_at=None)
    )
    ids = session.scalars(
        select(SubmissionRecordRow.submission_id)
        .where(SubmissionRecordRow.digest.in_(digests))
        .distinct()
        .order_by(SubmissionRecordRow.submission_id)
    ).all()
    for submission_id in ids:
        if session.get(OutboxRow, submission_id) is None:
            session.add(OutboxRow(submission_id=submission_id, queued_at=now))
            row = session.get_one(SubmissionRow, submission_id)
            add_entry(session, row.application_id, now, "missing")
    return tuple(ids)
