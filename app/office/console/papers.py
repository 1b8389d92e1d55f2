"""Documents as an officer's browser gets them, and the wish for a page as it was captured.

Hands out nothing that is not what it says, and nothing that a browser would run.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.documents import PAGES_TYPE
from app.errors import RemoteError, UserError
from app.office import review
from app.office.console.dossier import SHOWN_AS
from app.office.console.pages import office_of
from app.office.console.visitors import OfficerHere, PostedForm, Reviewer, check_form
from app.office.showing import BESIDE_PX, LARGE_PX, as_pdf, page_picture
from app.office.supplements import ask_for_page, open_page

_PAPER = "/applications/{application_id}/revisions/{revision}/documents/{need}"
router = APIRouter(prefix="/console")
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
_MOST_NUMBER = 1_000_000
_Number = Annotated[int, Path(ge=1, le=_MOST_NUMBER)]


@router.get(_PAPER)
def show_document(
    request: Request,
    asking: OfficerHere,
    application_id: str,
    revision: _Number,
    need: str,
) -> Response:
    """Unseal one document into this answer and nowhere else."""
    office = office_of(request)
    opened = review.open_document(office, asking.officer, application_id, revision, need)
    if opened.media_type == PAGES_TYPE:
        drawn = as_pdf(office, opened)
        return Response(drawn, media_type="application/pdf", headers=DOCUMENT_HEADERS)
    return _handed_out(opened.media_type, opened.content)


@router.get(_PAPER + "/pages/{page}")
def show_page(
    request: Request,
    asking: OfficerHere,
    application_id: str,
    revision: _Number,
    need: str,
    page: _Number,
    size: str = "",
) -> Response:
    """Draw one page of a document into this answer."""
    longest_px = LARGE_PX if size == "large" else BESIDE_PX
    drawn = page_picture(
        office_of(request), asking.officer, application_id, revision, need, page, longest_px
    )
    return Response(drawn, media_type="image/jpeg", headers=DOCUMENT_HEADERS)


@router.post(_PAPER + "/pages/{page}/ask")
def ask(
    request: Request,
    asking: Reviewer,
    form: PostedForm,
    application_id: str,
    revision: _Number,
    need: str,
    page: _Number,
) -> Response:
    """Ask the kiosk for a page as it was captured."""
    check_form(asking, form)
    ask_for_page(office_of(request), asking.officer, application_id, revision, need, page)
    shown = f"/console/applications/{application_id}?revision={revision}&done=asked"
    return RedirectResponse(f"{shown}#paper-{need}-{page}", 303)


@router.get(_PAPER + "/pages/{page}/capture")
def show_capture(
    request: Request,
    asking: OfficerHere,
    application_id: str,
    revision: _Number,
    need: str,
    page: _Number,
) -> Response:
    """Unseal a page as it was captured into this answer and nowhere else."""
    office = office_of(request)
    opened = open_page(office, asking.officer, application_id, revision, need, page)
    return _handed_out(opened.media_type, opened.content)


def _handed_out(media_type: str, content: bytes) -> Response:
    if media_type not in SHOWN_AS:
        raise UserError("document_unshowable")
    if not content.startswith(_BEGINNINGS.get(media_type, ())):
        raise RemoteError("document_unshowable", is_retryable=False)
    return Response(content, media_type=media_type, headers=DOCUMENT_HEADERS)
