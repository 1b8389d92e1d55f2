"""Slows guessing down: so many tries each minute or day, whichever worker they come to.

Never holds in clear whose tries it counts. A power cut may forget the last few.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.errors import UserError
from app.office.guess_tables import GuessRow

if TYPE_CHECKING:
    from app.office.context import Office


class Limit(NamedTuple):
    """So many tries of each caller in each stretch of time.

    Attributes:
        what: its name in the table.
        most: tries allowed.
        stretch_s: after that it begins anew for everybody.
    """

    what: str
    most: int
    stretch_s: int = 60


def take(office: Office, *guesses: tuple[Limit, str]) -> None:
    """Count one try against each limit before it is answered, so that none made meanwhile is free.

    Raises:
        UserError: ``too_many_requests`` with ``wait_s``; then it counts against none.
    """
    # Who is refused already waits in no line of writers, and keeps nobody waiting there.
    with office.database.read() as session:
        for limit, caller in guesses:
            _check(session, office, limit, caller)
    with office.database.write(is_lazy=True) as session:
        for limit, caller in guesses:
            _check(session, office, limit, caller)
        for limit, caller in guesses:
            _add(session, office, limit, caller, 1)


def check(office: Office, limit: Limit, caller: str) -> None:
    """Refuse a caller whose tries are used up.

    Raises:
        UserError: ``too_many_requests`` with ``wait_s``.
    """
    with office.database.read() as session:
        _check(session, office, limit, caller)


def count(office: Office, limit: Limit, caller: str) -> None:
    """Note one try."""
    with office.database.write(is_lazy=True) as session:
        _add(session, office, limit, caller, 1)


def forgive(office: Office, limit: Limit, caller: str) -> None:
    """The try was right after all: it counts for nothing."""
    with office.database.write(is_lazy=True) as session:
        _add(session, office, limit, caller, -1)


def forget_guesses(office: Office) -> None:
    """Remove what counts no more."""
    is_over = GuessRow.ends_at <= office.clock.now()
    with office.database.read() as session:
        if session.scalars(select(GuessRow.what).where(is_over).limit(1)).first() is None:
            return
    with office.database.write(is_lazy=True) as session:
        session.execute(delete(GuessRow).where(is_over))


def _check(session: Session, office: Office, limit: Limit, caller: str) -> None:
    ends_at = _end(office, limit)
    row = session.get(GuessRow, _key(office, limit, caller))
    if row is not None and row.ends_at == ends_at and row.count >= limit.most:
        left = ends_at - office.clock.now()
        raise UserError("too_many_requests", wait_s=ceil(left.total_seconds()))


def _add(session: Session, office: Office, limit: Limit, caller: str, more: int) -> None:
    ends_at, key = _end(office, limit), _key(office, limit, caller)
    row = session.get(GuessRow, key)
    if row is None:
        row = GuessRow(what=key[0], caller=key[1], ends_at=ends_at, count=0)
        session.add(row)
    elif row.ends_at != ends_at:
        row.ends_at, row.count = ends_at, 0
    row.count = max(0, row.count + more)


def _end(office: Office, limit: Limit) -> datetime:
    stretch = int(office.clock.now().timestamp()) // limit.stretch_s
    return datetime.fromtimestamp((stretch + 1) * limit.stretch_s, UTC)


def _key(office: Office, limit: Limit, caller: str) -> tuple[str, str]:
    return limit.what, office.keys.digest_for(f"guess:{limit.what}", caller)
