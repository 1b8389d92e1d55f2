"""Messages between office and applicant: kept sealed, told by events, read by officers.

Never puts a word of them into the audit trail or a log.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.events import Said
from app.domain.ids import new_id
from app.domain.requests import Request, Written
from app.errors import UserError
from app.office import audit
from app.office.events import say
from app.office.noticing.queueing import queue
from app.office.roles import Officer, check_may
from app.office.tables import ApplicationRow, OfficerRow
from app.office.talking.tables import MessageRow
from app.protocol.sealing import seal, unseal

if TYPE_CHECKING:
    from app.office.context import Office

MOST_LETTERS = 2000


class Message(msgspec.Struct, frozen=True):
    """One message, opened for a view."""

    at: datetime
    #: Shown name; empty when the applicant wrote it.
    officer: str
    text: str
    is_new: bool

    def __repr__(self) -> str:
        return f"Message({self.at})"


def take_message(
    session: Session,
    office: Office,
    application: ApplicationRow,
    request: Request,
    body: Written,
) -> None:
    """Keep what an applicant wrote."""
    session.add(
        MessageRow(
            id=request.id,
            application_id=application.id,
            at=request.made_at,
            sealed_text=_sealed(office, body.text),
        )
    )


def write_message(office: Office, officer: Officer, application_id: str, text: str) -> None:
    """Write to the applicant; the kiosk shows it after proof.

    Raises:
        UserError: ``application_unknown``; ``message_empty``; ``message_too_long``.
    """
    check_may(office, officer, "write", application_id)
    told = text.replace("\r\n", "\n").strip()
    if not told:
        raise UserError("message_empty")
    if len(told) > MOST_LETTERS or "\0" in told:
        raise UserError("message_too_long", most=MOST_LETTERS)
    with office.database.write() as session:
        application = session.get(ApplicationRow, application_id)
        if application is None:
            raise UserError("application_unknown")
        now = office.clock.now()
        message_id = new_id(now, office.dice)
        session.add(
            MessageRow(
                id=message_id,
                application_id=application_id,
                at=now,
                officer=officer.name,
                sealed_text=_sealed(office, told),
                read_at=now,
            )
        )
        said = Said(message_id, told)
        number = say(session, office, application.device_id, said, application_id)
        queue(session, office, application_id, "message", message_id)
        who = audit.officer(officer.name)
        audit.note(session, now, who, "message_written", application_id, event=number)


def open_messages(office: Office, officer: Officer, application_id: str) -> tuple[Message, ...]:
    """Open an application's messages for this officer's view, oldest first; audited."""
    check_may(office, officer, "look", application_id)
    rows = (
        select(MessageRow, OfficerRow.shown_name)
        .outerjoin(OfficerRow, OfficerRow.name == MessageRow.officer)
        .where(MessageRow.application_id == application_id)
        .order_by(MessageRow.at, MessageRow.id)
    )
    with office.database.read() as session:
        found = session.execute(rows).all()
    if not found:
        return ()
    with office.database.write() as session:
        now = office.clock.now()
        unread = select(MessageRow).where(
            MessageRow.application_id == application_id, MessageRow.read_at.is_(None)
        )
        for row in session.scalars(unread):
            row.read_at = now
        audit.note(session, now, audit.officer(officer.name), "open_messages", application_id)
    identity = office.keys.keys.identity
    return tuple(
        Message(row.at, name or "", unseal(row.sealed_text, identity).decode(), row.read_at is None)
        for row, name in found
    )


def unread_messages(session: Session) -> dict[str, int]:
    """Return how many messages of applicants nobody has read, by application."""
    rows = session.execute(
        select(MessageRow.application_id, func.count())
        .where(MessageRow.officer.is_(None), MessageRow.read_at.is_(None))
        .group_by(MessageRow.application_id)
    )
    return {application_id: count for application_id, count in rows}


def _sealed(office: Office, text: str) -> bytes:
    return seal(text.encode(), office.keys.keys.public().recipient)
