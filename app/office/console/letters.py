"""Statements and letters as PDF, and the page on which the list of reasons is kept.

Never writes a file: a letter is drawn into the answer, and each drawing is in the trail.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.terms import TERM_DAYS
from app.domain.words import WIB
from app.errors import UserError
from app.office import audit
from app.office.console.pages import office_of, pages_of
from app.office.console.reading import Dossier, Step, read_dossier
from app.office.console.visitors import OfficerHere, PostedForm, RuleKeeper, check_form
from app.office.reasons import MOST_LETTERS, add_reason, list_reason, reasons_of
from app.office.reasons_tables import KINDS
from app.printing.letter import LetterContent, letter_pdf

if TYPE_CHECKING:
    from app.office.context import Office
    from app.office.review import Officer

router = APIRouter(prefix="/console")
#: Kind of letter to the state it tells of.
LETTERS = {"returned": "returned", "accepted": "accepted", "rejected": "rejected"}
#: Of these only the last is true: nobody gets a letter of acceptance after a rejection.
_DECISIONS = frozenset({*LETTERS.values(), "cancelled", "withdrawn"})
_NEXT_STEPS = ("pay", "choose", "come")
_HEADERS = {"Content-Disposition": "inline", "Content-Security-Policy": "default-src 'none'"}


@router.get("/applications/{application_id}/letters/{kind}")
def show_letter(request: Request, asking: OfficerHere, application_id: str, kind: str) -> Response:
    """Draw a letter about the last decision."""
    office, words = office_of(request), pages_of(request).words(request)
    dossier = read_dossier(office, asking.officer, words, application_id)
    told = _last(dossier, kind)
    if told is None:
        raise UserError("application_unknown")
    drawn = letter_pdf(_content(office, asking.officer, dossier, told, kind), words)
    with office.database.write() as session:
        who = audit.officer(asking.officer.name)
        audit.note(session, office.clock.now(), who, "letter", application_id, kind=kind)
    return Response(drawn, media_type="application/pdf", headers=_HEADERS)


@router.get("/reasons")
def show_reasons(request: Request, asking: RuleKeeper) -> Response:
    """Show the list of reasons."""
    pages = pages_of(request)
    return pages.show(
        request,
        "reasons.html",
        asking,
        here="reasons",
        reasons=reasons_of(office_of(request), pages.words(request)),
        kinds=KINDS,
        most=MOST_LETTERS,
    )


@router.post("/reasons")
def change_reasons(request: Request, asking: RuleKeeper, form: PostedForm) -> Response:
    """Add a reason, or take one off the list or put it back."""
    check_form(asking, form)
    office = office_of(request)
    if reason_id := form.text("id"):
        list_reason(office, asking.officer, reason_id, is_listed=form.text("listed") == "yes")
    else:
        add_reason(office, asking.officer, form.text("kind"), form.text("text"))
    return RedirectResponse("/console/reasons", 303)


def letters_for(dossier: Dossier) -> tuple[str, ...]:
    """Return the letters that can be written now."""
    return tuple(kind for kind in LETTERS if _last(dossier, kind) is not None)


def _last(dossier: Dossier, kind: str) -> Step | None:
    decisions = [step for step in dossier.history if step.to_state in _DECISIONS]
    is_told = bool(decisions) and decisions[-1].to_state == LETTERS.get(kind)
    return decisions[-1] if is_told else None


def _content(
    office: Office, officer: Officer, dossier: Dossier, told: Step, kind: str
) -> LetterContent:
    words = dossier.reading.words
    day = told.at.astimezone(WIB).date()
    until = words.date(day + timedelta(days=TERM_DAYS))
    items: tuple[tuple[str, str], ...] = tuple(
        (item["name"], item["reason"]) for item in told.items
    )
    closing = [words(f"letter.{kind}.closing", until=until)]
    if kind == "accepted":
        items = tuple(("", words(f"letter.accepted.{step}")) for step in _NEXT_STEPS)
    if told.reason:
        closing.insert(0, words("letter.note", text=told.reason))
    return LetterContent(
        office=office.settings.office_name,
        title=words(f"letter.{kind}.title"),
        day=office.clock.now().astimezone(WIB).date(),
        facts=(
            (words("console.dossier.reference"), dossier.reference),
            (words("console.list.applicant"), dossier.applicant),
            (words("console.dossier.service"), dossier.service),
        ),
        opening=words(f"letter.{kind}.opening", day=words.date(day)),
        items=items,
        closing=tuple(closing),
        signed_by=officer.shown_name,
    )
