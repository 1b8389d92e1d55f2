"""Billing codes as this kiosk heard of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.base import Table


class BillRow(Table):
    """One billing code (kode billing); nothing is ever paid here."""

    __tablename__ = "bills"
    #: 15 digits.
    code: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    rupiah: Mapped[int]
    #: JSON list of BillLine.
    lines: Mapped[str]
    #: Keys under ``billing.channel``, joined by commas.
    channels: Mapped[str] = mapped_column(default="")
    #: By the office's clock.
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    #: By ours.
    fetched_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    ntpn: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index("ix_bills_application", "application_id", "issued_at"),)
