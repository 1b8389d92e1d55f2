"""Interview slots as this kiosk heard of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.base import Table


class AppointmentRow(Table):
    """When and where the applicant comes; and what the office offered last."""

    __tablename__ = "appointments"
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    #: JSON Slot; empty before one was given, and after the office took it back.
    slot: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime | None]
    #: JSON list of FreeSlot; empty once a slot was given.
    offered: Mapped[str] = mapped_column(default="")
    offered_at: Mapped[datetime | None]
