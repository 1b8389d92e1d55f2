"""The list of applications: filtered by state or searched, a page at a time; opens no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.ids import parse_reference
from app.domain.words import Words
from app.errors import UserError
from app.office import audit
from app.office.catalogues import newest_in
from app.office.review import Officer
from app.office.tables import ApplicationRow, OfficerRow
from app.resources import load_holidays

if TYPE_CHECKING:
    from app.office.context import Office

PAGE_LINES = 25
#: The service promise, in working days.
PROMISE_DAYS = 4
TO_REVIEW = "to_review"
ALL = "all"
#: What waits for an officer.
WAITING = ("received", "in_review")
#: Filters that are always shown; others appear once an application is in that state.
_USUAL = ("returned", "accepted", "rejected")


class Line(msgspec.Struct, frozen=True):
    """One application in the list."""

    id: str
    reference: str
    applicant: str
    service: str
    state: str
    revision: int
    #: Shown name of the officer who took it into review; empty = nobody.
    assigned_to: str
    received_at: datetime
    #: Working days since its newest revision came; None when nothing waits for an officer.
    age_days: int | None
    is_training: bool

    @property
    def is_late(self) -> bool:
        """Tell whether it waits longer than the service promise."""
        return self.age_days is not None and self.age_days > PROMISE_DAYS


class Tab(msgspec.Struct, frozen=True):
    """One filter."""

    code: str
    #: Key of its words.
    words: str
    count: int


class Listing(msgspec.Struct, frozen=True):
    """One page of the list."""

    tabs: tuple[Tab, ...]
    state: str
    text: str
    lines: tuple[Line, ...]
    total: int
    page: int
    pages: int


def list_applications(
    office: Office, officer: Officer, words: Words, state: str = "", text: str = "", page: int = 1
) -> Listing:
    """Return one page; leaves an audit row of how many were shown, not of what was searched."""
    with office.database.read() as session:
        counts = _counts(session)
        tabs = _tabs(counts)
        chosen = state if state in {tab.code for tab in tabs} else TO_REVIEW
        wanted = _matching(office, text) if text else _in_state(chosen)
        total = session.scalar(select(func.count()).select_from(ApplicationRow).where(*wanted)) or 0
        pages = max(1, -(-total // PAGE_LINES))
        page = min(max(page, 1), pages)
        rows = session.scalars(
            select(ApplicationRow)
            .where(*wanted)
            # What waits longest comes first; elsewhere the newest.
            .order_by(
                ApplicationRow.received_at.asc()
                if chosen == TO_REVIEW and not text
                else ApplicationRow.received_at.desc(),
                ApplicationRow.id,
            )
            .limit(PAGE_LINES)
            .offset((page - 1) * PAGE_LINES)
        ).all()
        lines = _lines(session, office, words, rows)
    what = "search" if text else "list"
    with office.database.write() as session:
        audit.note(session, office.clock.now(), audit.officer(officer.name), what, shown=len(lines))
    return Listing(tabs, chosen, text, lines, total, page, pages)


def shown_names(session: Session) -> dict[str, str]:
    """Return every officer's account and shown name."""
    rows = session.execute(select(OfficerRow.name, OfficerRow.shown_name))
    return {name: shown_name for name, shown_name in rows}


def _counts(session: Session) -> dict[str, int]:
    grouped = select(ApplicationRow.state, func.count()).group_by(ApplicationRow.state)
    return {state: count for state, count in session.execute(grouped)}


def _tabs(counts: dict[str, int]) -> tuple[Tab, ...]:
    others = sorted(set(counts) - set(_USUAL) - set(WAITING))
    return (
        Tab(TO_REVIEW, "console.list.to_review", sum(counts.get(state, 0) for state in WAITING)),
        *(
            Tab(state, f"office_state.{state}", counts.get(state, 0))
            for state in (*_USUAL, *others)
        ),
        Tab(ALL, "console.list.all", sum(counts.values())),
    )


def _in_state(chosen: str) -> tuple[ColumnElement[bool], ...]:
    if chosen == ALL:
        return ()
    return (ApplicationRow.state.in_(WAITING if chosen == TO_REVIEW else (chosen,)),)


def _matching(office: Office, text: str) -> tuple[ColumnElement[bool], ...]:
    digits = re.sub(r"[\s.\-]", "", text)
    if re.fullmatch(r"[0-9]{16}", digits):
        return (ApplicationRow.nik_digest == office.keys.nik_digest(digits),)
    try:
        return (ApplicationRow.reference == parse_reference(text),)
    except UserError:
        typed = " ".join(text.upper().split())
        return (
            ApplicationRow.applicant_name.contains(typed, autoescape=True)
            | ApplicationRow.reference.startswith(typed, autoescape=True),
        )


def _lines(
    session: Session, office: Office, words: Words, rows: Sequence[ApplicationRow]
) -> tuple[Line, ...]:
    officers = shown_names(session)
    services = {
        service.id: words.label(service.label) for service in newest_in(session, office).services
    }
    now, holidays = office.clock.now(), load_holidays()
    return tuple(
        Line(
            row.id,
            row.reference,
            row.applicant_name,
            services.get(row.service_id, row.service_id),
            row.state,
            row.revision,
            officers.get(row.assigned_to or "", ""),
            row.received_at,
            holidays.days_since(row.received_at, now) if row.state in WAITING else None,
            row.is_training,
        )
        for row in rows
    )
