"""Reminders before a deadline runs out: papers to mend, the interview, the passport to collect.

Also tells whether a notice that had to wait is still true; never words or sends one.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.terms import TERM_DAYS
from app.domain.words import WIB
from app.office.noticing.queueing import TOLD_STATES, queue
from app.office.noticing.tables import ContactRow, NoticeRow
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow

if TYPE_CHECKING:
    from app.office.context import Office

#: So many days before the end.
_DAYS_BEFORE = (10, 3)
#: What is suspended cannot be mended at the kiosk: its words send nobody there for that.
_WAITS = {"returned": "remind_papers", "suspended": "remind_proof", "ready": "remind_collect"}
_INTERVIEW = "remind_interview"


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


def still_holds(
    session: Session, notice: NoticeRow, application: ApplicationRow, now: datetime
) -> bool:
    """Tell whether what a notice says is true now; it may have waited for days."""
    if notice.what in TOLD_STATES:
        return notice.what == application.state
    if notice.what == _INTERVIEW:
        booking = session.get(BookingRow, application.id)
        return (
            application.state == "scheduled"
            and booking is not None
            and not booking.is_released
            and booking.slot_id == notice.occasion
            and booking.starts_at > now
        )
    if notice.what in _WAITS.values():
        ends = _ends(application.updated_at)
        return (
            notice.what == _WAITS.get(application.state)
            and notice.occasion.startswith(f"{ends}-")
            and now.astimezone(WIB).date() <= ends
        )
    return True


def _terms(session: Session, now: datetime) -> list[tuple[str, str, str]]:
    rows = session.execute(
        select(ApplicationRow.id, ApplicationRow.state, ApplicationRow.updated_at)
        .join(ContactRow, ContactRow.application_id == ApplicationRow.id)
        .where(ApplicationRow.state.in_(_WAITS))
    )
    today = now.astimezone(WIB).date()
    found = []
    for application_id, state, since in rows:
        ends = _ends(since)
        left = (ends - today).days
        # The nearest reminder whose day has come; a missed day is made up for once.
        for days in sorted(_DAYS_BEFORE):
            if 0 <= left <= days:
                found.append((application_id, _WAITS[state], f"{ends}-{days}"))
                break
    return found


def _ends(since: datetime) -> date:
    return since.astimezone(WIB).date() + timedelta(days=TERM_DAYS)


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
    return [(application_id, _INTERVIEW, slot) for application_id, slot in rows]
