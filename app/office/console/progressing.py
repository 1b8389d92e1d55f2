"""Pages of the later life: steps, messages, slots given back, parcels, payments, taking over.

Never decides by itself whether a step is allowed: the functions of the office do.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.errors import UserError
from app.office import progress
from app.office.assigning import REASONS, holder_of, take_over
from app.office.billing.notices import settle_by
from app.office.billing.tables import OUTCOMES
from app.office.console.administering import problems_of
from app.office.console.life import unsettled_notices
from app.office.console.pages import office_of, pages_of
from app.office.console.reading import Dossier, read_dossier
from app.office.console.return_form import MOST_REASON_LETTERS
from app.office.console.visitors import (
    Cashier,
    Form,
    OfficerHere,
    OfficerVisit,
    PostedForm,
    check_form,
)
from app.office.slots.booking import release_slot
from app.office.talking.collecting import send_parcel
from app.office.talking.handing import MOST_NAME_LETTERS, Handing, expected, hand_over
from app.office.talking.messages import write_message

router = APIRouter(prefix="/console")
_ONE = "/applications/{application_id}"
#: Not a step of the life cycle, and asked like one.
RELEASE = "release_slot"
HAND_OVER = "hand_over"
#: Code of an error to the field of the hand-over's form at which it stands.
_HANDING_FIELDS = {
    "receiver_unknown": "receiver-applicant",
    "proxy_incomplete": "name",
    "identity_unseen": "identity",
    "parcel_unsent": "receiver-post",
}


@router.get(_ONE + "/steps/{name}")
def ask_step(request: Request, asking: OfficerHere, application_id: str, name: str) -> Response:
    """Ask once more before a step is taken."""
    return _step_page(request, asking, application_id, name)


@router.post(_ONE + "/steps/{name}")
def take_step(
    request: Request, asking: OfficerHere, form: PostedForm, application_id: str, name: str
) -> Response:
    """Take a step from the state that the page showed."""
    check_form(asking, form)
    _check_name(name)
    reason = form.text("reason")
    office = office_of(request)
    says = _reason_problem(request, name, reason)
    if says:
        return _step_page(request, asking, application_id, name, reason, says)
    if name == HAND_OVER:
        return _hand_over(request, asking, form, application_id)
    if name == RELEASE:
        release_slot(office, asking.officer, application_id, reason)
    else:
        seen = form.text("state")
        progress.take_step(office, asking.officer, application_id, name, seen, reason)
    return _done(application_id, "step")


@router.post(_ONE + "/messages")
def write(request: Request, asking: OfficerHere, form: PostedForm, application_id: str) -> Response:
    """Write to the applicant."""
    check_form(asking, form)
    write_message(office_of(request), asking.officer, application_id, form.text("text"))
    return _done(application_id, "written", "#messages")


@router.post(_ONE + "/parcel")
def send(request: Request, asking: OfficerHere, form: PostedForm, application_id: str) -> Response:
    """Note a parcel's tracking number."""
    check_form(asking, form)
    send_parcel(office_of(request), asking.officer, application_id, form.text("tracking"))
    return _done(application_id, "parcel", "#collecting")


@router.get(_ONE + "/take-over")
def ask_take_over(request: Request, asking: OfficerHere, application_id: str) -> Response:
    """Show who has it since when before it is taken over."""
    return _take_over_page(request, asking, application_id)


@router.post(_ONE + "/take-over")
def do_take_over(
    request: Request, asking: OfficerHere, form: PostedForm, application_id: str
) -> Response:
    """Take it from the officer whom the page named."""
    check_form(asking, form)
    if form.text("reason") not in REASONS:
        return _take_over_page(request, asking, application_id, is_reason_missing=True)
    office = office_of(request)
    take_over(office, asking.officer, application_id, form.text("holder"), form.text("reason"))
    return _done(application_id, "taken_over")


@router.get("/payments")
def show_payments(request: Request, asking: Cashier, done: str = "") -> Response:
    """Show the payments that paid for nothing."""
    found = unsettled_notices(office_of(request), asking.officer)
    return pages_of(request).show(
        request,
        "payments.html",
        asking,
        here="payments",
        notices=found,
        done=done if done in OUTCOMES else "",
    )


