"""Sets the hours in which people are seen, and the days on which nobody is."""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING

import msgspec

from app.domain.ids import new_id
from app.domain.words import WIB
from app.errors import UserError
from app.office import audit
from app.office.roles import Officer, check_may
from app.office.slots.tables import ClosedDayRow, SlotRuleRow

if TYPE_CHECKING:
    from app.office.context import Office

_PLACE_ID = re.compile(r"[A-Z0-9]{2,8}")
_MOST_PLACES = 50


class Hours(msgspec.Struct, frozen=True):
    """When people are seen at one place.

    Attributes:
        place_id: begins the slots' names: capitals and digits.
        place: what people read.
        weekday: 0 is Monday; None for one day.
        day: of an outreach; None for every week.
        opens: first beginning, by the islands' clock.
        closes: last end.
        minutes: length of one slot.
        places: people seen side by side.
        priority_places: of these kept for priority groups.
    """

    place_id: str
    place: str
    weekday: int | None
    day: date | None
    opens: time
    closes: time
    minutes: int
    places: int
    priority_places: int = 0


def add_hours(office: Office, hours: Hours, by: str = audit.OFFICE) -> None:
    """Add hours; kiosks hear of the new slots with their next list.

    Raises:
        UserError: ``hours_wrong`` when they make no slot, or name no place.
    """
    is_one_way = (hours.weekday is None) != (hours.day is None)
    is_named = _PLACE_ID.fullmatch(hours.place_id) and 0 < len(hours.place.strip()) <= 80
    is_week = hours.weekday is None or 0 <= hours.weekday <= 6
    length = (hours.closes.hour - hours.opens.hour) * 60 + hours.closes.minute - hours.opens.minute
    has_room = 0 <= hours.priority_places < hours.places <= _MOST_PLACES
    if not (is_one_way and is_named and is_week and 5 <= hours.minutes <= length and has_room):
        raise UserError("hours_wrong")
    now = office.clock.now()
    with office.database.write() as session:
        session.add(
            SlotRuleRow(
                id=new_id(now, office.dice),
                place_id=hours.place_id,
                place=hours.place.strip(),
                weekday=hours.weekday,
                day=hours.day,
                opens=f"{hours.opens:%H:%M}",
                closes=f"{hours.closes:%H:%M}",
                minutes=hours.minutes,
                places=hours.places,
                priority_places=hours.priority_places,
                valid_from=now.astimezone(WIB).date(),
            )
        )
        audit.note(session, now, by, "hours_added", place=hours.place_id)


def end_hours(office: Office, officer: Officer, rule_id: str) -> None:
    """Offer these hours no more; who has a slot in them keeps it.

    Raises:
        UserError: ``hours_unknown``.
    """
    check_may(office, officer, "rules")
    now = office.clock.now()
    with office.database.write() as session:
        row = session.get(SlotRuleRow, rule_id)
        if row is None:
            raise UserError("hours_unknown")
        row.valid_until = now.astimezone(WIB).date()
        who = audit.officer(officer.name)
        audit.note(session, now, who, "hours_ended", place=row.place_id)


def open_day(office: Office, officer: Officer, day: date) -> None:
    """See people again on a day that was closed; one that was not stays as it is."""
    check_may(office, officer, "rules")
    with office.database.write() as session:
        row = session.get(ClosedDayRow, day)
        if row is not None:
            session.delete(row)
            who = audit.officer(officer.name)
            audit.note(session, office.clock.now(), who, "day_opened", day=day.isoformat())


def close_day(office: Office, day: date, why: str, by: str = audit.OFFICE) -> None:
    """See nobody on a day; who has a slot there must be released one by one.

    Raises:
        UserError: ``reason_missing``.
    """
    told = why.strip()
    if not told:
        raise UserError("reason_missing")
    with office.database.write() as session:
        session.merge(ClosedDayRow(day=day, why=told[:200]))
        audit.note(session, office.clock.now(), by, "day_closed", day=day.isoformat())
