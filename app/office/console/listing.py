"""The list of applications: filtered by state or searched, a page at a time; opens no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.ids import parse_reference
from app.domain.terms import CLOCKS, Term, last_overdue_day, term_of
from app.domain.words import WIB, Words
from app.errors import UserError
from app.office import audit
from app.office.catalogues import newest_in
from app.office.review import Officer
from app.office.tables import ApplicationRow, DecisionRow, OfficerRow
from app.office.talking.messages import unread_messages
from app.resources import load_holidays

if TYPE_CHECKING:
    from app.office.context import Office

PAGE_LINES = 25
TO_REVIEW = "to_review"
#: Whatever the state: its clock has run out.
OVERDUE = "overdue"
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
    #: The clock that runs in its state.
    term: Term | None
    #: Messages of the applicant that nobody has read.
    unread: int

    @property
    def is_late(self) -> bool:
        """Tell whether its clock has run out."""
        return self.term is not None and self.term.is_over


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
    now = office.clock.now()
    with office.database.read() as session:
        tabs = _tabs(_counts(session), _overdue_count(session, now))
        chosen = state if state in {tab.code for tab in tabs} else TO_REVIEW
        wanted = _matching(office, text) if text else _in_state(chosen, now)
        total = session.scalar(select(func.count()).select_from(ApplicationRow).where(*wanted)) or 0
        pages = max(1, -(-total // PAGE_LINES))
        page = min(max(page, 1), pages)
        rows = session.execute(
            select(ApplicationRow, _since())
            .where(*wanted)
            .order_by(*_order(now, is_mixed=chosen == ALL or bool(text)))
            .limit(PAGE_LINES)
            .offset((page - 1) * PAGE_LINES)
        ).all()
        lines = _lines(session, office, words, [(row, since) for row, since in rows])
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


def _tabs(counts: dict[str, int], overdue: int) -> tuple[Tab, ...]:
    others = sorted(set(counts) - set(_USUAL) - set(WAITING))
    return (
        Tab(TO_REVIEW, "console.list.to_review", sum(counts.get(state, 0) for state in WAITING)),
        Tab(OVERDUE, "review.list.overdue", overdue),
        *(
            Tab(state, f"office_state.{state}", counts.get(state, 0))
            for state in (*_USUAL, *others)
        ),
        Tab(ALL, "console.list.all", sum(counts.values())),
    )


def since_of(session: Session, application: ApplicationRow) -> datetime:
    """Return the moment from which the clock of its state counts."""
    found = select(_since()).where(ApplicationRow.id == application.id)
    return session.scalar(found) or application.updated_at


def _since() -> ColumnElement[datetime]:
    """The promise counts from the newest revision, and again from the approved interview."""
    interviewed = (
        select(func.max(DecisionRow.at))
        .where(
            DecisionRow.application_id == ApplicationRow.id, DecisionRow.to_state == "adjudication"
        )
        .correlate(ApplicationRow)
        .scalar_subquery()
    )
    return case(
        (ApplicationRow.state.in_(WAITING), ApplicationRow.received_at),
        (ApplicationRow.state == "printing", interviewed),
        else_=ApplicationRow.updated_at,
    )


def _overdue(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a clock has run out, as ``term_of`` tells it."""
    holidays = load_holidays()
    conditions = []
    for kind in sorted(set(CLOCKS.values())):
        states = [state for state, its in CLOCKS.items() if its == kind]
        after = last_overdue_day(kind, now, holidays) + timedelta(days=1)
        began_before = datetime.combine(after, time(), WIB)
        conditions.append(ApplicationRow.state.in_(states) & (_since() < began_before))
    return or_(*conditions)


def _order(now: datetime, *, is_mixed: bool) -> tuple[ColumnElement[Any], ...]:
    """Overdue comes first, then what waits longest; in a mixed list else the newest."""
    received = ApplicationRow.received_at.desc() if is_mixed else _since().asc()
    return case((_overdue(now), 0), else_=1).asc(), received, ApplicationRow.id.asc()


def _overdue_count(session: Session, now: datetime) -> int:
    return session.scalar(select(func.count(ApplicationRow.id)).where(_overdue(now))) or 0


def _in_state(chosen: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    if chosen == ALL:
        return ()
    if chosen == OVERDUE:
        return (_overdue(now),)
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
    session: Session, office: Office, words: Words, rows: Sequence[tuple[ApplicationRow, datetime]]
) -> tuple[Line, ...]:
    officers = shown_names(session)
    services = {
        service.id: words.label(service.label) for service in newest_in(session, office).services
    }
    now, holidays = office.clock.now(), load_holidays()
    unread = unread_messages(session)
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
            term_of(row.state, since, now, holidays),
            unread.get(row.id, 0),
        )
        for row, since in rows
    )
