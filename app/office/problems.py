"""Errors as answers of the intake: ``application/problem+json`` with a stable code.

Never a word of what was sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.domain.words import Words
from app.errors import AppError, BugError, LocalFault
from app.resources import load_words

#: What an answer that does not know better says about coming again, in seconds: a database or a
#: store is soon back, a full disk is not.
_WAITS: Mapping[int, str] = {503: "10", 507: "300"}
_log = logging.getLogger(__name__)
_STATUS: Mapping[str, int] = {
    "request_malformed": 400,
    "token_refused": 401,
    "signature_refused": 401,
    "enrolment_refused": 403,
    "courier_file_unknown": 404,
    "upload_unknown": 404,
    "sender_gone": 408,
    "sender_silent": 408,
    "enrolment_code_used": 409,
    "offset_wrong": 409,
    "upload_taken_over": 409,
    "upload_gone": 410,
    "tus_version_wrong": 412,
    "upload_too_long": 413,
    "media_type_wrong": 415,
    "pack_torn": 422,
    "too_many_requests": 429,
    "checksum_wrong": 460,
    "office_busy": 503,
    "office_full": 507,
}


def answer_problem(error: AppError) -> Response:
    """Return the answer that tells an error."""
    status = _STATUS.get(error.code) or _status_of_kind(error)
    if status >= 500 and error.code != "office_busy":
        _log.error("%s", error, exc_info=error)
    response = _problem(status, error.code)
    if error.code == "offset_wrong":
        response.headers["Upload-Offset"] = str(error.params["offset"])
    if error.code == "token_refused":
        response.headers["WWW-Authenticate"] = "Bearer"
    if "wait_s" in error.params and status in (429, 503):
        response.headers["Retry-After"] = str(error.params["wait_s"])
    elif status in _WAITS:
        response.headers["Retry-After"] = _WAITS[status]
    return response


def install_problems(app: FastAPI) -> None:
    """Word every error that leaves a route; nothing of the framework's own shape gets out."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Exception, _crash)


async def _app_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return answer_problem(error)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "page_unknown", 405: "method_unknown"}.get(error.status_code, "request_malformed")
    response = _problem(error.status_code, code)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _malformed(_request: Request, _error: Exception) -> Response:
    # What was wrong with the request would repeat what was sent: the code must do.
    return _problem(400, "request_malformed")


async def _crash(_request: Request, _error: Exception) -> Response:
    # The server logs the traceback itself.
    return _problem(500, "office_broken")


def _status_of_kind(error: AppError) -> int:
    if isinstance(error, LocalFault):
        return 503
    return 500 if isinstance(error, BugError) else 400


@cache
def _words() -> Words:
    # The API speaks English like its description; a kiosk words the code itself.
    return load_words("en")


def _problem(status: int, code: str) -> Response:
    said = {"code": code, "title": _words().error_title(code), "status": status}
    body = msgspec.json.encode(said)
    return Response(body, status, media_type="application/problem+json")
