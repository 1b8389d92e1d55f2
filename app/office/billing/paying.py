"""Makes true that a bill was paid: bill, state and events in the caller's transaction.

Never judges whether a payment fits; whoever calls has.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import PaymentNoted
from app.errors import BugError
from app.office.billing.tables import BillRow
from app.office.events import say
from app.office.moving import Step, move
from app.office.slots.publishing import publish_to
from app.office.tables import ApplicationRow

if TYPE_CHECKING:
    from app.office.context import Office


def note_paid(
    session: Session, office: Office, bill: BillRow, paid_at: datetime, ntpn: str, step: Step
) -> None:
    """Note a payment on its bill, end the application's other bills and tell the kiosk."""
    if bill.code is None:
        raise BugError("bill_not_issued")
    application = session.get_one(ApplicationRow, bill.application_id)
    bill.state, bill.paid_at, bill.ntpn = "paid", paid_at, ntpn
    _end_others(session, bill)
    told = PaymentNoted(bill.code, bill.rupiah, paid_at, ntpn)
    say(session, office, application.device_id, told, application.id)
    move(session, office, application, step)
    publish_to(session, office, application.device_id)


def is_ntpn_used(session: Session, ntpn: str) -> bool:
    """Tell whether a transaction of the treasury paid a bill already."""
    return session.scalars(select(BillRow.id).where(BillRow.ntpn == ntpn)).first() is not None


def _end_others(session: Session, paid: BillRow) -> None:
    others = select(BillRow).where(
        BillRow.application_id == paid.application_id,
        BillRow.id != paid.id,
        BillRow.state.in_(("wanted", "issued")),
    )
    for bill in session.scalars(others):
        bill.state = "void"
