"""Into whose hands a passport was given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

RECEIVERS = ("applicant", "proxy", "post")
#: By what a proxy may take it: on the same family card, or by a stamped power of attorney.
AUTHORITIES = ("", "family_card", "power_of_attorney")


class HandoverRow(Table):
    """One hand-over; never changed."""

    __tablename__ = "handovers"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    at: Mapped[datetime]
    officer: Mapped[str] = mapped_column(ForeignKey("officers.name"))
    receiver: Mapped[str]
    authority: Mapped[str] = mapped_column(default="")
    #: The proxy's name, sealed to the office's own key; null without a proxy.
    sealed_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (one_of("receiver", RECEIVERS), one_of("authority", AUTHORITIES))
