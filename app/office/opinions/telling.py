"""Tells what people think: only of whole weeks, and only where five or more have spoken.

A group too small to hide in is told together with others; where one could still be worked out from
the rest, the smallest of the rest is told together with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from app.domain.opinions import QUESTIONS
from app.domain.words import WIB
from app.office import audit
from app.office.opinions.tables import OpinionRow
from app.office.roles import Officer, check_may
from app.protocol.sealing import unseal

if TYPE_CHECKING:
    from app.office.context import Office

LEAST = 5
_MOST_WORDS = 200


class Group(msgspec.Struct, frozen=True):
    """What at least ``LEAST`` people said."""

    #: A village, a service or a month; empty for several small ones together.
    name: str
    count: int
    #: Mean of each question from 1 to 3; 0 where fewer than ``LEAST`` answered it.
    means: tuple[float, float, float]


class Opinions(msgspec.Struct, frozen=True):
    """What people think, as far as it can be told."""

    #: None while fewer than ``LEAST`` have spoken.
    all: Group | None
    by_village: tuple[Group, ...]
    by_service: tuple[Group, ...]
    by_month: tuple[Group, ...]
    #: Free words, in the order of a lot.
    words: tuple[str, ...]


def read_opinions(office: Office, officer: Officer, since: datetime | None) -> Opinions:
    """Return what was said in whole weeks since then, and in the week of it.

    Raises:
        UserError: ``forbidden``.
    """
    check_may(office, officer, "figures")
    now = office.clock.now()
    wanted = select(OpinionRow).where(OpinionRow.day < _monday(now)).order_by(OpinionRow.id)
    if since is not None:
        # A beginning that moves with each day would show, from one day to the next, what a single
        # day's people said.
        wanted = wanted.where(OpinionRow.day >= _monday(since))
    with office.database.write() as session:
        rows = session.scalars(wanted).all()
        who = audit.officer(officer.name)
        audit.note(session, now, who, "open_opinions")
    if len(rows) < LEAST:
        return Opinions(None, (), (), (), ())
    return Opinions(
        _group("", rows),
        grouped(rows, [row.village for row in rows]),
        grouped(rows, [row.service_id for row in rows]),
        _by_time(grouped(rows, [f"{row.day:%Y-%m}" for row in rows])),
        _words(office, rows),
    )


def _monday(moment: datetime) -> date:
    day = moment.astimezone(WIB).date()
    return day - timedelta(days=day.weekday())


def grouped(rows: Sequence[OpinionRow], names: Sequence[str]) -> tuple[Group, ...]:
    """Part opinions by name, the largest group first; small ones stand together at the end."""
    by_name: dict[str, list[OpinionRow]] = {}
    for name, row in zip(names, rows, strict=True):
        by_name.setdefault(name, []).append(row)
    ordered = sorted(by_name.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    shown = [(name, some) for name, some in ordered if len(some) >= LEAST]
    others = [row for _name, some in ordered if len(some) < LEAST for row in some]
    while shown and 0 < len(others) < LEAST:
        # Else it could be worked out from the sum of all.
        others += shown.pop()[1]
    told = [_group(name, some) for name, some in shown]
    return (*told, _group("", others)) if len(others) >= LEAST else tuple(told)


def _by_time(months: Sequence[Group]) -> tuple[Group, ...]:
    return tuple(sorted(months, key=lambda group: (not group.name, group.name)))


def _group(name: str, rows: Sequence[OpinionRow]) -> Group:
    easy, quick, kind = (_mean([getattr(row, one) for row in rows]) for one in QUESTIONS)
    return Group(name, len(rows), (easy, quick, kind))


def _mean(marks: Sequence[int]) -> float:
    given = [mark for mark in marks if mark]
    return sum(given) / len(given) if len(given) >= LEAST else 0.0


def _words(office: Office, rows: Sequence[OpinionRow]) -> tuple[str, ...]:
    """Open the free words, of all villages together."""
    sealed = [row.sealed_words for row in rows if row.sealed_words is not None][:_MOST_WORDS]
    return tuple(unseal(one, office.keys.keys.identity).decode(errors="replace") for one in sealed)
