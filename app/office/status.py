"""The public status page: reference and birth date in, state, dates and the ministry's number out.

Never tells whether a reference exists: a wrong birth date and an unknown reference get the same
words, status code and work, one query that asks for both at once and finds nothing. Both arrive by
POST alone, so neither stands in an address, a log or a history.

Behind a proxy that the server does not trust (one on another machine) every visitor has the
proxy's address: the limit of one address is then everybody's limit, which is safe but unkind.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select

from app.domain.dates import real_date
from app.domain.ids import parse_reference
from app.errors import UserError
from app.office.console.pages import office_of, pages_of
from app.office.console.visitors import Form, PostedForm
from app.office.guessing import Limit, forgive, take
from app.office.tables import ApplicationRow, DecisionRow, MinistryNumberRow
from app.office.throttle import subscriber

if TYPE_CHECKING:
    from app.office.context import Office

router = APIRouter()
OF_ADDRESS = Limit("status_address", 10)
OF_ALL = Limit("status_all", 300)
#: Birth dates guessed wrong for one reference, known or not, before it is closed for the day;
#: 36,500 days of birth are possible.
OF_REFERENCE = Limit("status_reference", 10, 24 * 3600)
_PARTS = ("reference", "day", "month", "year")


class StatusView(msgspec.Struct, frozen=True):
    """All that the page tells."""

    state: str
    received_at: datetime
    changed_at: datetime
    #: The ministry's, empty until it is known.
    ministry_number: str


def status_of(office: Office, reference: str, born: date) -> StatusView | None:
    """Return how it stands, or None for a wrong birth date and an unknown reference alike."""
    with office.database.read() as session:
        # Both in one question: nothing found is nothing found.
        row = session.scalars(
            select(ApplicationRow).where(
                ApplicationRow.reference == reference,
                ApplicationRow.birth_date == born.isoformat(),
            )
        ).one_or_none()
        if row is None:
            return None
        changed = session.scalar(
            select(DecisionRow.at)
            .where(DecisionRow.application_id == row.id)
            .order_by(DecisionRow.id.desc())
            .limit(1)
        )
        held = session.get(MinistryNumberRow, row.id)
        number = held.number if held else ""
        return StatusView(row.state, row.received_at, changed or row.received_at, number)


@router.get("/status")
def ask(request: Request) -> Response:
    """Show the form."""
    return _form(request, Form(()))


@router.post("/status")
def answer(request: Request, form: PostedForm) -> Response:
    """Answer one question.

    Carries no form token: it changes nothing and knows nobody, and a phone without cookies must be
    able to ask.
    """
    office = office_of(request)
    caller = subscriber(request.client.host if request.client else "")
    take(office, (OF_ADDRESS, caller), (OF_ALL, ""))
    try:
        reference = parse_reference(form.text("reference")[:40])
    except UserError:
        reference = ""
    born = _born(form)
    wrong = [
        name for name, is_fit in (("reference", reference), ("birth_date", born)) if not is_fit
    ]
    if wrong or born is None:
        return _form(request, form, wrong=wrong)
    take(office, (OF_REFERENCE, reference))
    view = status_of(office, reference, born)
    if view is None:
        return _form(request, form, is_unmatched=True)
    forgive(office, OF_REFERENCE, reference)
    return pages_of(request).show(request, "status_result.html", reference=reference, view=view)


def _form(
    request: Request, form: Form, wrong: list[str] | None = None, *, is_unmatched: bool = False
) -> Response:
    pages = pages_of(request)
    words = pages.words(request)
    wrong = wrong or []
    return pages.show(
        request,
        "status.html",
        status=422 if wrong else 200,
        typed={part: form.text(part)[:40] for part in _PARTS},
        wrong=wrong,
        problems=[{"at": name, "text": words(f"public_status.problem.{name}")} for name in wrong],
        is_unmatched=is_unmatched,
    )


def _born(form: Form) -> date | None:
    typed = [form.text(part) for part in ("year", "month", "day")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in typed):
        return None
    year, month, day = (int(part) for part in typed)
    return real_date(year, month, day)
