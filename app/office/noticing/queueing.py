"""Queues notices in the transaction of the change they tell; takes and drops consent.

Never puts an answer, a name or a NIK into a notice: the reference and what happened must do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.ids import new_id
from app.domain.requests import NoticesWanted, Request
from app.errors import UserError
from app.office.noticing.tables import ContactRow, NoticeRow
from app.office.overtaking import check_newest
from app.office.tables import ApplicationRow
from app.protocol.sealing import seal, unseal

if TYPE_CHECKING:
    from app.office.context import Office

#: What a header carries as it stands; rarer forms of an address are not worth their dangers.
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")
_MOST_MAIL = 254
#: States that somebody at home waits to hear of; the others are seen at kiosk or counter.
TOLD_STATES = frozenset(
    {
        "returned",
        "accepted",
        "payment_expired",
        "paid",
        "scheduled",
        "suspended",
        "under_examination",
        "ready",
        "rejected",
        "cancelled",
    }
)


def take_consent(
    session: Session,
    office: Office,
    application: ApplicationRow,
    request: Request,
    body: NoticesWanted,
) -> None:
    """Keep where an applicant agrees to be told; nothing filled in takes the consent back.

    Raises:
        UserError: ``address_malformed``; ``overtaken`` by a newer word.
    """
    check_newest(session, request)
    row = session.get(ContactRow, application.id)
    if not body.email.strip() and not body.phone.strip():
        if row is not None:
            session.delete(row)
        _drop_waiting(session, application.id)
        return
    if not _is_plain(body):
        raise UserError("address_malformed")
    if row is None:
        row = ContactRow(application_id=application.id)
        session.add(row)
    row.sealed = seal(msgspec.json.encode(body), office.keys.keys.public().recipient)
    row.agreed_at = request.made_at


def queue(session: Session, office: Office, application_id: str, what: str, occasion: str) -> None:
    """Queue a notice by each channel that the applicant agreed to; once for each occasion."""
    row = session.get(ContactRow, application_id)
    if row is None:
        return
    wanted = opened(office, row)
    now = office.clock.now()
    for channel, address in (("mail", wanted.email), ("sms", wanted.phone)):
        if address.strip() and not _is_known(session, application_id, channel, what, occasion):
            session.add(
                NoticeRow(
                    id=new_id(now, office.dice),
                    application_id=application_id,
                    channel=channel,
                    what=what,
                    occasion=occasion,
                    made_at=now,
                )
            )


def queue_state(session: Session, office: Office, application_id: str, state: str) -> None:
    """Queue the notice of a new state, if it is one of those that are told."""
    if state in TOLD_STATES:
        queue(session, office, application_id, state, office.clock.now().isoformat())


def opened(office: Office, row: ContactRow) -> NoticesWanted:
    """Return the addresses of a consent."""
    sealed = unseal(row.sealed, office.keys.keys.identity)
    return msgspec.json.decode(sealed, type=NoticesWanted)


def _is_known(
    session: Session, application_id: str, channel: str, what: str, occasion: str
) -> bool:
    found = select(NoticeRow.id).where(
        NoticeRow.application_id == application_id,
        NoticeRow.channel == channel,
        NoticeRow.what == what,
        NoticeRow.occasion == occasion,
    )
    return session.scalars(found).first() is not None


def _drop_waiting(session: Session, application_id: str) -> None:
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.application_id == application_id, NoticeRow.state == "waiting")
        .values(state="dropped")
    )


def _is_plain(body: NoticesWanted) -> bool:
    """Tell whether the addresses are what a header and a gateway may be handed."""
    email, phone = body.email.strip(), body.phone.strip()
    is_mail = not email or (len(email) <= _MOST_MAIL and _MAIL.fullmatch(email) is not None)
    digits = phone.removeprefix("+").replace(" ", "").replace("-", "")
    is_phone = not phone or (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15)
    return is_mail and is_phone
