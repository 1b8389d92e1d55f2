"""Interview slots: which were free when the office looked, which was given, which were offered.

Each function is part of one transaction of the caller and changes nothing when called twice.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import SlotGiven, SlotsOffered, SlotsPublished
from app.domain.slots import FreeSlot, Slot
from app.protocol.sealing import peek
from app.storage.appointment_tables import AppointmentRow
from app.storage.settings import read_setting, write_setting
from app.storage.tables import ApplicationRow, EventRow
from app.storage.timeline import add_entry

_FREE = "slots_free"
_RELEASED = "slot_released"
_GIVEN = SlotGiven.__struct_config__.tag


class Appointment(msgspec.Struct, frozen=True):
    """How it stands with one application's interview."""

    slot: Slot | None = None
    offered: tuple[FreeSlot, ...] = ()
    offered_at: datetime | None = None


class _ToldBody(msgspec.Struct, frozen=True):
    """What tells a slot given and a slot taken back from all else that is said."""

    type: str
    is_released: bool = False


class _Told(msgspec.Struct, frozen=True):
    body: _ToldBody


def keep_free(session: Session, published: SlotsPublished) -> None:
    """Replace the list of free slots; events come in order, whatever the office's clock said."""
    write_setting(session, _FREE, msgspec.json.encode(published).decode())


def free(session: Session) -> SlotsPublished | None:
    """Return the last list of free slots, None before the first."""
    written = read_setting(session, _FREE)
    return msgspec.json.decode(written, type=SlotsPublished) if written else None


def keep_given(session: Session, application_id: str, given: SlotGiven, now: datetime) -> bool:
    """Write a slot down; False when the application is unknown here."""
    row = _row(session, application_id)
    if row is None:
        return False
    row.slot, row.given_at = msgspec.json.encode(given.slot).decode(), now
    row.offered, row.offered_at = "", None
    slot = given.slot
    add_entry(
        session, application_id, now, "slot", starts_at=slot.starts_at.isoformat(), place=slot.place
    )
    return True


def keep_offered(session: Session, application_id: str, told: SlotsOffered, now: datetime) -> bool:
    """Write an offer down; False when the application is unknown here."""
    row = _row(session, application_id)
    if row is None:
        return False
    row.offered, row.offered_at = msgspec.json.encode(told.slots).decode(), now
    what = _RELEASED if told.is_released else "slots_offered"
    if told.is_released:
        # Nobody shall travel for a slot that the office took back.
        row.slot, row.given_at = "", None
    add_entry(session, application_id, now, what, count=str(len(told.slots)))
    return True


def moves(session: Session, application_id: str) -> int:
    """Count the moves that the applicant asked for, as the office counts them.

    By its events and not by the timeline: that also tells of slots which the office forgot.
    """
    signed = session.scalars(
        select(EventRow.signed).where(EventRow.application_id == application_id)
    )
    told = [msgspec.json.decode(peek(one), type=_Told).body for one in signed]
    given = sum(one.type == _GIVEN for one in told)
    return max(given - 1 - sum(one.is_released for one in told), 0)


def appointment(session: Session, application_id: str) -> Appointment:
    """Return how it stands with an application's interview."""
    row = session.get(AppointmentRow, application_id)
    if row is None:
        return Appointment()
    return Appointment(
        msgspec.json.decode(row.slot, type=Slot) if row.slot else None,
        msgspec.json.decode(row.offered, type=tuple[FreeSlot, ...]) if row.offered else (),
        row.offered_at,
    )


def _row(session: Session, application_id: str) -> AppointmentRow | None:
    if session.get(ApplicationRow, application_id) is None:
        return None
    row = session.get(AppointmentRow, application_id)
    if row is None:
        row = AppointmentRow(application_id=application_id, slot="", offered="")
        session.add(row)
    return row
