"""What calendars were told of an interview."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table


class InvitationRow(Table):
    """An interview as the applicant's calendar should show it; kept when the place is gone."""

    __tablename__ = "invitations"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    #: Raised with each change: a calendar takes the highest it has seen.
    sequence: Mapped[int]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str]
    is_cancelled: Mapped[bool]
