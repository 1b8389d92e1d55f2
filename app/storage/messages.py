"""Messages between applicant and office as this kiosk holds them, in both directions."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.events import Said
from app.domain.requests import Written
from app.storage.message_tables import MessageRow
from app.storage.requests import asked
from app.storage.tables import ApplicationRow
from app.storage.timeline import add_entry


class Message(msgspec.Struct, frozen=True):
    """One message."""

    at: datetime
    text: str
    is_from_office: bool
    #: Of one's own: the office has it. Of the office's: it was seen here.
    is_there: bool

    def __repr__(self) -> str:
        return f"Message({self.at})"


def keep_said(
    session: Session, application_id: str, said: Said, said_at: datetime, now: datetime
) -> bool:
    """Write a message of the office down; False when the application is unknown here."""
    if session.get(ApplicationRow, application_id) is None:
        return False
    if session.get(MessageRow, said.id) is None:
        session.add(
            MessageRow(id=said.id, application_id=application_id, said_at=said_at, text=said.text)
        )
        add_entry(session, application_id, now, "message")
    return True


def messages_of(session: Session, application_id: str) -> tuple[Message, ...]:
    """Return an application's messages in both directions, oldest first."""
    rows = session.scalars(select(MessageRow).where(MessageRow.application_id == application_id))
    theirs = [Message(row.said_at, row.text, True, row.seen_at is not None) for row in rows]
    ours = [
        Message(one.made_at, one.body.text, False, one.taken_at is not None and not one.code)
        for one in asked(session, application_id)
        if isinstance(one.body, Written)
    ]
    return tuple(sorted((*theirs, *ours), key=lambda one: one.at))


def mark_seen(session: Session, application_id: str, now: datetime) -> None:
    """Note that the applicant has seen the office's messages."""
    session.execute(
        update(MessageRow)
        .where(MessageRow.application_id == application_id, MessageRow.seen_at.is_(None))
        .values(seen_at=now)
    )
