"""How often somebody has guessed lately, counted by all workers together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table


class GuessRow(Table):
    """The guesses of one caller in one stretch of time; gone when that is over."""

    __tablename__ = "guesses"
    #: Name of the limit.
    what: Mapped[str] = mapped_column(primary_key=True)
    #: Keyed digest: addresses and references stand nowhere in clear.
    caller: Mapped[str] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    count: Mapped[int]
    __table_args__ = (Index("ix_guesses_ends_at", "ends_at"),)
