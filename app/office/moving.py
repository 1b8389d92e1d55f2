"""Moves an application to another state: state, event, decision and audit in one transaction.

Never decides; an officer, the applicant or one of the office's own rules has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import EventBody, ReturnedItem, StateChanged
from app.domain.lifecycle import OFFICE_STATES, may_become, next_state
from app.errors import UserError
from app.office import audit
from app.office.events import say
from app.office.noticing.queueing import queue_state
from app.office.tables import ApplicationRow, DecisionRow

if TYPE_CHECKING:
    from app.office.context import Office


class Step(msgspec.Struct, frozen=True):
    """One move of an application.

    Attributes:
        what: key under ``console.trail.what``.
        body: what the device is told; by default the new state and the reason.
        reason: what the applicant is told.
        officer: name of the account that decided; empty when nobody's did.
        who: how the trail names who acted; by default the officer, or the office itself.
    """

    what: str
    to_state: str
    body: EventBody | None = None
    reason: str = ""
    items: tuple[ReturnedItem, ...] = ()
    officer: str = ""
    who: str = ""


def move(session: Session, office: Office, application: ApplicationRow, step: Step) -> None:
    """Take a step in the caller's transaction.

    Raises:
        UserError: ``action_not_possible`` in the state the application has now.
    """
    if not may_become(OFFICE_STATES, application.state, step.to_state):
        raise UserError("action_not_possible")
    now = office.clock.now()
    from_state = application.state
    application.state = next_state(OFFICE_STATES, from_state, step.to_state)
    application.updated_at = now
    body = step.body or StateChanged(step.to_state, step.reason)
    number = say(session, office, application.device_id, body, application.id)
    session.add(
        DecisionRow(
            application_id=application.id,
            revision=application.revision,
            at=now,
            officer=step.officer or None,
            from_state=from_state,
            to_state=step.to_state,
            reason=step.reason,
            items=msgspec.json.encode(step.items).decode(),
        )
    )
    queue_state(session, office, application.id, step.to_state)
    who = step.who or (audit.officer(step.officer) if step.officer else audit.OFFICE)
    audit.note(
        session, now, who, step.what, application.id, revision=application.revision, event=number
    )


def when_accepted(session: Session, application_id: str) -> str:
    """Return the state that papers come to when they are accepted, for the first time or again.

    After the interview they are accepted once more: neither the fee nor the interview is asked for
    a second time.
    """
    came = select(DecisionRow.id).where(
        DecisionRow.application_id == application_id, DecisionRow.to_state == "attended"
    )
    return "accepted" if session.scalars(came.limit(1)).first() is None else "attended"
