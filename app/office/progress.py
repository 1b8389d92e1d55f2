"""The later life of an application: each step an officer may take after the review.

Which state may follow which is the life cycle's to say; this page adds only from where a step is
offered, which needs a reason, and which must wait for a legal term.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy.orm import Session

from app.domain.lifecycle import OFFICE_STATES, may_become
from app.domain.terms import term_of
from app.errors import UserError
from app.office.moving import Step, move, when_accepted
from app.office.review import told_reason
from app.office.roles import Action, Officer, check_may
from app.office.slots.invitation import uninvite
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow
from app.resources import load_holidays

if TYPE_CHECKING:
    from app.office.context import Office

#: Decided by the review, with the revision that the officer saw.
_IN_REVIEW = frozenset({"received", "in_review"})
_HELD_UP = frozenset({"suspended", "under_examination"})
_EVERYWHERE = frozenset(OFFICE_STATES)


class Progress(msgspec.Struct, frozen=True):
    """One step an officer may take.

    Attributes:
        to_state: where it leads.
        action: what the officer must be allowed.
        offered_in: states it is meant for, as far as the life cycle allows it there.
        needs_reason: the applicant is told why.
        is_final: nothing follows; the page asks with a warning.
    """

    to_state: str
    action: Action
    offered_in: frozenset[str] = _EVERYWHERE
    needs_reason: bool = False
    is_final: bool = False


#: Name of the step (under ``review.step``, and in the trail) to what it is, in the page's order.
STEPS: Mapping[str, Progress] = {
    "attend": Progress("attended", "interview", frozenset({"scheduled"})),
    "adjudicate": Progress("adjudication", "interview"),
    "print": Progress("printing", "decide"),
    "make_ready": Progress("ready", "hand_over"),
    "hand_over": Progress("handed_over", "hand_over", is_final=True),
    "resume": Progress("in_review", "review", _HELD_UP),
    "clear": Progress("accepted", "decide", frozenset({"under_examination"})),
    "suspend": Progress("suspended", "decide", needs_reason=True),
    "examine": Progress("under_examination", "decide", needs_reason=True),
    "refuse": Progress(
        "rejected", "decide", _EVERYWHERE - _IN_REVIEW, needs_reason=True, is_final=True
    ),
    "cancel": Progress("cancelled", "decide", needs_reason=True, is_final=True),
}
#: The applicant still has the time that the law gives.
_WAITS = frozenset({"returned", "suspended", "ready"})


def steps_from(state: str, officer: Officer | None = None) -> tuple[str, ...]:
    """Return the names of the steps that may be taken in a state, by this officer if named."""
    return tuple(
        name
        for name, step in STEPS.items()
        if (officer is None or officer.may(step.action))
        and state in step.offered_in
        and may_become(OFFICE_STATES, state, step.to_state)
    )


def take_step(
    office: Office,
    officer: Officer,
    application_id: str,
    name: str,
    seen: str,
    reason: str = "",
    beside: Callable[[Session, ApplicationRow], None] = lambda session, application: None,
) -> None:
    """Take one step from the state that the officer saw.

    Args:
        office: ours.
        officer: who takes it.
        application_id: of the application.
        name: one of ``STEPS``.
        seen: the state on the officer's page.
        reason: what the applicant is told, where a step needs it.
        beside: what else becomes true with the step, in its transaction; may refuse it.

    Raises:
        UserError: ``application_unknown``; ``action_not_possible`` when the state is another by
            now or the step is not for it; ``with_another`` while another officer has it in review;
            ``reason_missing``, ``reason_too_long``; ``term_runs``
            when cancelled before the applicant's time is over.
    """
    step = STEPS[name]
    check_may(office, officer, step.action, application_id)
    told = told_reason(reason) if step.needs_reason else ""
    with office.database.write() as session:
        application = session.get(ApplicationRow, application_id)
        if application is None:
            raise UserError("application_unknown")
        if application.state != seen or name not in steps_from(seen):
            raise UserError("action_not_possible")
        if seen == "in_review" and application.assigned_to not in (None, officer.name):
            raise UserError("with_another")
        if name == "cancel":
            _check_term(office, application)
            _free_place(session, application_id)
        if step.to_state == "in_review":
            application.assigned_to = officer.name
        beside(session, application)
        to_state = step.to_state
        if to_state == "accepted":
            to_state = when_accepted(session, application_id)
        moved = Step(name, to_state, reason=told, officer=officer.name)
        move(session, office, application, moved)


def _check_term(office: Office, application: ApplicationRow) -> None:
    if application.state not in _WAITS:
        return
    now = office.clock.now()
    term = term_of(application.state, application.updated_at, now, load_holidays())
    if term is not None and not term.is_over:
        raise UserError("term_runs")


def _free_place(session: Session, application_id: str) -> None:
    """Give the interview's place to others; the history tells that there was one."""
    booking = session.get(BookingRow, application_id)
    if booking is not None:
        session.delete(booking)
        uninvite(session, application_id)
