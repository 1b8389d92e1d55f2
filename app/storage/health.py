"""What the doctor asks of the store: whether the file is whole, and how much stands in it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.storage.received import unread
from app.storage.tables import ApplicationRow, EnrolmentRow, OutboxRow


class StoreHealth(msgspec.Struct, frozen=True):
    """Facts of the store, no judgement and nothing personal."""

    #: SQLite's own words on each damage; empty when the file is whole.
    damages: tuple[str, ...]
    applications: int
    waiting: int
    set_aside: int
    #: The newest time in the store; a clock behind it went back.
    newest_at: datetime | None
    office_name: str
    device_code: str
    serials_left: int
    clock_offset_s: float
    last_contact_at: datetime | None
    #: Events that only a newer program can read.
    unread_events: int


def damages(session: Session) -> tuple[str, ...]:
    """Read every page of the file (seconds for a large store); return SQLite's words, if any.

    Each page is proven by its own code of the cipher, so that no flipped bit passes.
    """
    checked = session.execute(text("PRAGMA quick_check(20)")).scalars().all()
    return tuple(str(line) for line in checked if line != "ok")


def look(session: Session) -> StoreHealth:
    """Check every page of the file and count."""
    set_aside = select(func.count()).select_from(OutboxRow).where(OutboxRow.is_set_aside)
    enrolment = session.get(EnrolmentRow, 1)
    waiting = session.scalar(select(func.count()).select_from(OutboxRow)) or 0
    aside = session.scalar(set_aside) or 0
    return StoreHealth(
        damages=damages(session),
        applications=session.scalar(select(func.count()).select_from(ApplicationRow)) or 0,
        waiting=waiting - aside,
        set_aside=aside,
        newest_at=session.scalar(select(func.max(ApplicationRow.updated_at))),
        office_name=enrolment.office_name if enrolment else "",
        device_code=enrolment.device_code if enrolment else "",
        serials_left=enrolment.last_serial - enrolment.next_serial + 1 if enrolment else 0,
        clock_offset_s=enrolment.clock_offset_s if enrolment else 0.0,
        last_contact_at=enrolment.last_contact_at if enrolment else None,
        unread_events=len(unread(session)),
    )
