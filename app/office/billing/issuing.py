"""Asks the provider for the codes that are wanted, while nobody's upload waits for it.

A wish is a row; the contact that brought it waits a moment for the answer and then goes on without.
Never asks twice for two codes: an order keeps its name until it is answered or its sum is another.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.errors import AppError, RemoteError
from app.office import audit
from app.office.billing.bills import PAYABLE, still_wanted, tell_bill
from app.office.billing.provider import CODE_DIGITS, IssuedCode, Order
from app.office.billing.tables import BillRow
from app.office.moving import Step, move
from app.office.tables import ApplicationRow
from app.office.ways.asking import SHUTTING
from app.office.ways.standing import is_open, note_failed, note_worked

if TYPE_CHECKING:
    from app.office.context import Office

_log = logging.getLogger(__name__)
_WAY = "payments"
#: Askers at once that contacts may start: a provider that hangs takes no thread from the intake.
_MOST_ASKERS = 4
_MOST_AT_ONCE = 20
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(minutes=15)
#: Somebody stands at a kiosk and waits: a provider that came back is found soon.
_LONGEST_SHUT = timedelta(minutes=2)
#: No code lives longer; what a provider says beyond that is a slip of its clock.
_LONGEST_LIFE = timedelta(days=31)


class ContactIssuing:
    """Issues codes while the device that wants them is on the line.

    Args:
        office: ours.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._askers = anyio.CapacityLimiter(_MOST_ASKERS)

    async def issue(self, device_id: str) -> None:
        """Wait a moment for the codes that a device wants; what comes later is told later."""
        office = self._office
        if office.provider is None or not await to_thread.run_sync(_wants, office, device_id):
            return
        with anyio.move_on_after(office.settings.payment_wait_s):
            await to_thread.run_sync(
                issue_wanted, office, device_id, abandon_on_cancel=True, limiter=self._askers
            )


def issue_wanted(office: Office, device_id: str = "") -> None:
    """Ask the provider for the codes that are wanted and due, of one device or of all.

    What is true if it dies: after the provider answered, before it is written, the bill is still
    wanted; asking again with the same order gives the same code. Written: the event is too.
    """
    if office.provider is None:
        return
    for wish in _due(office, device_id):
        order = None
        try:
            order = _order(office, wish)
            if order is not None:
                _note_issued(office, order, office.provider.issue(order))
        except AppError as error:
            # One order that cannot be served holds up no other.
            _log.warning("no billing code yet: %s", error)
            _note_tried(office, order.id if order is not None else wish, error)
            if error.code in SHUTTING:
                return


def _wants(office: Office, device_id: str) -> bool:
    return bool(_due(office, device_id))


def _due(office: Office, device_id: str) -> list[str]:
    now = office.clock.now()
    due = (
        select(BillRow.id)
        .join(ApplicationRow, ApplicationRow.id == BillRow.application_id)
        .where(
            BillRow.state == "wanted",
            or_(BillRow.next_attempt_at.is_(None), BillRow.next_attempt_at <= now),
        )
        .order_by(BillRow.attempts, BillRow.wanted_at)
        .limit(_MOST_AT_ONCE)
    )
    if device_id:
        due = due.where(ApplicationRow.device_id == device_id)
    with office.database.read() as session:
        if not is_open(session, _WAY, now):
            return []
        return list(session.scalars(due))


def _order(office: Office, bill_id: str) -> Order | None:
    """Return what is to be ordered for a wish now, if somebody still waits for it."""
    with office.database.write() as session:
        bill = session.get_one(BillRow, bill_id)
        if bill.state != "wanted":
            return None
        application = session.get_one(ApplicationRow, bill.application_id)
        wanted = still_wanted(session, office, bill, application)
        return Order(wanted.id, application.reference, wanted.rupiah) if wanted else None


def _note_tried(office: Office, bill_id: str, error: AppError) -> None:
    now = office.clock.now()
    with office.database.write() as session:
        if error.code in SHUTTING:
            note_failed(session, _WAY, now, error.code, _LONGEST_SHUT)
        bill = session.get_one(BillRow, bill_id)
        if bill.state != "wanted":
            return
        if isinstance(error, RemoteError) and not error.is_retryable:
            # The provider will never serve it; the applicant may ask again.
            bill.state = "void"
            return
        doubled: int = 1 << min(bill.attempts, 8)
        bill.attempts += 1
        bill.next_attempt_at = now + min(_LONGEST_WAIT, _FIRST_WAIT * doubled)


def _note_issued(office: Office, order: Order, issued: IssuedCode) -> None:
    now = office.clock.now()
    _check(issued, now)
    with office.database.write() as session:
        note_worked(session, _WAY, now)
        bill = session.get_one(BillRow, order.id)
        if bill.state != "wanted":
            return
        application = session.get_one(ApplicationRow, bill.application_id)
        if application.state not in PAYABLE:
            bill.state = "void"
            return
        bill.state, bill.code = "issued", issued.code
        bill.issued_at, bill.expires_at = issued.issued_at, issued.expires_at
        bill.channels = ",".join(issued.channels)
        _tell(session, office, application, bill)


def _tell(session: Session, office: Office, application: ApplicationRow, bill: BillRow) -> None:
    if application.state != "awaiting_payment":
        move(session, office, application, Step("bill", "awaiting_payment"))
    tell_bill(session, office, application, bill)
    now = office.clock.now()
    facts = {"rupiah": bill.rupiah}
    audit.note(session, now, audit.OFFICE, "billing_issued", application.id, **facts)


def _check(issued: IssuedCode, now: datetime) -> None:
    """Refuse a code that nobody could pay.

    Raises:
        RemoteError: ``provider_lied``.
    """
    is_code = len(issued.code) == CODE_DIGITS and issued.code.isascii() and issued.code.isdigit()
    is_timely = issued.issued_at < issued.expires_at and now < issued.expires_at
    if not is_code or not is_timely or issued.expires_at - now > _LONGEST_LIFE:
        raise RemoteError("provider_lied", is_retryable=False)
