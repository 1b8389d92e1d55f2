"""Tables around an officer's account: its roles, its recovery codes; never a code in clear."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

#: Front desk, interviewer, adjudicator, cashier, supervisor, administrator.
ROLES = ("intake", "interviewer", "adjudicator", "cashier", "supervisor", "administrator")


class OfficerRoleRow(Table):
    """One role of an account."""

    __tablename__ = "officer_roles"
    officer: Mapped[str] = mapped_column(
        ForeignKey("officers.name", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (one_of("role", ROLES),)


class RecoveryCodeRow(Table):
    """One code that opens the account once without the telephone; gone when used."""

    __tablename__ = "recovery_codes"
    officer: Mapped[str] = mapped_column(
        ForeignKey("officers.name", ondelete="CASCADE"), primary_key=True
    )
    #: The code's first letter, so that one digest is tried and not all of them.
    number: Mapped[int] = mapped_column(primary_key=True)
    #: Argon2id.
    digest: Mapped[str]
