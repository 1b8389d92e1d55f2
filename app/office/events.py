"""What the office says to its devices: numbered without gaps, signed once, sealed at each pull.

Never decides what is said; enrolling, records and review do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.events import Event, EventBody
from app.office import audit
from app.office.tables import DeviceRow, EventRow
from app.protocol.event import seal_event, sign_event
from app.protocol.record import HEADER_BYTES, Record, write_pack

if TYPE_CHECKING:
    from app.office.context import Office

_STEP_ROWS = 32
#: No backup is so old that a device has heard more than this since.
_MOST_AHEAD = 100_000
#: Beyond this no device is followed: PostgreSQL's integers end at twice as much.
MOST_NUMBER = 2**30


class EventsPack(msgspec.Struct, frozen=True):
    """An answer to a pull."""

    pack: bytes
    #: Number of the device's newest event; after an older backup came back, the newest one held of
    #: those the device has heard, which is how it learns that the others are forgotten here.
    last: int


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
    said_at = office.clock.now()
    event = Event(device_id, number, said_at, body, application_id)
    session.add(
        EventRow(
            device_id=device_id,
            number=number,
            application_id=application_id,
            kind=body.__struct_config__.tag,
            said_at=said_at,
            signed=sign_event(event, office.keys.keys),
        )
    )
    return number


def events_after(
    office: Office, device_id: str, cursor: int, limit: int | None = None
) -> EventsPack:
    """Return the events after ``cursor`` as one pack.

    As many as fit the bound, but at least one.
    """
    with office.database.read() as session:
        device = session.get_one(DeviceRow, device_id)
        recipient, last = device.recipient, device.last_event
        held = _newest_heard(session, device_id, cursor)
    if cursor > last:
        _catch_up_with(office, device_id, cursor)
        return EventsPack(b"", held)
    if held < cursor:
        # Said again until the device has heard something newer: an answer may be lost.
        last = held
    records: list[Record] = []
    size = 0
    while limit is None or len(records) < limit:
        rows = _signed_after(office, device_id, cursor + len(records))
        for signed in rows:
            record = seal_event(signed, recipient)
            size += HEADER_BYTES + len(record.sealed)
            if records and (size > office.settings.most_events_bytes or len(records) == limit):
                return EventsPack(write_pack(records), last)
            records.append(record)
        if len(rows) < _STEP_ROWS:
            break
    return EventsPack(write_pack(records), last)


def _newest_heard(session: Session, device_id: str, cursor: int) -> int:
    """Return the number of the newest event not above ``cursor``; less only after a backup."""
    return (
        session.scalar(
            select(func.max(EventRow.number)).where(
                EventRow.device_id == device_id, EventRow.number <= cursor
            )
        )
        or 0
    )


def _catch_up_with(office: Office, device_id: str, cursor: int) -> None:
    """Go on numbering after what the device has already heard.

    A device is ahead only when the office's database came back from an older backup. Numbers that
    were used before must not be used for something else: the device would pass them over.
    """
    with office.database.write() as session:
        device = session.get_one(DeviceRow, device_id)
        if device.last_event < cursor <= min(device.last_event + _MOST_AHEAD, MOST_NUMBER):
            audit.note(
                session,
                office.clock.now(),
                audit.device(device_id),
                "events_ahead",
                held=device.last_event,
                heard=cursor,
            )
            device.last_event = cursor


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
