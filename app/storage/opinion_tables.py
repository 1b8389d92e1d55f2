"""What people think, on its way to the office; nothing here leads to an application."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.base import Table


class OpinionRow(Table):
    """One opinion's record; it waits while the office does not hold that."""

    __tablename__ = "opinions"
    digest: Mapped[str] = mapped_column(ForeignKey("records.digest"), primary_key=True)
    #: On which it was given, by the islands' calendar; no hour is kept anywhere.
    day: Mapped[date] = mapped_column(Date)
    #: Why the office would not have it; it is not sent again.
    refused_code: Mapped[str] = mapped_column(default="")
    # In no order but that of their digests, which is nobody's.
    __table_args__ = ({"sqlite_with_rowid": False},)
