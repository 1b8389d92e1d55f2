"""Where people agreed to be told, and what waits to be told; addresses are sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

CHANNELS = ("mail", "sms")
#: ``sending``: handed to the gateway, and nothing was heard yet; after a kill, or when the line
#: broke before the answer, it goes once more, marked as a repetition. ``dropped``: the consent was
#: taken back, what it says is true no more, it came to nothing, or the repetition's answer was lost
#: too (``gateway_unsure``).
NOTICE_STATES = ("waiting", "sending", "sent", "dropped")


class ContactRow(Table):
    """An applicant's consent to be told, with the addresses; gone when it is taken back."""

    __tablename__ = "contacts"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    #: JSON NoticesWanted.
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    agreed_at: Mapped[datetime]


class NoticeRow(Table):
    """One notice by one channel; the same occasion is told once."""

    __tablename__ = "notices"
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    channel: Mapped[str]
    #: Key under ``notice.``: a state, ``message``, or a reminder.
    what: Mapped[str]
    #: Tells occasions of one kind apart: a time, a day.
    occasion: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    made_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    #: Code of the last failure.
    last_error: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        one_of("channel", CHANNELS),
        one_of("state", NOTICE_STATES),
        UniqueConstraint(
            "application_id", "channel", "what", "occasion", name="uq_notices_occasion"
        ),
        Index("ix_notices_state", "state", "next_attempt_at"),
    )
