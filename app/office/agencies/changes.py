"""Takes the states that the ministry tells: each once and in order, acted upon where it may be.

Never undoes an officer's decision: what the life cycle does not allow from here is only noted, and
so is what comes while officers have the application in hand.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.lifecycle import OFFICE_STATES, may_become
from app.errors import RemoteError
from app.office.agencies.contract import MOST_CHANGES, Change, ChangesQuestion
from app.office.agencies.tables import MinistryChangeRow, MinistryNumberRow
from app.office.moving import Step, move
from app.office.tables import ApplicationRow, DecisionRow
from app.office.ways.asking import SHUTTING
from app.office.ways.standing import is_open, note_failed, note_worked

if TYPE_CHECKING:
    from app.office.context import Office

_log = logging.getLogger(__name__)
#: States that the ministry alone knows first; everything else is decided at this office.
FOLLOWED = frozenset({"adjudication", "printing", "ready"})
#: Officers have the application in hand: what follows is theirs to decide.
IN_HAND = frozenset({"received", "in_review", "returned", "suspended", "under_examination"})
#: From where one of ``FOLLOWED`` may come next once officers are done.
_GOES_ON = frozenset(
    state
    for state, following in OFFICE_STATES.items()
    if state not in IN_HAND and following & FOLLOWED
)
_MOST_PAGES = 10


def take_changes(office: Office) -> None:
    """Ask for what is new and act upon it, and on what officers have let go on again.

    What is true if it dies: one transaction writes a page of changes and all that follows from it;
    the newest serial that is written says where to go on. Another acts on what was told before.
    """
    if office.ministry is None:
        return
    _catch_up(office)
    try:
        for _ in range(_MOST_PAGES):
            if not _take_page(office):
                return
    except RemoteError as error:
        _log.warning("nothing heard from the ministry: %s", error)
        if error.code in SHUTTING:
            with office.database.write() as session:
                note_failed(session, "ministry", office.clock.now(), error.code)


def act_again(session: Session, office: Office, number: str) -> None:
    """Act on what was told of a number before it was known whose it is."""
    unknown = select(MinistryChangeRow).where(
        MinistryChangeRow.number == number, MinistryChangeRow.outcome == "unknown_number"
    )
    for row in session.scalars(unknown.order_by(MinistryChangeRow.serial)).all():
        row.outcome = _act(session, office, Change(row.serial, row.number, row.state, row.at))


def _catch_up(office: Office) -> None:
    """Act on what was told while officers had an application in hand, once they let it go on.

    Only as long as nothing has moved it since: the ministry's word counts from there.
    """
    with office.database.read() as session:
        if not session.scalars(_told_meanwhile().limit(1)).first():
            return
    with office.database.write() as session:
        for row in session.scalars(_told_meanwhile()).all():
            row.outcome = _act(session, office, Change(row.serial, row.number, row.state, row.at))


def _told_meanwhile() -> Select[MinistryChangeRow]:
    """Select what was noted since officers took an application in hand that they have let go on."""
    of_it = DecisionRow.application_id == ApplicationRow.id
    newest = select(func.max(DecisionRow.id)).where(of_it)
    into, out_of = DecisionRow.to_state, DecisionRow.from_state
    taken = select(func.max(DecisionRow.at)).where(of_it, into.in_(IN_HAND), ~out_of.in_(IN_HAND))
    last = aliased(DecisionRow)
    return (
        select(MinistryChangeRow)
        .join(MinistryNumberRow, MinistryNumberRow.number == MinistryChangeRow.number)
        .join(ApplicationRow, ApplicationRow.id == MinistryNumberRow.application_id)
        .join(last, last.id == newest.correlate(ApplicationRow).scalar_subquery())
        .where(
            MinistryChangeRow.outcome == "noted",
            MinistryChangeRow.state.in_(FOLLOWED),
            ApplicationRow.state.in_(_GOES_ON),
            last.from_state.in_(IN_HAND),
            MinistryChangeRow.taken_at >= taken.correlate(ApplicationRow).scalar_subquery(),
        )
        .order_by(MinistryChangeRow.serial)
    )


def _take_page(office: Office) -> bool:
    """Take one page; tell whether there may be another."""
    assert office.ministry is not None
    now = office.clock.now()
    with office.database.read() as session:
        if not is_open(session, "ministry", now):
            return False
        after = session.scalar(select(func.max(MinistryChangeRow.serial))) or 0
    told = office.ministry.changes(ChangesQuestion(office.keys.office_id, after)).changes
    with office.database.write() as session:
        note_worked(session, "ministry", now)
        for change in told:
            if session.get(MinistryChangeRow, change.serial) is None:
                _take(session, office, change)
    return len(told) == MOST_CHANGES


def _take(session: Session, office: Office, change: Change) -> None:
    session.add(
        MinistryChangeRow(
            serial=change.serial,
            number=change.number,
            state=change.state,
            at=change.at,
            taken_at=office.clock.now(),
            outcome=_act(session, office, change),
        )
    )


def _act(session: Session, office: Office, change: Change) -> str:
    of = select(ApplicationRow).join(
        MinistryNumberRow, MinistryNumberRow.application_id == ApplicationRow.id
    )
    application = session.scalars(of.where(MinistryNumberRow.number == change.number)).first()
    if application is None:
        return "unknown_number"
    is_possible = may_become(OFFICE_STATES, application.state, change.state)
    if change.state not in FOLLOWED or application.state in IN_HAND or not is_possible:
        return "noted"
    move(session, office, application, Step("ministry_state", change.state))
    return "moved"
