"""Gives interview slots: the best wish that is still free, never one place to two people.

Never moves a slot against the rule of the day before (H-1) but when the office itself could not
hold it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import SlotGiven, SlotsOffered
from app.domain.requests import Request, SlotsWished
from app.domain.slots import FreeSlot, Slot, may_still_move
from app.errors import UserError
from app.office import audit
from app.office.events import say
from app.office.moving import Step, move
from app.office.roles import Officer, check_may
from app.office.slots.calendar import OpenSlot, free_slots, open_slots, taken_places
from app.office.slots.invitation import invite, uninvite
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow

if TYPE_CHECKING:
    from app.office.context import Office

#: A slot may be moved so often by the applicant.
MOST_MOVES = 1
#: Told when no wish is free any more.
_MOST_OFFERS = 12


def wish_slots(
    session: Session,
    office: Office,
    application: ApplicationRow,
    request: Request,
    body: SlotsWished,
) -> None:
    """Give the first wish that is free, or offer others.

    Raises:
        UserError: ``not_schedulable`` in the state the application has now; ``slot_moved_before``,
            ``slot_too_close`` for a move against the rules.
    """
    now = office.clock.now()
    booking = session.get(BookingRow, application.id)
    _check_may_choose(application, booking, now)
    by_id = {one.slot.id: one for one in open_slots(session, now)}
    for wish in body.wishes:
        one = by_id.get(wish)
        if booking is not None and not booking.is_released and wish == booking.slot_id:
            raise UserError("slot_is_yours")
        number = _free_place(session, one, has_priority=bool(body.groups)) if one else 0
        if one and number:
            _book(session, office, application, booking, one.slot, number)
            who = audit.device(request.device_id)
            audit.note(session, now, who, "slot_booked", application.id, slot=one.slot.id)
            return
    _offer(session, office, application)


def release_slot(office: Office, officer: Officer, application_id: str, reason: str) -> None:
    """Give a slot back because the office or the sea could not hold it (kahar).

    The applicant chooses again, as often as before, and is told why.

    Raises:
        UserError: ``application_unknown``; ``no_slot`` when there is none to release.
    """
    check_may(office, officer, "arrange", application_id)
    told = reason.strip()
    if not told:
        raise UserError("reason_missing")
    with office.database.write() as session:
        application = session.get(ApplicationRow, application_id)
        if application is None:
            raise UserError("application_unknown")
        booking = session.get(BookingRow, application_id)
        if booking is None or booking.is_released or application.state != "scheduled":
            raise UserError("no_slot")
        # The place is free again at once: nobody sits on a number that is negative.
        booking.is_released, booking.place_number = True, -_next_released(session, booking.slot_id)
        uninvite(session, application_id)
        step = Step("slot_released", "scheduled", reason=told, officer=officer.name)
        move(session, office, application, step)
        _offer(session, office, application, is_released=True)


def _check_may_choose(
    application: ApplicationRow, booking: BookingRow | None, now: datetime
) -> None:
    if application.state == "paid" and booking is None:
        return
    if application.state != "scheduled" or booking is None:
        raise UserError("not_schedulable")
    if booking.is_released:
        return
    if booking.moves >= MOST_MOVES:
        raise UserError("slot_moved_before")
    if not may_still_move(booking.starts_at, now):
        raise UserError("slot_too_close")


def _free_place(session: Session, one: OpenSlot, *, has_priority: bool) -> int:
    """Return the number of a free place, 0 when there is none for this person."""
    taken = taken_places(session, one)
    # Who has priority takes a kept place first and leaves the others to everybody.
    order = (*one.kept(), *one.ordinary()) if has_priority else one.ordinary()
    return next((number for number in order if number not in taken), 0)


def _book(
    session: Session,
    office: Office,
    application: ApplicationRow,
    booking: BookingRow | None,
    slot: Slot,
    number: int,
) -> None:
    now = office.clock.now()
    if booking is None:
        booking = BookingRow(application_id=application.id, moves=0)
        session.add(booking)
    elif not booking.is_released:
        booking.moves += 1
    booking.slot_id, booking.place_number = slot.id, number
    booking.starts_at, booking.minutes, booking.place = slot.starts_at, slot.minutes, slot.place
    booking.booked_at, booking.is_released = now, False
    session.flush()
    invite(session, application.id, slot)
    say(session, office, application.device_id, SlotGiven(slot), application.id)
    move(session, office, application, Step("schedule", "scheduled"))


def _offer(
    session: Session, office: Office, application: ApplicationRow, *, is_released: bool = False
) -> None:
    free: tuple[FreeSlot, ...] = free_slots(session, office.clock.now())[:_MOST_OFFERS]
    told = SlotsOffered(free, is_released)
    say(session, office, application.device_id, told, application.id)


def _next_released(session: Session, slot_id: str) -> int:
    numbers = session.scalars(
        select(BookingRow.place_number).where(BookingRow.slot_id == slot_id)
    ).all()
    return max([0, *(-number for number in numbers)]) + 1
