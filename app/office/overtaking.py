"""Whether an applicant has meanwhile asked the same anew: roads bring requests in any order.

Never decides what a request does; whoever keeps only the newest of a kind asks here first.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.requests import Request, kind_of
from app.errors import UserError
from app.office.tables import RequestRow, SubmissionRow

#: So far ahead a kiosk's clock may go and still be believed.
_AHEAD = timedelta(hours=1)


def check_newest(session: Session, request: Request) -> None:
    """Let a request pass unless one of its kind that was made later has been heeded.

    A kiosk's clock may be wrong: a request from a day still to come overtakes nothing, and one
    from before its application was made is not overtaken. Then the order of coming counts.

    Raises:
        UserError: ``overtaken``.
    """
    began_at = session.scalar(
        select(func.min(SubmissionRow.finalized_at)).where(
            SubmissionRow.application_id == request.application_id
        )
    )
    if began_at is None or request.made_at < began_at:
        return
    later = session.execute(
        select(RequestRow.made_at, RequestRow.taken_at).where(
            RequestRow.application_id == request.application_id,
            RequestRow.kind == kind_of(request.body),
            RequestRow.code == "",
            RequestRow.made_at > request.made_at,
        )
    )
    if any(made_at <= taken_at + _AHEAD for made_at, taken_at in later):
        raise UserError("overtaken")
