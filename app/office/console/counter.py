"""The page on which a cashier notes a payment by its proof, for an accepted application."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.errors import UserError
from app.office.billing.counter import may_note, note_at_counter, read_proof
from app.office.console.administering import problems_of
from app.office.console.pages import office_of, pages_of
from app.office.console.reading import read_dossier
from app.office.console.visitors import Cashier, OfficerVisit, PostedForm, check_form
from app.office.tables import ApplicationRow

router = APIRouter(prefix="/console")
_PAGE = "/applications/{application_id}/payment"
_NAMES = ("code", "rupiah", "ntpn")
#: Code of an error to the field at which it stands.
_FIELDS = {
    "proof_code_wrong": "code",
    "proof_sum_wrong": "rupiah",
    "proof_ntpn_wrong": "ntpn",
    "proof_used": "ntpn",
}
_MOST_LETTERS = 40


@router.get(_PAGE)
def ask_payment(request: Request, asking: Cashier, application_id: str) -> Response:
    """Ask for what stands on the proof."""
    return _page(request, asking, application_id, dict.fromkeys(_NAMES, ""))


@router.post(_PAGE)
def note_payment(
    request: Request, asking: Cashier, form: PostedForm, application_id: str
) -> Response:
    """Note the payment."""
    check_form(asking, form)
    typed = {name: form.text(name)[:_MOST_LETTERS] for name in _NAMES}
    try:
        proof = read_proof(typed["code"], typed["rupiah"], typed["ntpn"])
        note_at_counter(office_of(request), asking.officer, application_id, proof)
    except UserError as error:
        if error.code not in _FIELDS:
            raise
        return _page(request, asking, application_id, typed, error)
    return RedirectResponse(f"/console/applications/{application_id}?done=paid#bills", 303)


def _page(
    request: Request,
    asking: OfficerVisit,
    application_id: str,
    typed: dict[str, str],
    error: UserError | None = None,
) -> Response:
    office = office_of(request)
    words = pages_of(request).words(request)
    dossier = read_dossier(office, asking.officer, words, application_id)
    with office.database.read() as session:
        if not may_note(session, session.get_one(ApplicationRow, application_id)):
            raise UserError("action_not_possible")
    return pages_of(request).show(
        request,
        "counter.html",
        asking,
        status=422 if error else 200,
        here="applications",
        dossier=dossier,
        typed=typed,
        most_letters=_MOST_LETTERS,
        problems=problems_of(request, error, _FIELDS),
    )
