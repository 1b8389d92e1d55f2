"""How each way out of the office stands, for whoever must mend it; no content and no address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

#: Mail and SMS for notices, the provider of billing codes, and the other agencies.
WAYS = ("mail", "sms", "payments", "registry", "ministry")


class WayRow(Table):
    """One way out; known from its first use on."""

    __tablename__ = "ways"
    name: Mapped[str] = mapped_column(primary_key=True)
    #: Code of the failure that stops it; empty while it works.
    last_error: Mapped[str] = mapped_column(default="")
    failing_since: Mapped[datetime | None]
    #: Failures in a row.
    failures: Mapped[int] = mapped_column(default=0)
    #: Nothing goes this way before.
    next_attempt_at: Mapped[datetime | None]
    worked_at: Mapped[datetime | None]
    __table_args__ = (one_of("name", WAYS),)
