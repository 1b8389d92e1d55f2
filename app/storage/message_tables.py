"""What the office wrote to applicants."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.base import Table


class MessageRow(Table):
    """One message of the office about an application."""

    __tablename__ = "messages"
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    said_at: Mapped[datetime]
    text: Mapped[str]
    #: When the applicant saw it here.
    seen_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_messages_application", "application_id", "said_at"),)
