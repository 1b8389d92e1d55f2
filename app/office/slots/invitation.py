"""What an applicant's calendar is told of the interview: one appointment, each word newer.

Never decides about a slot; booking and releasing say what became of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.domain.calendar_file import Appointment, ics
from app.domain.words import Words
from app.office.slots.invitation_tables import InvitationRow
from app.office.tables import ApplicationRow

if TYPE_CHECKING:
    from app.domain.slots import Slot
    from app.office.context import Office

#: Notices that go with a word for the calendar; one that is cancelled is told by either.
TELLING = frozenset({"scheduled", "cancelled"})


def invite(session: Session, application_id: str, slot: Slot) -> None:
    """Tell the calendar of a slot that was given or moved."""
    row = session.get(InvitationRow, application_id)
    if row is None:
        row = InvitationRow(application_id=application_id, sequence=-1)
        session.add(row)
    row.sequence += 1
    row.starts_at, row.minutes, row.place = slot.starts_at, slot.minutes, slot.place
    row.is_cancelled = False


def uninvite(session: Session, application_id: str) -> None:
    """Tell the calendar that nobody comes."""
    row = session.get(InvitationRow, application_id)
    if row is not None and not row.is_cancelled:
        row.sequence += 1
        row.is_cancelled = True


def calendar_of(
    session: Session, office: Office, application: ApplicationRow, words: Words, attendee: str
) -> str:
    """Return what the calendar is told now; empty when it never heard of an interview."""
    row = session.get(InvitationRow, application.id)
    if row is None:
        return ""
    sender = office.settings.mail_from
    domain = sender.rpartition("@")[2] or "loket.invalid"
    return ics(
        Appointment(
            uid=f"interview-{application.id}@{domain}",
            sequence=row.sequence,
            method="CANCEL" if row.is_cancelled else "REQUEST",
            starts_at=row.starts_at,
            minutes=row.minutes,
            title=words("notice.calendar.title", reference=application.reference),
            place=row.place,
            text=words("notice.calendar.text"),
            said_at=office.clock.now(),
            organizer=sender,
            attendee=attendee,
        )
    )
