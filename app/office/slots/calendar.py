"""Which slots there are in the days ahead, from the rules and the closed days; books nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.slots import FreeSlot, Slot
from app.domain.words import WIB
from app.office.slots.tables import BookingRow, ClosedDayRow, SlotRuleRow
from app.resources import load_holidays

#: So far ahead people may choose.
DAYS_AHEAD = 30
#: Nobody on an island comes at an hour's notice: the first day offered is the one after next.
FIRST_DAY = 2


class OpenSlot(msgspec.Struct, frozen=True):
    """A slot with its places."""

    slot: Slot
    places: int
    priority_places: int

    def ordinary(self) -> range:
        """Return the numbers of the places for everybody."""
        return range(1, self.places - self.priority_places + 1)

    def ends_at(self) -> datetime:
        """Return when the next person may be seen there."""
        return self.slot.starts_at + timedelta(minutes=self.slot.minutes)

    def kept(self) -> range:
        """Return the numbers of the places kept for priority groups."""
        return range(self.places - self.priority_places + 1, self.places + 1)


def open_slots(session: Session, now: datetime) -> tuple[OpenSlot, ...]:
    """Return every slot that may still be chosen, the earliest first."""
    today = now.astimezone(WIB).date()
    first, last = today + timedelta(days=FIRST_DAY), today + timedelta(days=DAYS_AHEAD)
    rules = session.scalars(select(SlotRuleRow).order_by(SlotRuleRow.id)).all()
    closed = set(session.scalars(select(ClosedDayRow.day).where(ClosedDayRow.day >= first)))
    found: dict[str, OpenSlot] = {}
    for rule in rules:
        for day in _days(rule, first, last, closed):
            for one in _slots_of(rule, day):
                found.setdefault(one.slot.id, one)
    return tuple(sorted(found.values(), key=lambda one: (one.slot.starts_at, one.slot.id)))


def free_slots(session: Session, now: datetime) -> tuple[FreeSlot, ...]:
    """Return the slots that anybody may choose, with their free places."""
    slots = open_slots(session, now)
    held = _held(session, min((one.slot.starts_at for one in slots), default=now))
    free = (
        FreeSlot(one.slot, sum(number not in _taken(one, held) for number in one.ordinary()))
        for one in slots
    )
    return tuple(one for one in free if one.free > 0)


def taken_places(session: Session, one: OpenSlot) -> set[int]:
    """Return the numbers of a slot's places that somebody has for some of its time.

    Hours may have been set anew since, with other lengths: whoever has a slot of before keeps it.
    """
    return _taken(one, _held(session, one.slot.starts_at))


def _held(session: Session, since: datetime) -> Sequence[BookingRow]:
    """Return the bookings that may still last then or begin later."""
    longest = timedelta(days=1)
    return session.scalars(
        select(BookingRow).where(
            BookingRow.starts_at > since - longest, BookingRow.is_released.is_(False)
        )
    ).all()


def _taken(one: OpenSlot, held: Sequence[BookingRow]) -> set[int]:
    return {
        row.place_number
        for row in held
        if _place_id(row.slot_id) == _place_id(one.slot.id)
        and row.starts_at < one.ends_at()
        and one.slot.starts_at < row.starts_at + timedelta(minutes=row.minutes)
    }


def _place_id(slot_id: str) -> str:
    return slot_id.partition("-")[0]


def _days(rule: SlotRuleRow, first: date, last: date, closed: set[date]) -> Iterator[date]:
    day = max(first, rule.valid_from)
    end = min(last, rule.valid_until or last)
    while day <= end:
        # An outreach day is set knowingly, holiday or not; only a closed day ends it.
        is_its_day = (
            day == rule.day
            if rule.weekday is None
            else day.weekday() == rule.weekday and day not in load_holidays().days
        )
        if is_its_day and day not in closed:
            yield day
        day += timedelta(days=1)


def _slots_of(rule: SlotRuleRow, day: date) -> Iterator[OpenSlot]:
    begins = datetime.combine(day, time.fromisoformat(rule.opens), WIB)
    closes = datetime.combine(day, time.fromisoformat(rule.closes), WIB)
    length = timedelta(minutes=rule.minutes)
    while begins + length <= closes:
        name = f"{rule.place_id}-{begins:%Y%m%d-%H%M}"
        slot = Slot(name, begins, rule.minutes, rule.place)
        yield OpenSlot(slot, rule.places, rule.priority_places)
        begins += length
