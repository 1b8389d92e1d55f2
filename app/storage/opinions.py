"""The queue of opinions: beside the outbox, because they belong to no submission.

Never sends one on the day it was given, nor in the order in which they were given: who was at the
kiosk when stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from app.protocol.record import RecordHeader, RecordKind
from app.storage.tables import OpinionRow, PackRecordRow, RecordRow

#: A restored office may want it again; after this nobody does.
_KEPT = timedelta(days=90)
#: Sent, and nothing heard of it for so long: once more.
_PATIENCE = timedelta(days=1)
_MOST_AT_ONCE = 200


def keep(session: Session, digest: str, sealed_bytes: int, day: date) -> None:
    """Queue an opinion whose record is whole on the disk; old ones that the office holds go."""
    midnight = datetime.combine(day, time(), UTC)
    session.add(
        RecordRow(
            digest=digest, kind=int(RecordKind.OPINION), size_bytes=sealed_bytes, made_at=midnight
        )
    )
    session.flush()
    session.add(OpinionRow(digest=digest, day=day))
    old = (
        select(OpinionRow.digest)
        .join(RecordRow, RecordRow.digest == OpinionRow.digest)
        .where(OpinionRow.day < day - _KEPT, RecordRow.is_held_by_office)
    )
    forget(session, session.scalars(old).all())


def due(session: Session, now: datetime, today: date) -> tuple[RecordHeader, ...]:
    """Return those that may travel by link now."""
    rows = session.scalars(
        _waiting(today)
        .where(
            or_(
                RecordRow.sent_at.is_(None),
                RecordRow.sent_at <= now - _PATIENCE,
                # The clock was set back.
                RecordRow.sent_at > now,
            ),
            RecordRow.digest.not_in(select(PackRecordRow.digest)),
        )
        .limit(_MOST_AT_ONCE)
    )
    return tuple(RecordHeader(RecordKind.OPINION, row.digest, row.size_bytes) for row in rows)


def unheld(session: Session, today: date) -> tuple[RecordHeader, ...]:
    """Return those that the office has not said it holds, for the courier."""
    rows = session.scalars(_waiting(today))
    return tuple(RecordHeader(RecordKind.OPINION, row.digest, row.size_bytes) for row in rows)


def keep_taken(session: Session, digest: str, code: str) -> None:
    """Write that the office holds one, or would not have it."""
    is_ours = session.get(OpinionRow, digest)
    if is_ours is None:
        return
    is_ours.refused_code = code
    session.execute(
        update(RecordRow).where(RecordRow.digest == digest).values(is_held_by_office=True)
    )


def refuse(session: Session, digests: Collection[str], code: str) -> None:
    """Send these no more: an office that cannot read them must not hold up what comes after."""
    session.execute(
        update(OpinionRow).where(OpinionRow.digest.in_(digests)).values(refused_code=code)
    )


def forget(session: Session, digests: Collection[str]) -> None:
    """Forget opinions; their files go with the next sweep."""
    loose = [
        digest
        for digest in digests
        if session.scalar(select(PackRecordRow.digest).where(PackRecordRow.digest == digest))
        is None
    ]
    session.execute(delete(OpinionRow).where(OpinionRow.digest.in_(loose)))
    session.execute(delete(RecordRow).where(RecordRow.digest.in_(loose)))


def _waiting(today: date) -> Select[RecordRow]:
    return (
        select(RecordRow)
        .join(OpinionRow, OpinionRow.digest == RecordRow.digest)
        .where(
            OpinionRow.refused_code == "",
            # Not "earlier": a clock that was set back must not hold one up for years.
            OpinionRow.day != today,
            RecordRow.is_held_by_office.is_(False),
        )
        .order_by(RecordRow.digest)
    )
