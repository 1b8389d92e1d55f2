"""Sends what waits in the outbox of notices, each once, with patience when a gateway is away.

What is true if the process dies after each step of one notice:

1. It is marked ``sending`` (one transaction): nobody was told yet, or somebody was; it goes once
   more at the next round, under the same id and marked as a repetition.
2. The gateway took it: as in 1.
3. It is marked ``sent`` (one transaction): never again.

A line that broke before the gateway answered is as 1, after a wait; if it breaks again with the
repetition, the notice is dropped: most likely it was taken both times. A gateway that is away, or
takes nothing of ours (wrong password), shuts the way for all notices until it is tried again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.domain.requests import NoticesWanted
from app.domain.words import Words
from app.errors import AppError, RemoteError
from app.office.noticing.gateways import Gateway, Outgoing
from app.office.noticing.queueing import opened
from app.office.noticing.reminding import still_holds
from app.office.noticing.tables import CHANNELS, ContactRow, NoticeRow
from app.office.slots.invitation import TELLING, calendar_of
from app.office.tables import ApplicationRow
from app.office.ways.standing import is_open, note_failed, note_worked
from app.resources import load_words

if TYPE_CHECKING:
    from app.office.context import Office

_log = logging.getLogger(__name__)
_MOST_AT_ONCE = 50
#: Of one round: the other chores of the office have their minute too.
_ROUND_S = 20.0
#: What stops a way as a whole, whoever is told; the rest is about one notice.
_SHUTTING = frozenset({"gateway_away", "gateway_unsure", "gateway_denied"})
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
#: After so long nobody wants to hear it any more.
_LIFE = timedelta(days=3)


def send_notices(office: Office) -> None:
    """Send what is due; one that fails waits and holds up no other."""
    until = office.clock.monotonic() + _ROUND_S
    shut: set[str] = set()
    for due in _due(office):
        if office.clock.monotonic() > until:
            return
        if due.channel in shut:
            continue
        try:
            _send(office, due.id, is_repeat=due.is_repeat)
        except AppError as error:
            _note_failure(office, due, error)
            if error.code in _SHUTTING:
                shut.add(due.channel)


def _send(office: Office, notice_id: str, *, is_repeat: bool) -> None:
    outgoing, gateway = _prepare(office, notice_id, is_repeat=is_repeat)
    if outgoing is None or gateway is None:
        return
    gateway.hand_over(outgoing)
    with office.database.write() as session:
        row = session.get_one(NoticeRow, notice_id)
        now = office.clock.now()
        row.state, row.sent_at, row.last_error = "sent", now, ""
        note_worked(session, row.channel, now)


class _Due(msgspec.Struct, frozen=True):
    """One notice whose time has come."""

    id: str
    channel: str
    #: It was handed over before a kill.
    is_repeat: bool


def _due(office: Office) -> list[_Due]:
    """Return what waits and is due, without the ways that are shut."""
    now = office.clock.now()
    with office.database.read() as session:
        open_ways = [name for name in CHANNELS if is_open(session, name, now)]
        rows = session.execute(_waiting(now, open_ways)).all()
    return [_Due(notice_id, channel, state == "sending") for notice_id, channel, state in rows]


def _waiting(now: datetime, channels: list[str]) -> Select[str, str, str]:
    return (
        select(NoticeRow.id, NoticeRow.channel, NoticeRow.state)
        .where(
            NoticeRow.state.in_(("waiting", "sending")),
            NoticeRow.channel.in_(channels),
            or_(NoticeRow.next_attempt_at.is_(None), NoticeRow.next_attempt_at <= now),
        )
        # What failed before stands behind what was never tried: it may be what the line breaks at.
        .order_by(NoticeRow.attempts, NoticeRow.made_at)
        .limit(_MOST_AT_ONCE)
    )


def _prepare(
    office: Office, notice_id: str, *, is_repeat: bool
) -> tuple[Outgoing | None, Gateway | None]:
    """Mark a notice as on its way and word it; (None, None) when it is dropped."""
    with office.database.write() as session:
        row = session.get_one(NoticeRow, notice_id)
        gateway = office.gateways.get(row.channel)
        contact = session.get(ContactRow, row.application_id)
        application = session.get_one(ApplicationRow, row.application_id)
        now = office.clock.now()
        is_over = now - row.made_at > _LIFE or not still_holds(session, row, application, now)
        if contact is None or gateway is None or is_over:
            row.state = "dropped"
            return None, None
        row.state = "sending"
        row.attempts += 1
        wanted = opened(office, contact)
        words = load_words(wanted.language)
        outgoing = _worded(words, wanted, row, application, is_repeat=is_repeat)
        if row.channel == "mail" and row.what in TELLING:
            # As it is now, not as it was when the notice was queued: calendars want the newest.
            calendar = calendar_of(session, office, application, words, outgoing.address)
            outgoing = msgspec.structs.replace(outgoing, calendar=calendar)
        return outgoing, gateway


def _worded(
    words: Words,
    wanted: NoticesWanted,
    row: NoticeRow,
    application: ApplicationRow,
    *,
    is_repeat: bool,
) -> Outgoing:
    said = words(f"notice.{row.what}", reference=application.reference)
    if row.channel == "sms":
        return Outgoing(row.id, wanted.phone.strip(), "", said, is_repeat)
    subject = words("notice.subject", reference=application.reference)
    text = words("notice.mail", text=said)
    return Outgoing(row.id, wanted.email.strip(), subject, text, is_repeat)


def _note_failure(office: Office, due: _Due, error: AppError) -> None:
    _log.warning("notice not sent: %s", error)
    with office.database.write() as session:
        row = session.get_one(NoticeRow, due.id)
        row.last_error = error.code
        if error.code in _SHUTTING:
            note_failed(session, due.channel, office.clock.now(), error.code)
        if error.code == "gateway_denied":
            # No fault of the notice: it waits for the way alone.
            row.state = "sending" if due.is_repeat else "waiting"
            return
        if isinstance(error, RemoteError):
            if not error.is_retryable:
                row.state = "dropped"
                return
            if error.code == "gateway_unsure" and due.is_repeat:
                # Once more at most: nobody is to get the same a third time.
                row.state = "dropped"
                return
            if error.code != "gateway_unsure" and not due.is_repeat:
                # Nothing was ever handed over: the next try is no repetition.
                row.state = "waiting"
        row.next_attempt_at = _next(row, office.clock.now())


def _next(row: NoticeRow, now: datetime) -> datetime:
    doubled: int = 1 << min(max(row.attempts - 1, 0), 12)
    return now + min(_LONGEST_WAIT, _FIRST_WAIT * doubled)


def unsent(session: Session) -> int:
    """Return how many notices wait, for the page of figures."""
    waiting = NoticeRow.state.in_(("waiting", "sending"))
    return session.scalar(select(func.count(NoticeRow.id)).where(waiting)) or 0
