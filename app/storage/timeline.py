"""What happened to an application, appended for people to read; never changed afterwards."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from app.storage.tables import TimelineRow

_ENTRIES = "SELECT at, what, params FROM timeline WHERE application_id = ? ORDER BY id"
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


def entries(session: Session, application_id: str) -> tuple[TimelineEntry, ...]:
    """Return an application's lines, oldest first."""
    rows = session.connection().exec_driver_sql(_ENTRIES, (application_id,))
    return tuple(
        TimelineEntry(datetime.fromisoformat(at), what, _read_params(params))
        for at, what, params in rows
    )
