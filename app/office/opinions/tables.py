"""What people think of the service; no row leads to an application, a person or an hour."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

OCCASIONS = ("handover", "slip")


class OpinionRow(Table):
    """One opinion; never changed."""

    __tablename__ = "opinions"
    #: Drawn by lot: neither the order of coming nor the record that brought it can be read off.
    id: Mapped[str] = mapped_column(primary_key=True)
    village: Mapped[str]
    service_id: Mapped[str]
    occasion: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    #: 1 bad, 2 fair, 3 good, 0 not answered.
    easy: Mapped[int]
    quick: Mapped[int]
    kind: Mapped[int]
    #: The free word, sealed to the office's own key; null without one.
    sealed_words: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        one_of("occasion", OCCASIONS),
        CheckConstraint(
            "easy BETWEEN 0 AND 3 AND quick BETWEEN 0 AND 3 AND kind BETWEEN 0 AND 3",
            name="marks_known",
        ),
        Index("ix_opinions_day", "day"),
    )
