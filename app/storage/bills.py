"""Billing codes that the office issued, and payments it noted; the kiosk never holds money.

Each function is part of one transaction of the caller and changes nothing when called twice.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import BillingIssued, BillLine, PaymentNoted
from app.storage.bill_tables import BillRow
from app.storage.tables import ApplicationRow
from app.storage.timeline import add_entry


class Bill(msgspec.Struct, frozen=True):
    """One billing code and what became of it; office times are by the office's clock."""

    code: str
    rupiah: int
    lines: tuple[BillLine, ...]
    channels: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    fetched_at: datetime
    paid_at: datetime | None
    #: State treasury's transaction number; empty until paid.
    ntpn: str


def keep_bill(session: Session, application_id: str, issued: BillingIssued, now: datetime) -> bool:
    """Write a billing code down; False when the application is unknown here."""
    if session.get(ApplicationRow, application_id) is None:
        return False
    known = session.get(BillRow, issued.code)
    if known is not None:
        # Asked for again while it was good, the office tells it again.
        known.fetched_at = now
        return True
    session.add(
        BillRow(
            code=issued.code,
            application_id=application_id,
            rupiah=issued.rupiah,
            lines=msgspec.json.encode(issued.lines).decode(),
            channels=",".join(issued.channels),
            issued_at=issued.issued_at,
            expires_at=issued.expires_at,
            fetched_at=now,
        )
    )
    add_entry(session, application_id, now, "billing", code=issued.code, rupiah=str(issued.rupiah))
    return True


def keep_payment(session: Session, application_id: str, paid: PaymentNoted, now: datetime) -> bool:
    """Write a payment down; False when the application is unknown here."""
    if session.get(ApplicationRow, application_id) is None:
        return False
    bill = session.get(BillRow, paid.billing_code)
    if bill is None:
        # The code was fetched before a backup that this kiosk came back from.
        bill = BillRow(
            code=paid.billing_code, application_id=application_id, rupiah=paid.rupiah, lines="[]",
            issued_at=paid.paid_at, expires_at=paid.paid_at, fetched_at=now,
        )  # fmt: skip
        session.add(bill)
    if bill.paid_at is None:
        bill.paid_at, bill.ntpn = paid.paid_at, paid.ntpn
        add_entry(session, application_id, now, "payment", ntpn=paid.ntpn, rupiah=str(paid.rupiah))
    return True


def bills_of(session: Session, application_id: str) -> tuple[Bill, ...]:
    """Return an application's billing codes, newest first."""
    rows = session.scalars(
        select(BillRow)
        .where(BillRow.application_id == application_id)
        .order_by(BillRow.issued_at.desc(), BillRow.code)
    )
    return tuple(
        Bill(
            row.code,
            row.rupiah,
            msgspec.json.decode(row.lines, type=tuple[BillLine, ...]),
            tuple(row.channels.split(",")) if row.channels else (),
            row.issued_at,
            row.expires_at,
            row.fetched_at,
            row.paid_at,
            row.ntpn,
        )
        for row in rows
    )
