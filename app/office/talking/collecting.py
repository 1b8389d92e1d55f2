"""How a passport is to be fetched: by oneself, by a proxy, by post; as the applicant chose last."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy.orm import Session

from app.domain.events import ParcelSent
from app.domain.requests import CollectingChosen, Request
from app.errors import UserError
from app.office import audit
from app.office.events import say
from app.office.overtaking import check_newest
from app.office.roles import Officer, check_may
from app.office.tables import ApplicationRow
from app.office.talking.tables import CollectingRow
from app.protocol.sealing import seal, unseal

if TYPE_CHECKING:
    from app.office.context import Office

#: After the hand-over, or without a passport to come, there is nothing to choose.
_OVER = frozenset({"handed_over", "rejected", "cancelled", "withdrawn"})
_TRACKING = re.compile(r"[0-9A-Za-z\-]{4,40}")


def choose_collecting(
    session: Session,
    office: Office,
    application: ApplicationRow,
    request: Request,
    body: CollectingChosen,
) -> None:
    """Keep the choice; a parcel that has left cannot be called back.

    Raises:
        UserError: ``overtaken`` by a newer choice; ``collecting_over``; ``collecting_incomplete``
            when a name or an address lacks.
    """
    check_newest(session, request)
    row = session.get(CollectingRow, application.id)
    if application.state in _OVER or (row is not None and row.sent_at is not None):
        raise UserError("collecting_over")
    is_named = body.how == "self" or bool(body.name.strip())
    if not is_named or (body.how == "post" and not body.address.strip()):
        raise UserError("collecting_incomplete")
    if row is None:
        row = CollectingRow(application_id=application.id)
        session.add(row)
    row.how, row.chosen_at = body.how, request.made_at
    row.sealed = seal(msgspec.json.encode(body), office.keys.keys.public().recipient)


def chosen(office: Office, row: CollectingRow) -> CollectingChosen:
    """Return a choice, opened for one view."""
    opened = unseal(row.sealed, office.keys.keys.identity)
    return msgspec.json.decode(opened, type=CollectingChosen)


def send_parcel(office: Office, officer: Officer, application_id: str, tracking: str) -> None:
    """Note that the passport left by post, and tell its tracking number.

    Raises:
        UserError: ``application_unknown``; ``no_parcel`` when post was not chosen or the passport
            is not ready; ``tracking_malformed``.
    """
    check_may(office, officer, "hand_over", application_id)
    number = tracking.strip()
    if not _TRACKING.fullmatch(number):
        raise UserError("tracking_malformed")
    with office.database.write() as session:
        application = session.get(ApplicationRow, application_id)
        if application is None:
            raise UserError("application_unknown")
        row = session.get(CollectingRow, application_id)
        if row is None or row.how != "post" or application.state != "ready":
            raise UserError("no_parcel")
        now = office.clock.now()
        row.tracking, row.sent_at = number, now
        say(session, office, application.device_id, ParcelSent(number, now), application_id)
        audit.note(session, now, audit.officer(officer.name), "parcel_sent", application_id)
