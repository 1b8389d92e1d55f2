"""Errors as pages in words: what happened, that nothing was lost, what to do.

Never shows a trace or anything that was sent.
"""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.errors import AppError, BugError, LocalFault, UserError
from app.office.console.pages import pages_of
from app.office.console.visitors import SECOND_FACTOR, cookie_name, visitor

_log = logging.getLogger(__name__)
#: Code of an error to the answer's status and the words of the page.
_KNOWN = {
    "application_unknown": (404, "not_found"),
    "courier_file_unknown": (404, "not_found"),
    "device_unknown": (404, "not_found"),
    "document_unknown": (404, "not_found"),
    "forbidden": (403, "forbidden"),
    "form_old": (403, "form_old"),
    "officer_unknown": (404, "not_found"),
    "request_wrong": (400, "wrong_request"),
    "too_many_requests": (429, "too_many"),
}
_BY_STATUS = {403: "forbidden", 404: "not_found", 405: "not_found"}


def add_fault_pages(app: FastAPI) -> None:
    """Show every error of the pages as a page."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_readable)
    app.add_exception_handler(Exception, _broken)


def _app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    if error.code == "sign_in_needed":
        return _to_sign_in(request)
    if error.code == "second_factor_needed":
        return RedirectResponse(SECOND_FACTOR, 303)
    if error.code in _KNOWN:
        status, key = _KNOWN[error.code]
        answer = _page(request, status, key, seconds=error.params.get("wait_s", 60))
        if status == 429:
            answer.headers["Retry-After"] = str(error.params.get("wait_s", 60))
        return answer
    if isinstance(error, BugError):
        _log.error("page failed: %s", error)
        return _page(request, 500, "broken")
    status = 503 if isinstance(error, LocalFault) else 409 if isinstance(error, UserError) else 502
    title, detail = pages_of(request).words(request).error(error)
    return _show(request, status, title, detail)


def _to_sign_in(request: Request) -> Response:
    had_session = cookie_name(request, "officer") in request.cookies
    return RedirectResponse(f"/console/sign-in{'?notice=expired' if had_session else ''}", 303)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = _page(request, error.status_code, _BY_STATUS.get(error.status_code, "wrong_request"))
    answer.headers.update(error.headers or {})
    return answer


def _not_readable(request: Request, error: Exception) -> Response:
    # A malformed address such as a revision that is no number: what was asked for does not exist.
    return _page(request, 404, "not_found")


def _broken(request: Request, error: Exception) -> Response:
    return _page(request, 500, "broken", is_safe=False)


def _page(
    request: Request, status: int, key: str, *, is_safe: bool = True, **values: object
) -> Response:
    words = pages_of(request).words(request)
    title, detail = words(f"console.fault.{key}.title"), words(f"console.fault.{key}.detail")
    return _show(request, status, title, detail.format(**values) if values else detail, is_safe)


def _show(request: Request, status: int, title: str, detail: str, is_safe: bool = True) -> Response:
    # After an unknown failure the database may be away: then nobody is looked up.
    asking = visitor(request) if is_safe else None
    return pages_of(request).show(
        request, "fault.html", asking, status=status, title=title, detail=detail
    )
