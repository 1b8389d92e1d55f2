"""What happened to an application, appended for people to read; never changed afterwards."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.tables import TimelineRow


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
    rows = session.scalars(
        select(TimelineRow)
        .where(TimelineRow.application_id == application_id)
        .order_by(TimelineRow.id)
    )
    return tuple(
        TimelineEntry(row.at, row.what, msgspec.json.decode(row.params, type=dict[str, str]))
        for row in rows
    )
