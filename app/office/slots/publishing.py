"""Tells kiosks which slots are free: when somebody there may choose one, and once a day after.

A list is a copy that grows old; whoever chooses from it may be offered others.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import SlotsPublished
from app.office.events import say
from app.office.slots.calendar import free_slots
from app.office.tables import ApplicationRow, EventRow

if TYPE_CHECKING:
    from app.office.context import Office

_EVERY = timedelta(hours=20)


def publish_to(session: Session, office: Office, device_id: str) -> None:
    """Tell one device the free slots of now."""
    now = office.clock.now()
    say(session, office, device_id, SlotsPublished(now, free_slots(session, now)))


def publish_due(office: Office) -> None:
    """Tell the devices where somebody waits for a slot and the last list is a day old."""
    now = office.clock.now()
    told = select(EventRow.device_id).where(
        EventRow.kind == "slots_free",
        EventRow.said_at > now - _EVERY,
        # A time to come is that of a clock which ran ahead, and says nothing of today.
        EventRow.said_at <= now,
    )
    waiting = (
        select(ApplicationRow.device_id)
        .where(ApplicationRow.state == "paid", ApplicationRow.device_id.not_in(told))
        .distinct()
    )
    with office.database.read() as session:
        if session.scalars(waiting.limit(1)).first() is None:
            return
    with office.database.write() as session:
        for device_id in session.scalars(waiting).all():
            publish_to(session, office, device_id)
