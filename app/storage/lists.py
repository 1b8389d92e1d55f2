"""Lists of applications for the operator: by tab, by search, by page; every query walks an index.

The statements are text for the driver: no compiler and no row objects between a page and its lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from app.storage.drafts import words_of
from app.storage.tables import utc_text

GROUPS = ("all", "drafts", "waiting", "attention", "received", "returned")
#: Up to so many finds are sorted; with more, walking the newest applications meets a page of them
#: sooner.
_FEW = 4000
#: Sorts after every other character.
_LAST = "\U0010ffff"
_COLUMNS = (
    "a.id, a.reference, a.service_id, a.catalogue_version, a.applicant_name, a.applicant_nik,"
    " a.state, a.office_state, a.list_group, a.revision, a.is_training, a.updated_at"
)
_REFERENCE = re.compile(r"([0-9A-Z]{3})([0-9]{1,5})([0-9A-Z]?)")


class ListedApplication(msgspec.Struct, frozen=True):
    """One line of a list."""

    id: str
    reference: str | None
    service_id: str
    catalogue_version: str
    name: str
    nik: str
    state: str
    office_state: str
    group: str
    revision: int
    is_training: bool
    updated_at: datetime


class Search(msgspec.Struct, frozen=True):
    """What was typed, understood: at most one of the three; all empty for everything."""

    words: tuple[str, ...] = ()
    nik: str = ""
    reference: str = ""


def understand(typed: str) -> Search:
    """Tell whether a NIK, a reference or a name was typed; the beginning of each will do."""
    compact = re.sub(r"[\s\-.]", "", typed).upper()
    if compact.isdigit() and compact.isascii() and len(compact) > 3:
        return Search(nik=compact[:16])
    if found := _REFERENCE.fullmatch(compact):
        code, serial, check = found.groups()
        end = f"-{check}" if check else ""
        return Search(reference=f"{code}-{serial}{end}")
    return Search(words=tuple(words_of(typed)))


def list_applications(
    session: Session,
    search: Search,
    group: str,
    limit: int,
    before: tuple[datetime, str] | None,
) -> tuple[ListedApplication, ...]:
    """Return the newest applications that match, at most ``limit`` of them.

    Args:
        session: a session for reading.
        search: from ``understand``.
        group: one of GROUPS.
        limit: how many.
        before: time and id of the last line of the page before.
    """
    statement, values = _statement(session, search, group, before)
    rows = session.connection().exec_driver_sql(statement, {**values, "limit": limit})
    return tuple(
        ListedApplication(
            application_id, reference, service_id, catalogue_version, name, nik, state,
            office_state, group_, revision, bool(is_training), datetime.fromisoformat(updated_at),
        )
        for (
            application_id, reference, service_id, catalogue_version, name, nik, state,
            office_state, group_, revision, is_training, updated_at,
        ) in rows
    )  # fmt: skip


def _statement(
    session: Session, search: Search, group: str, before: tuple[datetime, str] | None
) -> tuple[str, dict[str, Any]]:
    source, conditions, values, is_few = _matching(session, search)
    # A unary plus keeps SQLite from walking that column's index: when few match, those few are
    # sorted.
    plus = "+" if is_few else ""
    if group != "all":
        conditions.append(f"{plus}a.list_group = :group")
        values["group"] = group
    if before:
        conditions.append(f"({plus}a.updated_at, {plus}a.id) < (:before_at, :before_id)")
        values["before_at"] = utc_text(before[0])
        values["before_id"] = before[1]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f" ORDER BY {plus}a.updated_at DESC, {plus}a.id DESC LIMIT :limit"
    return f"SELECT {_COLUMNS} FROM {source}{where}{order}", values


def _matching(session: Session, search: Search) -> tuple[str, list[str], dict[str, Any], bool]:
    if search.nik or search.reference:
        column = "applicant_nik" if search.nik else "reference"
        start = search.nik or search.reference
        values: dict[str, Any] = {"start": start, "end": start + _LAST}
        inside = f"{column} >= :start AND {column} < :end"
        is_few = _count(session, f"applications WHERE {inside}", values) < _FEW
        plus = "" if is_few else "+"
        found = [f"{plus}a.{column} >= :start", f"{plus}a.{column} < :end"]
        return "applications a", found, values, is_few
    if search.words:
        return _matching_words(session, search.words)
    return "applications a", [], {}, False


def _matching_words(
    session: Session, words: Sequence[str]
) -> tuple[str, list[str], dict[str, Any], bool]:
    inside = "name_words WHERE word >= :start AND word < :end"
    counts = {word: _count(session, inside, {"start": word, "end": word + _LAST}) for word in words}
    rarest = min(words, key=counts.__getitem__)
    is_few = counts[rarest] < _FEW
    values: dict[str, Any] = {}
    conditions = []
    for number, word in enumerate(words):
        if is_few and word == rarest:
            continue
        values |= {f"start{number}": word, f"end{number}": word + _LAST}
        conditions.append(
            "EXISTS (SELECT 1 FROM name_words n WHERE n.application_id = a.id"
            f" AND n.word >= :start{number} AND n.word < :end{number})"
        )
    if not is_few:
        return "applications a", conditions, values, False
    values |= {"start": rarest, "end": rarest + _LAST}
    # CROSS JOIN makes SQLite begin with the few words.
    source = (
        f"(SELECT DISTINCT application_id FROM {inside}) w"
        " CROSS JOIN applications a ON a.id = w.application_id"
    )
    return source, conditions, values, True


def _count(session: Session, inside: str, values: dict[str, Any]) -> int:
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {inside} LIMIT {_FEW})"
    return int(session.connection().exec_driver_sql(counted, values).scalar_one())


class Counts(msgspec.Struct, frozen=True):
    """How many stand in the tabs that ask for work, and what happened since a moment."""

    drafts: int
    waiting: int
    attention: int
    returned: int
    started: int
    finalized: int
    received: int


_COUNTS = (
    "SELECT"
    " (SELECT count(*) FROM applications WHERE list_group = 'drafts'),"
    " (SELECT count(*) FROM applications WHERE list_group = 'waiting'),"
    " (SELECT count(*) FROM applications WHERE list_group = 'attention'),"
    " (SELECT count(*) FROM applications WHERE list_group = 'returned'),"
    " (SELECT count(*) FROM applications WHERE created_at >= :since),"
    " (SELECT count(*) FROM submissions WHERE finalized_at >= :since),"
    " (SELECT count(*) FROM submissions WHERE received_at >= :since)"
)


def counts(session: Session, since: datetime) -> Counts:
    """Count the tabs, and what was started, finalized and received since a moment."""
    values = {"since": utc_text(since)}
    return Counts(*session.connection().exec_driver_sql(_COUNTS, values).one())
