"""Bills and payment notices; money is whole rupiah."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

#: ``wanted``: no code yet; ``void``: replaced or no longer needed before it was paid.
BILL_STATES = ("wanted", "issued", "paid", "expired", "void")
#: What became of a notice; only ``paid`` moves an application.
OUTCOMES = ("paid", "repeated", "wrong_amount", "unknown_code", "not_expected")


class BillRow(Table):
    """One billing code, from the wish for it to its payment or its end."""

    __tablename__ = "bills"
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    state: Mapped[str] = mapped_column(default="wanted")
    rupiah: Mapped[int]
    #: JSON list of BillLine: the tariff in force when the code was ordered.
    lines: Mapped[str]
    wanted_at: Mapped[datetime]
    #: How often the provider was asked in vain, and when it is asked next.
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    #: 15 digits; null until issued.
    code: Mapped[str | None] = mapped_column(unique=True)
    issued_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    #: Where it can be paid, joined by commas.
    channels: Mapped[str] = mapped_column(default="")
    paid_at: Mapped[datetime | None]
    #: State treasury's transaction number (NTPN); empty until paid.
    ntpn: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        one_of("state", BILL_STATES),
        Index("ix_bills_application", "application_id", "wanted_at"),
        Index("ix_bills_state", "state", "expires_at"),
    )


class PaymentNoticeRow(Table):
    """One payment notice of the provider, as it came; never changed."""

    __tablename__ = "payment_notices"
    #: The provider's own name of it.
    id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
    rupiah: Mapped[int]
    ntpn: Mapped[str]
    paid_at: Mapped[datetime]
    taken_at: Mapped[datetime]
    outcome: Mapped[str]
    __table_args__ = (
        one_of("outcome", OUTCOMES),
        Index("ix_payment_notices_code", "code"),
    )
