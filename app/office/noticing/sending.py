"""Sends what waits in the outbox of notices, each once, with patience when a gateway is away.

What is true if the process dies after each step of one notice:

1. It is marked ``sending`` (one transaction): nobody was told yet, or somebody was; it goes once
   more at the next round, under the same id and marked as a repetition.
2. The gateway took it: as in 1.
3. It is marked ``sent`` (one transaction): never again.

A line that broke before the gateway answered is as 1, after a wait.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.requests import NoticesWanted
from app.errors import AppError, RemoteError
from app.office.noticing.gateways import Gateway, Outgoing
from app.office.noticing.queueing import opened
from app.office.noticing.tables import ContactRow, NoticeRow
from app.office.tables import ApplicationRow
from app.resources import load_words

if TYPE_CHECKING:
    from app.office.context import Office

_log = logging.getLogger(__name__)
_MOST_AT_ONCE = 50
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
#: After so long nobody wants to hear it any more.
_LIFE = timedelta(days=3)


def send_notices(office: Office) -> None:
    """Send what is due; one that fails waits and holds up no other."""
    for notice_id, is_repeat in _due(office):
        try:
            _send(office, notice_id, is_repeat=is_repeat)
        except AppError as error:
            _note_failure(office, notice_id, error, is_repeat=is_repeat)


def _send(office: Office, notice_id: str, *, is_repeat: bool) -> None:
    outgoing, gateway = _prepare(office, notice_id, is_repeat=is_repeat)
    if outgoing is None or gateway is None:
        return
    gateway.hand_over(outgoing)
    with office.database.write() as session:
        row = session.get_one(NoticeRow, notice_id)
        row.state, row.sent_at, row.last_error = "sent", office.clock.now(), ""


def _due(office: Office) -> list[tuple[str, bool]]:
    """Return what waits and is due, and whether it was handed over before a kill."""
    now = office.clock.now()
    due = (
        select(NoticeRow.id, NoticeRow.state)
        .where(
            NoticeRow.state.in_(("waiting", "sending")),
            or_(NoticeRow.next_attempt_at.is_(None), NoticeRow.next_attempt_at <= now),
        )
        .order_by(NoticeRow.made_at)
        .limit(_MOST_AT_ONCE)
    )
    with office.database.read() as session:
        return [(notice_id, state == "sending") for notice_id, state in session.execute(due)]


def _prepare(
    office: Office, notice_id: str, *, is_repeat: bool
) -> tuple[Outgoing | None, Gateway | None]:
    """Mark a notice as on its way and word it; (None, None) when it is dropped."""
    with office.database.write() as session:
        row = session.get_one(NoticeRow, notice_id)
        gateway = office.gateways.get(row.channel)
        contact = session.get(ContactRow, row.application_id)
        if contact is None or gateway is None or office.clock.now() - row.made_at > _LIFE:
            row.state = "dropped"
            return None, None
        row.state = "sending"
        row.attempts += 1
        application = session.get_one(ApplicationRow, row.application_id)
        return _worded(opened(office, contact), row, application, is_repeat=is_repeat), gateway


def _worded(
    wanted: NoticesWanted, row: NoticeRow, application: ApplicationRow, *, is_repeat: bool
) -> Outgoing:
    words = load_words(wanted.language)
    said = words(f"notice.{row.what}", reference=application.reference)
    if row.channel == "sms":
        return Outgoing(row.id, wanted.phone.strip(), "", said, is_repeat)
    subject = words("notice.subject", reference=application.reference)
    text = words("notice.mail", text=said)
    return Outgoing(row.id, wanted.email.strip(), subject, text, is_repeat)


def _note_failure(office: Office, notice_id: str, error: AppError, *, is_repeat: bool) -> None:
    _log.warning("notice not sent: %s", error)
    with office.database.write() as session:
        row = session.get_one(NoticeRow, notice_id)
        row.last_error = error.code
        if isinstance(error, RemoteError):
            if not error.is_retryable:
                row.state = "dropped"
                return
            if error.code != "gateway_unsure" and not is_repeat:
                # Nothing was ever handed over: the next try is no repetition.
                row.state = "waiting"
        row.next_attempt_at = _next(row, office.clock.now())


def _next(row: NoticeRow, now: datetime) -> datetime:
    doubled: int = 1 << min(max(row.attempts - 1, 0), 12)
    return now + min(_LONGEST_WAIT, _FIRST_WAIT * doubled)


def unsent(session: Session) -> int:
    """Return how many notices wait, for the dashboard."""
    waiting = select(NoticeRow.id).where(NoticeRow.state.in_(("waiting", "sending")))
    return len(session.scalars(waiting).all())
