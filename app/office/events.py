"""What the office says to its devices: numbered without gaps, signed once, sealed at each pull.

Never decides what is said; enrolling, records and review do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.events import Event, EventBody
from app.office.tables import DeviceRow, EventRow
from app.protocol.event import seal_event, sign_event
from app.protocol.marks import NOTHING, Mark, mark_of
from app.protocol.record import HEADER_BYTES, Record, write_pack

if TYPE_CHECKING:
    from app.office.context import Office

_STEP_ROWS = 32
#: Beyond this no device is followed: PostgreSQL's integers end at twice as much.
MOST_NUMBER = 2**30


class EventsPack(msgspec.Struct, frozen=True):
    """An answer to a pull."""

    pack: bytes
    #: Number of the device's newest event.
    last: int
    #: The events follow this one: the newest that both sides know. Less than the device's cursor
    #: after an older backup came back here; None when the device must first name more of its own.
    after: int | None


def say(
    session: Session, office: Office, device_id: str, body: EventBody, application_id: str = ""
) -> int:
    """Add an event in the caller's transaction and return its number.

    The number is taken and the row written together or not at all, so the numbers have no gaps; the
    device's row is changed first, which makes any other writer wait.
    """
    session.execute(
        update(DeviceRow)
        .where(DeviceRow.id == device_id)
        .values(last_event=DeviceRow.last_event + 1)
        .execution_options(synchronize_session="fetch")
    )
    number = session.execute(
        select(DeviceRow.last_event).where(DeviceRow.id == device_id)
    ).scalar_one()
    session.add(EventRow(**event_values(office, device_id, number, body, application_id)))
    return number


def event_values(
    office: Office, device_id: str, number: int, body: EventBody, application_id: str = ""
) -> dict[str, Any]:
    """Return what stands in the row of an event under a number that the caller has taken."""
    said_at = office.clock.now()
    event = Event(device_id, number, said_at, body, application_id)
    return {
        "device_id": device_id,
        "number": number,
        "application_id": application_id,
        "kind": body.__struct_config__.tag,
        "said_at": said_at,
        "signed": sign_event(event, office.keys.keys),
    }


def events_after(
    office: Office,
    device_id: str,
    cursor: int,
    limit: int | None = None,
    heard: Sequence[Mark] = (),
) -> EventsPack:
    """Return the events that a device has not heard as one pack, once they are durable.

    As many as fit the bound, but at least one.

    Args:
        office: ours.
        device_id: whom they are for.
        cursor: number of the last event it has heard.
        limit: most events.
        heard: events it has heard, newest first, by which this office finds the last one that is
            also its own; without any, the numbers alone decide.
    """
    answer = _events_after(office, device_id, cursor, limit, heard)
    office.database.make_durable()
    return answer


def _events_after(
    office: Office, device_id: str, cursor: int, limit: int | None, heard: Sequence[Mark]
) -> EventsPack:
    with office.database.read() as session:
        device = session.get_one(DeviceRow, device_id)
        recipient, last = device.recipient, device.last_event
        after = _common(session, device_id, cursor, heard)
    if after is None:
        return EventsPack(b"", last, None)
    records: list[Record] = []
    size = 0
    while limit is None or len(records) < limit:
        rows = _signed_after(office, device_id, after + len(records))
        for signed in rows:
            record = seal_event(signed, recipient)
            size += HEADER_BYTES + len(record.sealed)
            if records and (size > office.settings.most_events_bytes or len(records) == limit):
                return EventsPack(write_pack(records), last, after)
            records.append(record)
        if len(rows) < _STEP_ROWS:
            break
    return EventsPack(write_pack(records), last, after)


def _common(session: Session, device_id: str, cursor: int, heard: Sequence[Mark]) -> int | None:
    """Return the newest event that device and office both know, None when none of the named is.

    They part only when this office's database came back from an older backup: it may have said
    other things since, under the same numbers.
    """
    if not heard:
        return min(cursor, session.get_one(DeviceRow, device_id).last_event)
    for mark in heard:
        if mark == NOTHING:
            return 0
        if not 0 < mark.number <= MOST_NUMBER:
            continue
        known = session.get(EventRow, (device_id, mark.number))
        if known is not None and mark_of(known.number, known.signed) == mark:
            return mark.number
    return None


def _signed_after(office: Office, device_id: str, number: int) -> list[bytes]:
    with office.database.read() as session:
        return list(
            session.scalars(
                select(EventRow.signed)
                .where(EventRow.device_id == device_id, EventRow.number > number)
                .order_by(EventRow.number)
                .limit(_STEP_ROWS)
            )
        )
