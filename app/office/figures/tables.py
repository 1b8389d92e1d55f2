"""What each kiosk told of itself, a row a day: whether it was heard, what waits, how fast it is."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table


class DeviceDayRow(Table):
    """One kiosk's last word of one day; rows of more than a year ago go."""

    __tablename__ = "device_days"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    #: By the islands' calendar.
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    heard_at: Mapped[datetime]
    #: Submissions without a receipt, those among them that wait for a person, and their bytes.
    waiting: Mapped[int]
    set_aside: Mapped[int]
    waiting_bytes: Mapped[int] = mapped_column(BigInteger)
    #: Bytes a second over its last stretches; 0 when it never measured.
    speed: Mapped[int]
