"""Counts for those who lead the office: applications, times, reasons; training is never counted.

Never returns anything of one person: no name, no reference, no free word.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.events import ReturnedItem
from app.domain.lifecycle import OFFICE_STATES
from app.office.tables import ApplicationRow, DecisionRow, DeviceRow

#: Nothing follows these: how long somebody has been there says nothing.
_ENDS = frozenset(state for state, after in OFFICE_STATES.items() if not after)


class Count(msgspec.Struct, frozen=True):
    """Applications of one village for one service in one state."""

    village: str
    service_id: str
    state: str
    count: int


class Stay(msgspec.Struct, frozen=True):
    """How long applications stay in a state."""

    state: str
    #: Those that left it.
    count: int
    median_s: float
    #: Nine of ten took no longer.
    ninety_s: float
    #: Those that are in it now, and for how long the longest of them.
    here: int
    longest_s: float


class Reason(msgspec.Struct, frozen=True):
    """How often one thing was sent back for one reason."""

    kind: str
    #: Field or document need id.
    item: str
    #: As it stands on the list of reasons; empty for words of an officer's own.
    text: str
    count: int


def applications(session: Session, since: datetime | None) -> tuple[Count, ...]:
    """Count the applications that first came since then."""
    rows = session.execute(
        select(DeviceRow.name, ApplicationRow.service_id, ApplicationRow.state, func.count())
        .join(DeviceRow, DeviceRow.id == ApplicationRow.device_id)
        .where(*_real(since, ApplicationRow.first_received_at))
        .group_by(DeviceRow.name, ApplicationRow.service_id, ApplicationRow.state)
        .order_by(DeviceRow.name, ApplicationRow.service_id, ApplicationRow.state)
    )
    return tuple(Count(*row) for row in rows)


def totals(counts: Iterable[Count], by: str) -> list[tuple[str, int]]:
    """Add counts up by ``village``, ``service_id`` or ``state``; the largest first."""
    found: Counter[str] = Counter()
    for one in counts:
        found[getattr(one, by)] += one.count
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))


def stays(session: Session, since: datetime | None, now: datetime) -> tuple[Stay, ...]:
    """Measure how long applications stayed in each state that they left since then."""
    left: dict[str, list[float]] = {}
    for state, began, ended in session.execute(_stretches(since)):
        left.setdefault(state, []).append((ended - began).total_seconds())
    here: dict[str, list[float]] = {}
    for state, began in session.execute(_open_stretches()):
        here.setdefault(state, []).append((now - began).total_seconds())
    return tuple(
        Stay(
            state,
            len(left.get(state, ())),
            statistics.median(left[state]) if state in left else 0.0,
            ninety(left[state]) if state in left else 0.0,
            len(here.get(state, ())),
            max(here.get(state, (0.0,))),
        )
        for state in OFFICE_STATES
        if state not in _ENDS and (state in left or state in here)
    )


def ninety(durations: Sequence[float]) -> float:
    """Return the duration that nine of ten do not exceed, one of those that were measured."""
    ordered = sorted(durations)
    return ordered[max(0, math.ceil(len(ordered) * 0.9) - 1)]


def reasons(session: Session, since: datetime | None, listed: frozenset[str]) -> list[Reason]:
    """Count what was sent back and why, the most frequent first.

    Args:
        session: a session.
        since: from when on; None for ever.
        listed: texts of the list of reasons; what an officer wrote freely may name a person.
    """
    rows = session.scalars(
        select(DecisionRow.items)
        .join(ApplicationRow, ApplicationRow.id == DecisionRow.application_id)
        .where(DecisionRow.to_state == "returned", *_real(since, DecisionRow.at))
    )
    found: Counter[tuple[str, str, str]] = Counter()
    for items in rows:
        for one in msgspec.json.decode(items, type=tuple[ReturnedItem, ...]):
            text = one.reason.strip()
            found[one.kind, one.id, text if text in listed else ""] += 1
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Reason(*name, count) for name, count in ordered]


def _stretches(since: datetime | None) -> Select[str, datetime, datetime]:
    """Select state, beginning and end of every stretch that a change of state ended."""
    moment = DecisionRow.at.type
    before = func.lag(DecisionRow.at, type_=moment).over(
        partition_by=DecisionRow.application_id, order_by=DecisionRow.id
    )
    began = func.coalesce(before, ApplicationRow.first_received_at, type_=moment)
    changes = (
        select(DecisionRow.from_state, began.label("began"), DecisionRow.at)
        .join(ApplicationRow, ApplicationRow.id == DecisionRow.application_id)
        .where(DecisionRow.from_state != DecisionRow.to_state, *_real(None, DecisionRow.at))
        .subquery()
    )
    wanted = select(changes.c.from_state, changes.c.began, changes.c.at)
    return wanted if since is None else wanted.where(changes.c.at >= since)


def _open_stretches() -> Select[str, datetime]:
    """Select the state that each application is in, and since when."""
    changed = (
        select(DecisionRow.application_id, func.max(DecisionRow.at, type_=DecisionRow.at.type))
        .where(DecisionRow.from_state != DecisionRow.to_state)
        .group_by(DecisionRow.application_id)
        .subquery()
    )
    began = func.coalesce(changed.c[1], ApplicationRow.first_received_at, type_=DecisionRow.at.type)
    return (
        select(ApplicationRow.state, began)
        .outerjoin(changed, changed.c.application_id == ApplicationRow.id)
        .where(ApplicationRow.is_training.is_(False), ApplicationRow.state.not_in(_ENDS))
    )


def _real(since: datetime | None, at: InstrumentedAttribute[datetime]) -> list[ColumnElement[bool]]:
    real: list[ColumnElement[bool]] = [ApplicationRow.is_training.is_(False)]
    return real if since is None else [*real, at >= since]
