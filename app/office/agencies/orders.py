"""What is to be asked of other agencies, as an outbox: queued, sent, answered; never waited for.

Intake and officers know nothing of it. Training applications never leave the office.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.errors import AppError, RemoteError
from app.office.agencies.sending import send_order
from app.office.agencies.tables import AgencyOrderRow
from app.office.tables import ApplicationRow
from app.office.ways.asking import SHUTTING
from app.office.ways.standing import is_open, note_failed

if TYPE_CHECKING:
    from app.office.context import Office

_log = logging.getLogger(__name__)
#: Agency to the states in which its question is of use.
ASKED_IN: Mapping[str, frozenset[str]] = {
    "registry": frozenset({"received", "in_review"}),
    "ministry": frozenset(
        {
            "accepted",
            "awaiting_payment",
            "payment_expired",
            "paid",
            "scheduled",
            "attended",
            "adjudication",
            "printing",
            "ready",
        }
    ),
}
_MOST_QUEUED = 100
_MOST_SENT = 20
#: Of one round and agency: the other chores of the office have their minute too.
_ROUND_S = 20.0
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


def queue_orders(office: Office) -> None:
    """Queue what agencies that are named in the settings have not been asked yet.

    What was not needed when its turn came is queued again once the application is back in a state
    in which it is: an examination is over, or a suspension.
    """
    agencies = [name for name in ASKED_IN if _is_named(office, name)]
    with office.database.read() as session:
        wanted = [about for name in agencies for about in _unasked(session, name)]
    if not wanted:
        return
    now = office.clock.now()
    with office.database.write() as session:
        for agency, application_id, revision in wanted:
            about = f"{agency} {application_id} {revision}"
            order_id = office.keys.digest_for("agency_order", about)
            order = session.get(AgencyOrderRow, order_id)
            if order is not None and order.state == "void":
                order.state = "waiting"
            elif order is None:
                session.add(
                    AgencyOrderRow(
                        id=order_id,
                        agency=agency,
                        application_id=application_id,
                        revision=revision,
                        made_at=now,
                    )
                )


def send_orders(office: Office) -> None:
    """Send what is due; an agency that is away holds up nothing but its own orders."""
    for agency in ASKED_IN:
        if _is_named(office, agency):
            _send_round(office, agency)


def _is_named(office: Office, agency: str) -> bool:
    return (office.registry if agency == "registry" else office.ministry) is not None


def _unasked(session: Session, agency: str) -> list[tuple[str, str, int]]:
    asked = and_(
        AgencyOrderRow.application_id == ApplicationRow.id,
        AgencyOrderRow.revision == ApplicationRow.revision,
        AgencyOrderRow.agency == agency,
        AgencyOrderRow.state != "void",
    )
    rows = (
        select(ApplicationRow.id, ApplicationRow.revision)
        .outerjoin(AgencyOrderRow, asked)
        .where(
            AgencyOrderRow.id.is_(None),
            ApplicationRow.state.in_(ASKED_IN[agency]),
            ApplicationRow.is_training.is_(False),
        )
        .order_by(ApplicationRow.received_at)
        .limit(_MOST_QUEUED)
    )
    if agency == "registry":
        rows = rows.where(ApplicationRow.nik_digest != "")
    return [
        (agency, application_id, revision) for application_id, revision in session.execute(rows)
    ]


def _send_round(office: Office, agency: str) -> None:
    until = office.clock.monotonic() + _ROUND_S
    for order_id in _due(office, agency):
        if office.clock.monotonic() > until:
            return
        try:
            send_order(office, order_id, ASKED_IN[agency], until)
        except AppError as error:
            _log.warning("%s not asked: %s", agency, error)
            _note_failure(office, order_id, error)
            if error.code in SHUTTING:
                return


def _due(office: Office, agency: str) -> list[str]:
    now = office.clock.now()
    due = (
        select(AgencyOrderRow.id)
        .where(
            AgencyOrderRow.agency == agency,
            AgencyOrderRow.state == "waiting",
            or_(AgencyOrderRow.next_attempt_at.is_(None), AgencyOrderRow.next_attempt_at <= now),
        )
        # What failed before stands behind what was never tried.
        .order_by(AgencyOrderRow.attempts, AgencyOrderRow.made_at)
        .limit(_MOST_SENT)
    )
    with office.database.read() as session:
        return list(session.scalars(due)) if is_open(session, agency, now) else []


def _note_failure(office: Office, order_id: str, error: AppError) -> None:
    now = office.clock.now()
    with office.database.write() as session:
        row = session.get_one(AgencyOrderRow, order_id)
        row.last_error = error.code
        if error.code in SHUTTING:
            note_failed(session, row.agency, now, error.code)
        if isinstance(error, RemoteError) and not error.is_retryable:
            row.state = "refused"
            return
        doubled: int = 1 << min(row.attempts, 12)
        row.attempts += 1
        row.next_attempt_at = now + min(_LONGEST_WAIT, _FIRST_WAIT * doubled)
