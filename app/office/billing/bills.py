"""Billing codes around their issue: wanted, told, expired.

Never holds money, and never calls an application paid without a notice that fits its bill.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import BillingIssued, BillLine
from app.domain.fees import whole_fees_due
from app.domain.ids import new_id
from app.domain.requests import BillingWanted, Request
from app.domain.words import WIB
from app.errors import BugError, UserError
from app.office.billing.tables import BillRow
from app.office.catalogues import newest_in, service_in
from app.office.events import say
from app.office.moving import Step, move
from app.office.tables import ApplicationRow
from app.office.unsealing import received_submission
from app.protocol.manifest import open_manifest

if TYPE_CHECKING:
    from app.office.context import Office

#: After this nobody waits any more: a wish without a code is void, and may be made again.
_PATIENCE = timedelta(minutes=30)
PAYABLE = frozenset({"accepted", "awaiting_payment", "payment_expired"})


def want_bill(
    session: Session,
    office: Office,
    application: ApplicationRow,
    request: Request,
    body: BillingWanted,
) -> None:
    """Note that an applicant stands ready to pay; ``issuing`` asks the provider after.

    A code still good for a while is told again instead.

    Raises:
        UserError: ``billing_off`` when this office issues none; ``not_payable`` in the state the
            application has now; ``already_paid``; ``fee_unknown`` when there is no tariff for
            it or a part of it: the cashier must say what is due.
    """
    del request, body
    if office.provider is None:
        raise UserError("billing_off")
    if application.state not in PAYABLE:
        raise UserError("not_payable")
    if is_paid(session, application.id):
        raise UserError("already_paid")
    now = office.clock.now()
    open_bill = _open_bill(session, application.id)
    if open_bill is not None:
        if open_bill.expires_at is not None and now < open_bill.expires_at:
            tell_bill(session, office, application, open_bill)
            return
        if open_bill.expires_at is not None:
            _expire(session, office, open_bill)
        elif now - open_bill.wanted_at < _PATIENCE:
            return
        else:
            open_bill.state = "void"
    lines = _lines(session, office, application)
    if not lines:
        raise UserError("fee_unknown")
    session.add(_wanted(office, application.id, lines, now))


def still_wanted(
    session: Session, office: Office, bill: BillRow, application: ApplicationRow
) -> BillRow | None:
    """Return the bill to be ordered for a wish by now; None, and void, when it is none any more.

    Another tariff makes another bill: the provider may know the first order already.
    """
    is_timely = office.clock.now() - bill.wanted_at < _PATIENCE
    is_payable = application.state in PAYABLE and is_timely
    lines = _lines(session, office, application) if is_payable else ()
    if lines and _encoded(lines) == bill.lines:
        return bill
    bill.state = "void"
    if not lines:
        return None
    renewed = _wanted(office, application.id, lines, bill.wanted_at)
    session.add(renewed)
    session.flush()
    return renewed


def expire_bills(office: Office) -> None:
    """End the codes whose time is over."""
    now = office.clock.now()
    over = select(BillRow).where(BillRow.state == "issued", BillRow.expires_at <= now)
    with office.database.read() as session:
        if session.scalars(over.limit(1)).first() is None:
            return
    with office.database.write() as session:
        for bill in session.scalars(over).all():
            _expire(session, office, bill)


def bills_of(session: Session, application_id: str) -> tuple[BillRow, ...]:
    """Return an application's bills, newest first."""
    rows = select(BillRow).where(BillRow.application_id == application_id)
    return tuple(session.scalars(rows.order_by(BillRow.wanted_at.desc(), BillRow.id.desc())))


def is_paid(session: Session, application_id: str) -> bool:
    """Tell whether the fee of an application is paid, by whatever bill."""
    return any(bill.state == "paid" for bill in bills_of(session, application_id))


def sum_of(office: Office, code: str) -> int:
    """Return what a billing code asks for; 0 for one that was never issued."""
    with office.database.read() as session:
        return session.scalar(select(BillRow.rupiah).where(BillRow.code == code)) or 0


def _open_bill(session: Session, application_id: str) -> BillRow | None:
    return session.scalars(
        select(BillRow).where(
            BillRow.application_id == application_id, BillRow.state.in_(("wanted", "issued"))
        )
    ).first()


def _wanted(
    office: Office, application_id: str, lines: tuple[BillLine, ...], wanted_at: datetime
) -> BillRow:
    return BillRow(
        id=new_id(office.clock.now(), office.dice),
        application_id=application_id,
        state="wanted",
        rupiah=sum(line.rupiah for line in lines),
        lines=_encoded(lines),
        wanted_at=wanted_at,
    )


def _encoded(lines: tuple[BillLine, ...]) -> str:
    return msgspec.json.encode(lines).decode()


def _lines(session: Session, office: Office, application: ApplicationRow) -> tuple[BillLine, ...]:
    """Return what is due by the tariff in force now, whatever it was when the form was filled."""
    catalogue = newest_in(session, office)
    service = service_in(session, office, catalogue.version, application.service_id)
    if service is None:
        return ()
    submission = received_submission(session, application.id, None)
    sealed = office.blobs.read(submission.manifest_digest)
    answers = open_manifest(sealed, office.keys.keys.identity).manifest.answers
    day = office.clock.now().astimezone(WIB).date()
    due = whole_fees_due(catalogue, service, answers.get("office", ""), answers, day)
    return tuple(BillLine(fee.code, fee.label.id, fee.label.en, fee.rupiah) for fee in due)


def tell_bill(session: Session, office: Office, application: ApplicationRow, bill: BillRow) -> None:
    """Tell the device a code that was issued."""
    if bill.code is None or bill.issued_at is None or bill.expires_at is None:
        raise BugError("bill_not_issued")
    told = BillingIssued(
        bill.code,
        bill.rupiah,
        msgspec.json.decode(bill.lines, type=tuple[BillLine, ...]),
        bill.issued_at,
        bill.expires_at,
        tuple(bill.channels.split(",")) if bill.channels else (),
    )
    say(session, office, application.device_id, told, application.id)


def _expire(session: Session, office: Office, bill: BillRow) -> None:
    bill.state = "expired"
    application = session.get_one(ApplicationRow, bill.application_id)
    if application.state == "awaiting_payment":
        move(session, office, application, Step("bill_expired", "payment_expired"))
