"""What became of unsent work: attempts, reasons, what is set aside, and how fast the road was.

An outbox row is deleted only in the transaction that stores the office's word that it holds all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.domain.lifecycle import (
    FINALIZED,
    KIOSK_STATES,
    NEEDS_ATTENTION,
    SENDING,
    may_become,
    next_state,
)
from app.protocol.record import FORMS, HEADER_BYTES
from app.storage.tables import (
    ApplicationRow,
    OutboxRow,
    PackRecordRow,
    RecordRow,
    SubmissionRecordRow,
    SubmissionRow,
    TransferRow,
)
from app.storage.timeline import add_entry

_DAY = timedelta(days=1)
_TRANSFERS_KEPT = timedelta(days=7)
#: Speed is that of the last so many stretches.
_STRETCHES = 8


class Waiting(msgspec.Struct, frozen=True):
    """One submission without a receipt."""

    submission_id: str
    application_id: str
    reference: str
    #: Code of its last error; empty when it simply waits for its turn or its receipt.
    reason: str
    attempts: int
    next_attempt_at: datetime | None
    is_set_aside: bool


class OutboxTotals(msgspec.Struct, frozen=True):
    """The outbox in four numbers."""

    waiting_count: int
    #: Bytes that must still travel, headers included, open packs' progress not yet taken off.
    waiting_bytes: int
    set_aside_count: int
    next_attempt_at: datetime | None


def waiting(session: Session, limit: int = 200) -> tuple[Waiting, ...]:
    """Return what waits, oldest first."""
    rows = session.execute(
        select(OutboxRow, ApplicationRow.id, ApplicationRow.reference)
        .join(SubmissionRow, SubmissionRow.id == OutboxRow.submission_id)
        .join(ApplicationRow, ApplicationRow.id == SubmissionRow.application_id)
        .order_by(OutboxRow.queued_at, OutboxRow.submission_id)
        .limit(limit)
    )
    return tuple(
        Waiting(
            row.submission_id, application_id, reference or "", row.last_error,
            row.attempts, row.next_attempt_at, row.is_set_aside,
        )
        for row, application_id, reference in rows
    )  # fmt: skip


def totals(session: Session) -> OutboxTotals:
    """Count the outbox."""
    counts = session.execute(
        select(OutboxRow.is_set_aside, func.count(), func.min(OutboxRow.next_attempt_at)).group_by(
            OutboxRow.is_set_aside
        )
    ).all()
    travelling = (
        select(RecordRow.digest, RecordRow.size_bytes)
        .join(SubmissionRecordRow, SubmissionRecordRow.digest == RecordRow.digest)
        .join(OutboxRow, OutboxRow.submission_id == SubmissionRecordRow.submission_id)
        .where(
            OutboxRow.is_set_aside.is_(False),
            RecordRow.is_held_by_office.is_(False),
            RecordRow.sent_at.is_(None),
        )
        .distinct()
        .subquery()
    )
    size, count = session.execute(
        select(func.coalesce(func.sum(travelling.c.size_bytes), 0), func.count()).select_from(
            travelling
        )
    ).one()
    by_aside = {bool(aside): (number, next_at) for aside, number, next_at in counts}
    active = by_aside.get(False, (0, None))
    return OutboxTotals(
        waiting_count=active[0],
        waiting_bytes=size + count * HEADER_BYTES,
        set_aside_count=by_aside.get(True, (0, None))[0],
        next_attempt_at=active[1],
    )


def note_failure(
    session: Session,
    submission_ids: Iterable[str],
    code: str,
    now: datetime,
    next_attempt_at: datetime,
) -> tuple[str, ...]:
    """Write why the road did not carry these; what was under way waits in the kiosk again.

    Returns:
        The ids of the applications that are no longer being sent.
    """
    ids = list(submission_ids)
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.submission_id.in_(ids))
        .values(
            attempts=OutboxRow.attempts + 1,
            last_error=code,
            last_error_at=now,
            next_attempt_at=next_attempt_at,
        )
    )
    rows = session.scalars(
        select(ApplicationRow)
        .join(SubmissionRow, SubmissionRow.application_id == ApplicationRow.id)
        .where(SubmissionRow.id.in_(ids), ApplicationRow.state == SENDING)
    ).all()
    for application in rows:
        application.state = next_state(KIOSK_STATES, application.state, FINALIZED)
    return tuple(application.id for application in rows)


def unsent_submissions(session: Session) -> tuple[str, ...]:
    """Return every submission with a record that did not travel yet, those set aside left out."""
    return tuple(
        session.scalars(
            select(OutboxRow.submission_id)
            .where(OutboxRow.is_set_aside.is_(False), _has_unsent_records())
            .order_by(OutboxRow.queued_at)
        )
    )


def forget_failures(session: Session, codes: Iterable[str]) -> None:
    """The road works again: what waited only because of it is due now."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.last_error.in_(list(codes)), OutboxRow.is_set_aside.is_(False))
        .values(next_attempt_at=None, last_error="", attempts=0)
    )