@router.post("/payments")
def settle(request: Request, asking: Cashier, form: PostedForm) -> Response:
    """Try a notice once more, as it came: perhaps its application waits for the money by now."""
    check_form(asking, form)
    outcome = settle_by(office_of(request), asking.officer, form.text("notice"))
    return RedirectResponse(f"/console/payments?done={outcome}", 303)


def _hand_over(request: Request, asking: OfficerVisit, form: Form, application_id: str) -> Response:
    handing = Handing(
        form.text("receiver"),
        form.text("identity") == "yes",
        form.text("name")[: MOST_NAME_LETTERS + 1],
        form.text("authority"),
    )
    office = office_of(request)
    try:
        hand_over(office, asking.officer, application_id, form.text("state"), handing)
    except UserError as error:
        if error.code not in _HANDING_FIELDS:
            raise
        return _step_page(request, asking, application_id, HAND_OVER, error=error, handing=handing)
    return _done(application_id, "step", "#collecting")


def _step_page(
    request: Request,
    asking: OfficerVisit,
    application_id: str,
    name: str,
    reason: str = "",
    says: str = "",
    error: UserError | None = None,
    handing: Handing | None = None,
) -> Response:
    _check_name(name)
    dossier = _read(request, asking, application_id)
    if dossier.is_with_another:
        return RedirectResponse(f"/console/applications/{application_id}/take-over", 303)
    if name != RELEASE and name not in progress.steps_from(dossier.state, asking.officer):
        raise UserError("action_not_possible")
    if name == HAND_OVER and handing is None:
        handing = expected(office_of(request), asking.officer, application_id)
    return pages_of(request).show(
        request,
        "step.html",
        asking,
        status=422 if says or error else 200,
        here="applications",
        name=name,
        dossier=dossier,
        needs_reason=_needs_reason(name),
        is_final=name != RELEASE and progress.STEPS[name].is_final,
        reason=reason,
        most_reason=MOST_REASON_LETTERS,
        handing=handing,
        most_name=MOST_NAME_LETTERS,
        problems=[{"at": "reason", "text": says}]
        if says
        else problems_of(request, error, _HANDING_FIELDS),
    )


def _take_over_page(
    request: Request, asking: OfficerVisit, application_id: str, *, is_reason_missing: bool = False
) -> Response:
    holder = holder_of(office_of(request), application_id)
    if holder is None or holder.name == asking.officer.name:
        return RedirectResponse(f"/console/applications/{application_id}", 303)
    words = pages_of(request).words(request)
    says = words("review.take_over.problem.reason_missing") if is_reason_missing else ""
    return pages_of(request).show(
        request,
        "take_over.html",
        asking,
        status=422 if says else 200,
        here="applications",
        dossier=_read(request, asking, application_id),
        holder=holder,
        reasons=REASONS,
        problems=[{"at": "reason", "text": says}] if says else [],
    )


def _read(request: Request, asking: OfficerVisit, application_id: str) -> Dossier:
    words = pages_of(request).words(request)
    return read_dossier(office_of(request), asking.officer, words, application_id)


def _check_name(name: str) -> None:
    if name != RELEASE and name not in progress.STEPS:
        raise UserError("request_wrong")


def _needs_reason(name: str) -> bool:
    return name == RELEASE or progress.STEPS[name].needs_reason


def _reason_problem(request: Request, name: str, reason: str) -> str:
    """Return what is wrong with a reason, in words; empty when nothing is."""
    words = pages_of(request).words(request)
    if _needs_reason(name) and not reason:
        return words("review.step_page.problem.reason_missing")
    if len(reason) > MOST_REASON_LETTERS:
        return words("review.step_page.problem.too_long", most=MOST_REASON_LETTERS)
    return ""


def _done(application_id: str, what: str, at: str = "") -> Response:
    return RedirectResponse(f"/console/applications/{application_id}?done={what}{at}", 303)
