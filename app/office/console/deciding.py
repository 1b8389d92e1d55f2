"""An officer's decisions as pages: forms, confirmations, and a clear word when another was faster.

Never decides by itself whether a step is allowed: the review functions do.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.errors import UserError
from app.office import review
from app.office.console.pages import office_of, pages_of
from app.office.console.reading import Dossier, read_dossier, state_of
from app.office.console.return_form import (
    MOST_NOTE_LETTERS,
    MOST_REASON_LETTERS,
    ReturnForm,
    read_return_form,
    return_form,
)
from app.office.console.visitors import (
    Decider,
    Form,
    OfficerVisit,
    PostedForm,
    Reviewer,
    check_form,
)
from app.office.reasons import listed

router = APIRouter(prefix="/console/applications/{application_id}")
#: The state is no longer what the officer saw, or a newer revision has come.
_TOO_LATE = ("action_not_possible", "revision_changed")
_STATE_AFTER = {"accept": "accepted", "reject": "rejected", "return": "returned"}


@router.post("/start")
def start(request: Request, asking: Reviewer, form: PostedForm, application_id: str) -> Response:
    """Take it into review."""
    check_form(asking, form)
    try:
        review.start_review(office_of(request), asking.officer, application_id)
    except UserError as error:
        return _too_late(request, asking, application_id, error)
    return _done(application_id, "started")


@router.get("/accept")
def ask_accept(request: Request, asking: Decider, application_id: str) -> Response:
    """Ask once more before accepting."""
    return _confirm(request, asking, application_id, "accept")


@router.post("/accept")
def accept(request: Request, asking: Decider, form: PostedForm, application_id: str) -> Response:
    """Accept the revision that the confirmation named."""
    check_form(asking, form)
    try:
        review.accept(office_of(request), asking.officer, application_id, _revision(form))
    except UserError as error:
        return _too_late(request, asking, application_id, error)
    return _done(application_id, "accepted")


@router.get("/reject")
def ask_reject(request: Request, asking: Decider, application_id: str) -> Response:
    """Ask for the reason before rejecting."""
    return _confirm(request, asking, application_id, "reject")


@router.post("/reject")
def reject(request: Request, asking: Decider, form: PostedForm, application_id: str) -> Response:
    """Reject the revision that the confirmation named."""
    check_form(asking, form)
    reason = form.text("reason")
    words = pages_of(request).words(request)
    says = ""
    if not reason:
        says = words("console.reject.problem.reason_missing")
    elif len(reason) > MOST_REASON_LETTERS:
        says = words("console.reject.problem.too_long", most=MOST_REASON_LETTERS)
    if says:
        return _confirm(request, asking, application_id, "reject", reason, says)
    try:
        review.reject(office_of(request), asking.officer, application_id, _revision(form), reason)
    except UserError as error:
        return _too_late(request, asking, application_id, error)
    return _done(application_id, "rejected")


@router.get("/return")
def ask_return(request: Request, asking: Reviewer, application_id: str) -> Response:
    """Show what can be ticked."""
    dossier = _read(request, asking, application_id)
    if dossier.is_with_another:
        return _to_take_over(application_id)
    if "returned" not in dossier.actions:
        return _changed(request, asking, application_id)
    return _return_page(request, asking, dossier, return_form(dossier))


@router.post("/return")
def send_back(
    request: Request, asking: Reviewer, form: PostedForm, application_id: str
) -> Response:
    """Return what was ticked, or show what is still missing with everything typed kept."""
    check_form(asking, form)
    dossier = _read(request, asking, application_id)
    filled = read_return_form(dossier, form)
    if filled.problems:
        return _return_page(request, asking, dossier, filled)
    try:
        review.return_for_correction(
            office_of(request),
            asking.officer,
            application_id,
            _revision(form),
            filled.items(),
            filled.note,
        )
    except UserError as error:
        return _too_late(request, asking, application_id, error)
    return _done(application_id, "returned")


def _read(request: Request, asking: OfficerVisit, application_id: str) -> Dossier:
    words = pages_of(request).words(request)
    return read_dossier(office_of(request), asking.officer, words, application_id)


def _confirm(
    request: Request,
    asking: OfficerVisit,
    application_id: str,
    action: Literal["accept", "reject"],
    reason: str = "",
    says: str = "",
) -> Response:
    dossier = _read(request, asking, application_id)
    if dossier.is_with_another:
        return _to_take_over(application_id)
    if _STATE_AFTER[action] not in dossier.actions:
        return _changed(request, asking, application_id)
    return pages_of(request).show(
        request,
        "confirm.html",
        asking,
        status=422 if says else 200,
        here="applications",
        action=action,
        dossier=dossier,
        reason=reason,
        most_reason=MOST_REASON_LETTERS,
        problems=[{"at": "reason", "text": says}] if says else [],
    )


def _return_page(
    request: Request, asking: OfficerVisit, dossier: Dossier, filled: ReturnForm
) -> Response:
    return pages_of(request).show(
        request,
        "return.html",
        asking,
        status=422 if filled.problems else 200,
        here="applications",
        dossier=dossier,
        groups=filled.groups,
        documents=filled.documents,
        note=filled.note,
        note_says=any(problem["at"] == "note" for problem in filled.problems),
        problems=filled.problems,
        most_reason=MOST_REASON_LETTERS,
        most_note=MOST_NOTE_LETTERS,
        reasons=listed(office_of(request), dossier.reading.words),
    )


def _revision(form: Form) -> int:
    given = form.text("revision")
    if not (given.isascii() and given.isdigit() and len(given) <= 6):
        raise UserError("request_wrong")
    return int(given)


def _done(application_id: str, what: str) -> Response:
    return RedirectResponse(f"/console/applications/{application_id}?done={what}", 303)


def _too_late(
    request: Request, asking: OfficerVisit, application_id: str, error: UserError
) -> Response:
    if error.code == "with_another":
        return _to_take_over(application_id)
    if error.code not in _TOO_LATE:
        raise error
    return _changed(request, asking, application_id)


def _to_take_over(application_id: str) -> Response:
    """Another officer has it: whoever decides must have taken it over, and know from whom."""
    return RedirectResponse(f"/console/applications/{application_id}/take-over", 303)


def _changed(request: Request, asking: OfficerVisit, application_id: str) -> Response:
    return pages_of(request).show(
        request,
        "changed.html",
        asking,
        status=409,
        here="applications",
        application_id=application_id,
        state=state_of(office_of(request), application_id),
    )