def is_waiting(session: Session, submission_id: str) -> bool:
    """Tell whether a submission waits here, set aside or not."""
    return session.get(OutboxRow, submission_id) is not None


def set_aside(session: Session, submission_id: str, code: str, now: datetime) -> str:
    """Put a submission aside with its reason until a person acts; return its application's id.

    It leaves any open pack's list of the served, and never blocks another.
    """
    row = session.get(OutboxRow, submission_id)
    submission = session.get_one(SubmissionRow, submission_id)
    if row is None:
        row = OutboxRow(submission_id=submission_id, queued_at=now, attempts=0)
        session.add(row)
    is_news = not row.is_set_aside or row.last_error != code
    row.is_set_aside = True
    row.last_error = code
    row.last_error_at = now
    row.next_attempt_at = None
    application = session.get_one(ApplicationRow, submission.application_id)
    if may_become(KIOSK_STATES, application.state, NEEDS_ATTENTION):
        application.state = NEEDS_ATTENTION
    if is_news:
        application.updated_at = now
        add_entry(session, application.id, now, "set_aside", code=code)
    return application.id


def close_outbox(session: Session, submission_id: str) -> None:
    """Delete a submission's outbox row once the office holds every record that is named beside it.

    A page that was asked for may still wait when the submission's receipt is heard again.
    """
    unheld = (
        select(RecordRow.digest)
        .join(SubmissionRecordRow, SubmissionRecordRow.digest == RecordRow.digest)
        .where(
            SubmissionRecordRow.submission_id == submission_id,
            RecordRow.is_held_by_office.is_(False),
        )
    )
    session.execute(
        delete(OutboxRow).where(OutboxRow.submission_id == submission_id, ~unheld.exists())
    )


def take_up_again(session: Session, submission_id: str, now: datetime) -> str:
    """Send a submission that was set aside once more; return its application's id.

    A person has acted on what went wrong: it waits for its turn like a new one, without the reason.
    """
    row = session.get_one(OutboxRow, submission_id)
    row.is_set_aside = False
    row.attempts, row.last_error, row.last_error_at = 0, "", None
    row.next_attempt_at = None
    _send_again(session, submission_id)
    submission = session.get_one(SubmissionRow, submission_id)
    application = session.get_one(ApplicationRow, submission.application_id)
    if application.state == NEEDS_ATTENTION:
        application.state = next_state(KIOSK_STATES, application.state, FINALIZED)
        application.updated_at = now
    add_entry(session, application.id, now, "queued_again")
    return application.id


