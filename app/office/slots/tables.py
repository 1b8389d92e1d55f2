"""When people can be seen, and who comes when.

No two rows of ``bookings`` share a place of a slot: the database itself holds that.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table


class SlotRuleRow(Table):
    """Hours in which people are seen: every week on one weekday, or on one day of an outreach."""

    __tablename__ = "slot_rules"
    id: Mapped[str] = mapped_column(primary_key=True)
    #: Short name that begins the slots' ids: letters and digits.
    place_id: Mapped[str]
    #: What people read.
    place: Mapped[str]
    #: 0 is Monday; null for one day only.
    weekday: Mapped[int | None]
    day: Mapped[date | None] = mapped_column(Date)
    #: ``08:00`` and ``11:30`` by the islands' clock: the first beginning and the last end.
    opens: Mapped[str]
    closes: Mapped[str]
    minutes: Mapped[int]
    #: People seen side by side, and how many of these places are kept for priority groups.
    places: Mapped[int]
    priority_places: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    __table_args__ = (
        CheckConstraint("(weekday IS NULL) <> (day IS NULL)", name="weekday_or_day"),
        CheckConstraint("places > priority_places AND priority_places >= 0", name="places_enough"),
    )


class ClosedDayRow(Table):
    """A day on which nobody is seen beside the public holidays."""

    __tablename__ = "closed_days"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    why: Mapped[str]


class BookingRow(Table):
    """One application's place; at most one each, and each place at most once."""

    __tablename__ = "bookings"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    slot_id: Mapped[str]
    #: 1, 2, ... within the slot; those kept for priority groups come last.
    place_number: Mapped[int]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str]
    booked_at: Mapped[datetime]
    #: Moves that the applicant asked for.
    moves: Mapped[int] = mapped_column(default=0)
    #: The office could not hold it (the boat did not sail): the next move costs nothing.
    is_released: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        UniqueConstraint("slot_id", "place_number", name="uq_bookings_place"),
        Index("ix_bookings_starts", "starts_at"),
    )
