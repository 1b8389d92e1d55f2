"""What the office asks of other agencies, as an outbox, and what the ministry tells."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

AGENCIES = ("registry", "ministry")
#: ``refused``: the agency will never answer it. ``void``: not needed when its turn came; it waits
#: again if it is needed after all.
ORDER_STATES = ("waiting", "done", "refused", "void")
#: What became of a change that the ministry told.
OUTCOMES = ("moved", "noted", "unknown_number")


class AgencyOrderRow(Table):
    """One question to one agency about one revision; asked until it is answered."""

    __tablename__ = "agency_orders"
    #: Keyed digest of what it is about: the same in an office that came back from a backup.
    id: Mapped[str] = mapped_column(primary_key=True)
    agency: Mapped[str]
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    made_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    #: Code of the last failure.
    last_error: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
    #: The registry's answer as JSON, sealed to the office's own key.
    sealed_answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        one_of("agency", AGENCIES),
        one_of("state", ORDER_STATES),
        UniqueConstraint("agency", "application_id", "revision", name="uq_agency_orders_about"),
        Index("ix_agency_orders_state", "state", "agency", "next_attempt_at"),
    )


class MinistryNumberRow(Table):
    """The ministry's number of an application."""

    __tablename__ = "ministry_numbers"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    #: 16 digits.
    number: Mapped[str] = mapped_column(unique=True)
    given_at: Mapped[datetime]


class MinistryChangeRow(Table):
    """One change that the ministry told, in its own order; the newest says where to go on."""

    __tablename__ = "ministry_changes"
    serial: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[str]
    #: The ministry's word.
    state: Mapped[str]
    at: Mapped[datetime]
    taken_at: Mapped[datetime]
    outcome: Mapped[str]
    __table_args__ = (
        one_of("outcome", OUTCOMES),
        Index("ix_ministry_changes_number", "number", "serial"),
    )
