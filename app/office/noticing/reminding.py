"""Reminders before a deadline runs out: papers to mend, the interview, the passport to collect."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.terms import TERM_DAYS
from app.domain.words import WIB
from app.office.noticing.queueing import queue
from app.office.noticing.tables import ContactRow
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow

if TYPE_CHECKING:
    from app.office.context import Office

#: So many days before the end.
_DAYS_BEFORE = (10, 3)
_WAITS = {"returned": "remind_papers", "suspended": "remind_papers", "ready": "remind_collect"}


def queue_reminders(office: Office) -> None:
    """Queue the reminders that are due today; safe to repeat, each occasion is told once."""
    now = office.clock.now()
    with office.database.read() as session:
        due = [*_terms(session, now), *_interviews(session, now)]
    if not due:
        return
    with office.database.write() as session:
        for application_id, what, occasion in due:
            queue(session, office, application_id, what, occasion)


def _terms(session: Session, now: datetime) -> list[tuple[str, str, str]]:
    rows = session.execute(
        select(ApplicationRow.id, ApplicationRow.state, ApplicationRow.updated_at)
        .join(ContactRow, ContactRow.application_id == ApplicationRow.id)
        .where(ApplicationRow.state.in_(_WAITS))
    )
    today = now.astimezone(WIB).date()
    found = []
    for application_id, state, since in rows:
        ends = since.astimezone(WIB).date() + timedelta(days=TERM_DAYS)
        left = (ends - today).days
        # The nearest reminder whose day has come; a missed day is made up for once.
        for days in sorted(_DAYS_BEFORE):
            if 0 <= left <= days:
                found.append((application_id, _WAITS[state], f"{ends}-{days}"))
                break
    return found


def _interviews(session: Session, now: datetime) -> list[tuple[str, str, str]]:
    rows = session.execute(
        select(BookingRow.application_id, BookingRow.slot_id)
        .join(ContactRow, ContactRow.application_id == BookingRow.application_id)
        .where(
            BookingRow.is_released.is_(False),
            BookingRow.starts_at > now,
            BookingRow.starts_at <= now + timedelta(hours=48),
        )
    )
    return [(application_id, "remind_interview", slot) for application_id, slot in rows]
