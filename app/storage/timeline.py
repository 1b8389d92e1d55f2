"""What happened to an application, appended for people to read; never changed afterwards."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import NumberGiven
from app.storage.tables import ApplicationRow, TimelineRow

_ENTRIES = "SELECT at, what, params FROM timeline WHERE application_id = ? ORDER BY id"
_NUMBER = "ministry_number"
_read_params = msgspec.json.Decoder(dict[str, str]).decode


class TimelineEntry(msgspec.Struct, frozen=True):
    """One line; its words are ``timeline.<what>``."""

    at: datetime
    what: str
    params: dict[str, str]


def add_entry(
    session: Session, application_id: str, at: datetime, what: str, **params: str
) -> None:
    """Append one line."""
    written = msgspec.json.encode(params).decode()
    session.add(TimelineRow(application_id=application_id, at=at, what=what, params=written))


def keep_number(session: Session, application_id: str, given: NumberGiven, now: datetime) -> bool:
    """Write the ministry's number down once; False when the application is unknown here.

    An office that came back from a backup may say it again.
    """
    if session.get(ApplicationRow, application_id) is None:
        return False
    written = msgspec.json.encode({"number": given.number}).decode()
    of = (TimelineRow.application_id == application_id, TimelineRow.what == _NUMBER)
    if written not in session.scalars(select(TimelineRow.params).where(*of)):
        add_entry(session, application_id, now, _NUMBER, number=given.number)
    return True


def entries(session: Session, application_id: str) -> tuple[TimelineEntry, ...]:
    """Return an application's lines, oldest first."""
    rows = session.connection().exec_driver_sql(_ENTRIES, (application_id,))
    return tuple(
        TimelineEntry(datetime.fromisoformat(at), what, _read_params(params))
        for at, what, params in rows
    )
