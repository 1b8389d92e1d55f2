"""Forgets what an office said of later lives that it takes back, so that what it says now is new.

Never touches what the applicant asked or wrote, and never decides what is taken back.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.storage.tables import AppointmentRow, BillRow, MessageRow, RequestRow, TimelineRow


def forget_life(session: Session, application_id: str) -> None:
    """Forget slot, offers and billing codes; those that are still so are written again after."""
    session.execute(delete(AppointmentRow).where(AppointmentRow.application_id == application_id))
    session.execute(delete(BillRow).where(BillRow.application_id == application_id))


def forget_answers(session: Session, digests: Collection[str]) -> None:
    """Let requests wait for an answer again."""
    session.execute(
        update(RequestRow).where(RequestRow.digest.in_(digests)).values(taken_at=None, code="")
    )


def forget_messages(session: Session, ids: Collection[str]) -> None:
    """Forget what the office wrote."""
    session.execute(delete(MessageRow).where(MessageRow.id.in_(ids)))


def newest_line(session: Session) -> int:
    """Return the id of the timeline's last line, 0 before the first."""
    session.flush()
    return session.scalar(select(func.max(TimelineRow.id))) or 0


def forget_lines_after(session: Session, line: int) -> None:
    """Forget the lines above one: what was written a second time happened once."""
    session.flush()
    session.execute(delete(TimelineRow).where(TimelineRow.id > line))
