"""Who has an application in review, and how another officer takes it over knowingly.

Never takes one from somebody else than the page named.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from app.errors import UserError
from app.office import audit
from app.office.roles import Officer, check_may
from app.office.tables import ApplicationRow, AuditRow, OfficerRow

if TYPE_CHECKING:
    from app.office.context import Office

#: Why one is taken over, under ``review.take_over.reason``; codes, for the trail holds no words.
REASONS = ("agreed", "absent", "urgent", "ordered")
#: Lines of the trail by which an application comes to an officer.
_CAME = ("start_review", "resume", "take_over")


class Holder(msgspec.Struct, frozen=True):
    """The officer who has it."""

    name: str
    shown_name: str
    since: datetime


def holder_of(office: Office, application_id: str) -> Holder | None:
    """Return who has an application in review, None when nobody has.

    Raises:
        UserError: ``application_unknown``.
    """
    came = (
        select(AuditRow.at)
        .where(AuditRow.application_id == application_id, AuditRow.what.in_(_CAME))
        .order_by(AuditRow.id.desc())
        .limit(1)
    )
    with office.database.read() as session:
        application = session.get(ApplicationRow, application_id)
        if application is None:
            raise UserError("application_unknown")
        if application.state != "in_review" or application.assigned_to is None:
            return None
        officer = session.get_one(OfficerRow, application.assigned_to)
        since = session.scalar(came) or application.updated_at
        return Holder(officer.name, officer.shown_name, since)


def take_over(
    office: Office, officer: Officer, application_id: str, holder: str, reason: str
) -> None:
    """Take an application from the officer whom the page named.

    Raises:
        UserError: ``application_unknown``; ``action_not_possible`` when somebody else has it by
            now, or nobody; ``reason_missing`` for a reason that is none of ours.
    """
    check_may(office, officer, "review", application_id)
    if reason not in REASONS:
        raise UserError("reason_missing")
    with office.database.write() as session:
        application = session.get(ApplicationRow, application_id)
        if application is None:
            raise UserError("application_unknown")
        is_theirs = application.state == "in_review" and application.assigned_to == holder
        if not is_theirs or holder == officer.name:
            raise UserError("action_not_possible")
        application.assigned_to = officer.name
        audit.note(
            session, office.clock.now(), audit.officer(officer.name), "take_over", application_id,
            holder=holder, reason=reason,
        )  # fmt: skip
