"""The list and one application; its documents and the decisions stand elsewhere."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.office.console.agencies import shown_agencies
from app.office.console.findings import shown_findings
from app.office.console.letters import letters_for
from app.office.console.life import read_life
from app.office.console.listing import list_applications
from app.office.console.pages import office_of, pages_of
from app.office.console.reading import read_dossier
from app.office.console.return_form import MOST_REASON_LETTERS
from app.office.console.visitors import (
    AnyOfficer,
    OfficerHere,
    OfficerVisit,
    PostedForm,
    check_form,
    first_page,
)
from app.office.talking.messages import MOST_LETTERS

router = APIRouter(prefix="/console")
_DONE = ("started", "returned", "accepted", "rejected", "asked")
#: Words of their own, under ``review.done``.
_DONE_LATER = ("step", "written", "parcel", "taken_over", "finding", "paid")
_MOST_SEARCH_LETTERS = 80


@router.get("")
def enter(asking: AnyOfficer) -> Response:
    """Lead to where the officer's day begins."""
    return RedirectResponse(first_page(asking.officer), 303)


@router.get("/applications")
def show_list(request: Request, asking: OfficerHere, state: str = "", page: str = "1") -> Response:
    """Show one page of the list."""
    return _list(request, asking, state=state, page=page)


@router.post("/applications")
def search(request: Request, asking: OfficerHere, form: PostedForm) -> Response:
    """Search; posted, because a name does not belong into an address."""
    check_form(asking, form)
    return _list(
        request, asking, text=form.text("text")[:_MOST_SEARCH_LETTERS], page=form.text("page")
    )


@router.get("/applications/{application_id}")
def show_application(
    request: Request, asking: OfficerHere, application_id: str, revision: str = "", done: str = ""
) -> Response:
    """Show one application."""
    pages, office = pages_of(request), office_of(request)
    dossier = read_dossier(
        office,
        asking.officer,
        pages.words(request),
        application_id,
        _number(revision, 0),
    )
    return pages.show(
        request,
        "application.html",
        asking,
        here="applications",
        dossier=dossier,
        life=read_life(office, asking.officer, dossier),
        findings=shown_findings(office, dossier),
        agencies=shown_agencies(office, dossier, pages.words(request)),
        letters=letters_for(dossier),
        most_message=MOST_LETTERS,
        most_reason=MOST_REASON_LETTERS,
        done=done if done in _DONE else "",
        done_later=done if done in _DONE_LATER else "",
    )


def _list(
    request: Request, asking: OfficerVisit, state: str = "", text: str = "", page: str = ""
) -> Response:
    pages = pages_of(request)
    listing = list_applications(
        office_of(request),
        asking.officer,
        pages.words(request),
        state=state,
        text=text,
        page=_number(page, 1),
    )
    return pages.show(
        request,
        "list.html",
        asking,
        here="applications",
        listing=listing,
    )


def _number(untrusted: str, otherwise: int) -> int:
    is_number = untrusted.isascii() and untrusted.isdigit() and len(untrusted) <= 6
    return int(untrusted) if is_number else otherwise
