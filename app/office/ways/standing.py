"""Notes how a way out stands, and holds everybody back from one that is shut.

A way that refuses us (wrong password, unknown certificate) is no fault of what waits for it: it
waits as a whole, so that a lock-out is not made worse, and an administrator reads why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.office.ways.tables import WayRow

_FIRST_WAIT = timedelta(minutes=1)
#: Whoever mended the settings or the other side need not wait longer than this.
_LONGEST_WAIT = timedelta(minutes=15)
#: A way that works leaves a line no oftener.
_NEWS = timedelta(minutes=5)


def is_open(session: Session, name: str, now: datetime) -> bool:
    """Tell whether a way may be tried now."""
    row = session.get(WayRow, name)
    return row is None or row.next_attempt_at is None or row.next_attempt_at <= now


def note_worked(session: Session, name: str, now: datetime) -> None:
    """Note that a way works."""
    row = _row(session, name)
    if row.last_error or row.worked_at is None or now - row.worked_at >= _NEWS:
        row.worked_at = now
        row.last_error, row.failing_since, row.failures, row.next_attempt_at = "", None, 0, None


def note_failed(
    session: Session, name: str, now: datetime, code: str, longest: timedelta = _LONGEST_WAIT
) -> None:
    """Note why a way is shut, and that nobody tries it for a while."""
    row = _row(session, name)
    row.last_error = code
    row.failing_since = row.failing_since or now
    row.failures += 1
    doubled: int = 1 << min(row.failures - 1, 8)
    row.next_attempt_at = now + min(longest, _FIRST_WAIT * doubled)


def standings(session: Session) -> Mapping[str, WayRow]:
    """Return the ways that were ever used."""
    return {row.name: row for row in session.scalars(select(WayRow))}


def _row(session: Session, name: str) -> WayRow:
    row = session.get(WayRow, name)
    if row is None:
        row = WayRow(name=name, last_error="", failures=0)
        session.add(row)
    return row