def send_unreceipted_again(
    session: Session, now: datetime, patience: Callable[[int], timedelta]
) -> tuple[str, ...]:
    """Queue again what was sent whole and never receipted.

    The office may have been restored from a backup, or have lied about what it took.

    Args:
        session: a session for writing.
        now: the time.
        patience: number of attempts made -> how long to wait for a receipt.

    Returns:
        References of the submissions queued again.
    """
    rows = session.execute(
        select(OutboxRow, ApplicationRow.reference, func.max(RecordRow.sent_at))
        .join(SubmissionRow, SubmissionRow.id == OutboxRow.submission_id)
        .join(ApplicationRow, ApplicationRow.id == SubmissionRow.application_id)
        .join(SubmissionRecordRow, SubmissionRecordRow.submission_id == SubmissionRow.id)
        .join(RecordRow, RecordRow.digest == SubmissionRecordRow.digest)
        .where(
            OutboxRow.is_set_aside.is_(False),
            RecordRow.sent_at.is_not(None),
            ~_has_unsent_records(),
        )
        .group_by(OutboxRow.submission_id)
    ).all()
    queued = []
    for row, reference, sent_at in rows:
        # A time ahead of now means that the clock was set back: wait no longer for it.
        if sent_at and timedelta(0) <= now - sent_at < patience(row.attempts):
            continue
        _send_again(session, row.submission_id)
        row.attempts += 1
        row.next_attempt_at = None
        queued.append(reference or "")
    return tuple(queued)


def has_urgent_work(session: Session) -> bool:
    """Tell whether a form waits and is in no open pack."""
    found = session.scalar(
        select(RecordRow.digest)
        .join(SubmissionRecordRow, SubmissionRecordRow.digest == RecordRow.digest)
        .join(OutboxRow, OutboxRow.submission_id == SubmissionRecordRow.submission_id)
        .where(
            OutboxRow.is_set_aside.is_(False),
            RecordRow.kind.in_([int(kind) for kind in FORMS]),
            RecordRow.is_held_by_office.is_(False),
            RecordRow.sent_at.is_(None),
            RecordRow.digest.not_in(select(PackRecordRow.digest)),
        )
        .limit(1)
    )
    return found is not None


def note_transfer(
    session: Session,
    now: datetime,
    sent_bytes: int,
    duration_s: float,
    noted: int | None = None,
) -> int:
    """Remember one measured stretch of sending, or more of it; return its number.

    Args:
        session: a session for writing.
        now: the time.
        sent_bytes: since it was last noted.
        duration_s: the same.
        noted: the stretch's number when part of it was noted before.
    """
    row = session.get(TransferRow, noted) if noted is not None else None
    if row is None:
        row = TransferRow(at=now, sent_bytes=0, duration_s=0.0)
        session.add(row)
    row.at = now
    row.sent_bytes += sent_bytes
    row.duration_s += duration_s
    session.flush()
    # What was noted while the clock was far ahead would count on a day that is still to come.
    session.execute(
        delete(TransferRow).where(
            or_(TransferRow.at < now - _TRANSFERS_KEPT, TransferRow.at > now + _DAY)
        )
    )
    return row.id


def sent_on(session: Session, midnight: datetime) -> int:
    """Return how many bytes went out on one of the last days, which begins at a moment."""
    total = session.scalar(
        select(func.coalesce(func.sum(TransferRow.sent_bytes), 0)).where(
            TransferRow.at >= midnight, TransferRow.at < midnight + _DAY
        )
    )
    return int(total or 0)


def speed_bytes_per_s(session: Session) -> float:
    """Return the speed over the last stretches, 0 when never measured."""
    rows = session.execute(
        select(TransferRow.sent_bytes, TransferRow.duration_s)
        .order_by(TransferRow.id.desc())
        .limit(_STRETCHES)
    ).all()
    duration_s = sum(row[1] for row in rows)
    return sum(row[0] for row in rows) / duration_s if duration_s else 0.0


def _send_again(session: Session, submission_id: str) -> None:
    digests = select(SubmissionRecordRow.digest).where(
        SubmissionRecordRow.submission_id == submission_id
    )
    session.execute(
        update(RecordRow)
        .where(RecordRow.digest.in_(digests), RecordRow.is_held_by_office.is_(False))
        .values(sent_at=None)
    )


def _has_unsent_records() -> ColumnElement[bool]:
    return (
        select(RecordRow.digest)
        .join(SubmissionRecordRow, SubmissionRecordRow.digest == RecordRow.digest)
        .where(
            SubmissionRecordRow.submission_id == OutboxRow.submission_id,
            RecordRow.is_held_by_office.is_(False),
            RecordRow.sent_at.is_(None),
        )
        .correlate(OutboxRow)
        .exists()
    )
