"""The public status page: reference and birth date in, state, dates and the ministry's number out.

Never tells whether a reference exists: a wrong birth date and an unknown reference get the same
words, status code and work, one query that asks for both at once and finds nothing. Both arrive by
POST alone, so neither stands in an address, a log or a history.

Behind a proxy that the server does not trust (one on another machine) every visitor has the
proxy's address: the limit of one address is then everybody's limit, which is safe but unkind.
"""

from __future__ import annotations

import hashlib
import threading
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import select

from app.domain.clock import Clock
from app.domain.dates import real_date
from app.domain.ids import parse_reference
from app.errors import UserError
from app.office.console.pages import office_of, pages_of
from app.office.console.visitors import Form, PostedForm
from app.office.tables import ApplicationRow, DecisionRow, MinistryNumberRow
from app.office.throttle import Throttle, subscriber

if TYPE_CHECKING:
    from app.office.context import Office

router = APIRouter()
PER_MINUTE_OF_ADDRESS = 10
PER_MINUTE_OF_ALL = 300
#: Birth dates guessed wrong for one reference before it is closed for the day; 36,500 days of birth
#: are possible.
WRONG_PER_DAY = 10
_DAY_S = 24 * 3600
_MOST_REFERENCES = 100_000
_PARTS = ("reference", "day", "month", "year")


class StatusView(msgspec.Struct, frozen=True):
    """All that the page tells."""

    state: str
    received_at: datetime
    changed_at: datetime
    #: The ministry's, empty until it is known.
    ministry_number: str


class Tries:
    """Slows down guessing: per address, over all, and per reference (known or not).

    Thread-safe; kept in memory.

    Args:
        clock: its monotonic time is used.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_address = Throttle(clock, PER_MINUTE_OF_ADDRESS)
        self._of_all = Throttle(clock, PER_MINUTE_OF_ALL)
        self._wrong: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def take(self, address: str) -> None:
        """Count one question from an address.

        Raises:
            UserError: ``too_many_requests`` with ``wait_s``.
        """
        self._of_address.take(subscriber(address))
        self._of_all.take("")

    def take_reference(self, reference: str) -> None:
        """Count a guess at a reference before it is answered, so that none made meanwhile is free.

        Raises:
            UserError: ``too_many_requests`` with ``wait_s`` when too many were wrong today.
        """
        day, into = divmod(int(self._clock.monotonic()), _DAY_S)
        name = _name(reference)
        with self._lock:
            if name not in self._wrong and len(self._wrong) >= _MOST_REFERENCES:
                kept = [(who, seen) for who, seen in self._wrong.items() if seen[0] == day]
                self._wrong = dict(kept[-_MOST_REFERENCES // 2 :])
            at, count = self._wrong.get(name, (day, 0))
            count = count if at == day else 0
            if count >= WRONG_PER_DAY:
                raise UserError("too_many_requests", wait_s=_DAY_S - into)
            self._wrong[name] = (day, count + 1)

    def forgive(self, reference: str) -> None:
        """The guess was right after all: it counts for nothing."""
        with self._lock:
            at, count = self._wrong.get(_name(reference), (0, 0))
            self._wrong[_name(reference)] = (at, max(0, count - 1))


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
    tries: Tries = request.app.state.status_tries
    tries.take(request.client.host if request.client else "")
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
    tries.take_reference(reference)
    view = status_of(office_of(request), reference, born)
    if view is None:
        return _form(request, form, is_unmatched=True)
    tries.forgive(reference)
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


def _name(reference: str) -> str:
    # References name people's applications: not even the memory holds a list of those asked for.
    return hashlib.sha256(reference.encode()).hexdigest()
