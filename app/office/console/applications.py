"""The list, one application, and its documents as pages; decisions are made elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.documents import PAGES_TYPE
from app.errors import RemoteError, UserError
from app.office import review
from app.office.console.dossier import SHOWN_AS
from app.office.console.listing import list_applications
from app.office.console.pages import office_of, pages_of
from app.office.console.reading import read_dossier
from app.office.console.visitors import OfficerHere, OfficerVisit, PostedForm, check_form
from app.office.console.working_days import PROMISE_DAYS
from app.office.showing import BESIDE_PX, LARGE_PX, as_pdf, page_picture

router = APIRouter(prefix="/console")
_DONE = ("started", "returned", "accepted", "rejected")
_MOST_SEARCH_LETTERS = 80
_MOST_REVISION = 1_000_000
#: What a file of each kind begins with.
_BEGINNINGS = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "application/pdf": (b"%PDF-",),
}
#: An untrusted file: it runs nothing, loads nothing, and is framed by our own pages only.
DOCUMENT_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; "
    "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Disposition": "inline",
}


@router.get("")
def enter() -> Response:
    """Lead to the list."""
    return RedirectResponse("/console/applications", 303)


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
    pages = pages_of(request)
    dossier = read_dossier(
        office_of(request),
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
        done=done if done in _DONE else "",
    )


@router.get("/applications/{application_id}/revisions/{revision}/documents/{need}")
def show_document(
    request: Request,
    asking: OfficerHere,
    application_id: str,
    revision: Annotated[int, Path(ge=1, le=_MOST_REVISION)],
    need: str,
) -> Response:
    """Unseal one document into this answer and nowhere else."""
    office = office_of(request)
    opened = review.open_document(office, asking.officer, application_id, revision, need)
    if opened.media_type == PAGES_TYPE:
        drawn = as_pdf(office, opened)
        return Response(drawn, media_type="application/pdf", headers=DOCUMENT_HEADERS)
    if opened.media_type not in SHOWN_AS:
        raise UserError("document_unshowable")
    if not opened.content.startswith(_BEGINNINGS[opened.media_type]):
        raise RemoteError("document_unshowable", is_retryable=False)
    return Response(opened.content, media_type=opened.media_type, headers=DOCUMENT_HEADERS)


@router.get("/applications/{application_id}/revisions/{revision}/documents/{need}/pages/{page}")
def show_page(
    request: Request,
    asking: OfficerHere,
    application_id: str,
    revision: Annotated[int, Path(ge=1, le=_MOST_REVISION)],
    need: str,
    page: Annotated[int, Path(ge=1, le=_MOST_REVISION)],
    size: str = "",
) -> Response:
    """Draw one page of a document into this answer."""
    longest_px = LARGE_PX if size == "large" else BESIDE_PX
    drawn = page_picture(
        office_of(request), asking.officer, application_id, revision, need, page, longest_px
    )
    return Response(drawn, media_type="image/jpeg", headers=DOCUMENT_HEADERS)


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
        promise_days=PROMISE_DAYS,
    )


def _number(untrusted: str, otherwise: int) -> int:
    is_number = untrusted.isascii() and untrusted.isdigit() and len(untrusted) <= 6
    return int(untrusted) if is_number else otherwise
