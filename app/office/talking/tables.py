"""Messages and ways of collecting; what people wrote is sealed to the office's own key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

WAYS = ("self", "proxy", "post")


class MessageRow(Table):
    """One message about an application, in either direction; never changed but for its reading."""

    __tablename__ = "messages"
    #: The request's id, or one of our own.
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    at: Mapped[datetime]
    #: Null when the applicant wrote it.
    officer: Mapped[str | None] = mapped_column(ForeignKey("officers.name"))
    sealed_text: Mapped[bytes] = mapped_column(LargeBinary)
    #: When an officer first saw the applicant's message.
    read_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_messages_application", "application_id", "at"),
        Index("ix_messages_unread", "officer", "read_at"),
    )


class CollectingRow(Table):
    """How the applicant will have the passport fetched; the newest choice counts."""

    __tablename__ = "collecting"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    how: Mapped[str]
    #: JSON CollectingChosen.
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    chosen_at: Mapped[datetime]
    #: Of a parcel; empty until it was handed to the post.
    tracking: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]
    __table_args__ = (one_of("how", WAYS),)
