"""Accounts of the operator's desk; holds digests, never a password."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.storage.tables import OperatorRow


class StoredOperator(msgspec.Struct, frozen=True):
    """One account."""

    name: str
    shown_name: str
    password_digest: str
    failures: int
    locked_until: datetime | None


def has_operators(session: Session) -> bool:
    """Tell whether any account exists."""
    return bool(session.scalar(select(func.count()).select_from(OperatorRow)))


def operator(session: Session, name: str) -> StoredOperator | None:
    """Return one account."""
    row = session.get(OperatorRow, name)
    if row is None:
        return None
    return StoredOperator(
        row.name, row.shown_name, row.password_digest, row.failures, row.locked_until
    )


def names(session: Session) -> list[str]:
    """Return every account's name."""
    return list(session.scalars(select(OperatorRow.name).order_by(OperatorRow.name)))


def add_operator(
    session: Session, name: str, shown_name: str, password_digest: str, now: datetime
) -> None:
    """Write a new account."""
    session.add(
        OperatorRow(
            name=name, shown_name=shown_name, password_digest=password_digest, created_at=now
        )
    )
    session.flush()


def set_lock(session: Session, name: str, failures: int, locked_until: datetime | None) -> None:
    """Write the count of wrong passwords and the end of the lock."""
    session.execute(
        update(OperatorRow)
        .where(OperatorRow.name == name)
        .values(failures=failures, locked_until=locked_until)
    )


def set_password(session: Session, name: str, password_digest: str) -> None:
    """Write another password's digest."""
    session.execute(
        update(OperatorRow).where(OperatorRow.name == name).values(password_digest=password_digest)
    )
