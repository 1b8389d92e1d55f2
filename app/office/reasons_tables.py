"""The office's own list of reasons for sending something back; no person is named in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

KINDS = ("document", "field")


class ReturnReasonRow(Table):
    """A reason of the office's own, or one of the shipped ones taken off the list."""

    __tablename__ = "return_reasons"
    #: Our own id, or the shipped reason's name.
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    #: What the applicant reads; empty for a shipped one.
    text: Mapped[str] = mapped_column(default="")
    is_listed: Mapped[bool] = mapped_column(default=True)
    changed_by: Mapped[str] = mapped_column(ForeignKey("officers.name"))
    changed_at: Mapped[datetime]
    __table_args__ = (one_of("kind", KINDS),)
