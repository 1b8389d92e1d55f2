"""Sign-in, sign-out and the choice of language as pages."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.office.console import sessions
from app.office.console.pages import LANGUAGE_COOKIE, office_of, pages_of
from app.office.console.visitors import (
    SECOND_FACTOR,
    Form,
    HalfVisit,
    PostedForm,
    begin_visit,
    check_form,
    cookie_name,
    drop_cookie,
    first_page,
    is_https,
    set_cookie,
    visitor,
)
from app.office.guessing import Limit, take
from app.office.officers import MOST_PASSWORD_LETTERS
from app.office.throttle import subscriber

router = APIRouter()
TRIES = Limit("sign_in", 20)
_NOTICES = ("ended", "expired", "locked", "anew")
_YEAR_S = 365 * 24 * 3600
#: A path of ours: no host, no second slash, nothing that a browser would read as one.
_OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9/_.\-]*")


@router.get("/console/sign-in")
def show_sign_in(request: Request, notice: str = "") -> Response:
    """Show the form."""
    asking = visitor(request)
    if asking.officer is not None or isinstance(asking, HalfVisit):
        return RedirectResponse("/console", 303)
    return _form(request, notice if notice in _NOTICES else "")


@router.post("/console/sign-in")
def sign_in(request: Request, form: PostedForm) -> Response:
    """Take a name and a password; a fresh session in any case, so that none can be planted."""
    check_form(visitor(request), form)
    take_try(request)
    office = office_of(request)
    token = sessions.sign_in(office, form.text("name")[:80], typed_password(form, "password"))
    signed_in = sessions.session_of(office, token) if token else None
    if token is None or signed_in is None:
        return _form(request, is_wrong=True)
    after = SECOND_FACTOR if signed_in.needs else first_page(signed_in.officer)
    answer = RedirectResponse(after, 303)
    set_cookie(request, answer, "officer", token)
    drop_cookie(request, answer, "visit")
    return answer


@router.post("/console/sign-out")
def sign_out(request: Request, form: PostedForm) -> Response:
    """End the session at the office, not only in the browser."""
    check_form(visitor(request), form)
    sessions.sign_out(office_of(request), request.cookies.get(cookie_name(request, "officer"), ""))
    answer = RedirectResponse("/console/sign-in?notice=ended", 303)
    drop_cookie(request, answer, "officer")
    # The browser lets go of pages and pictures it may still hold.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.post("/language")
def choose_language(request: Request, form: PostedForm) -> Response:
    """Remember the language; changes nothing at the office, so it carries no form token."""
    back = form.text("back")
    answer = RedirectResponse(back if _OWN_PATH.fullmatch(back) else "/status", 303)
    answer.set_cookie(
        LANGUAGE_COOKIE,
        "en" if form.text("language") == "en" else "id",
        max_age=_YEAR_S,
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )
    return answer


def _form(request: Request, notice: str = "", *, is_wrong: bool = False) -> Response:
    asking, secret = begin_visit(request)
    answer = pages_of(request).show(
        request,
        "sign_in.html",
        asking,
        status=403 if is_wrong else 200,
        notice=notice,
        is_wrong=is_wrong,
        lock_minutes=int(sessions.LOCK.total_seconds() // 60),
        lock_tries=sessions.MOST_FAILURES,
    )
    set_cookie(request, answer, "visit", secret)
    return answer


def take_try(request: Request) -> None:
    """Count a try to prove who somebody is, whatever comes of it.

    Raises:
        UserError: ``too_many_requests``.
    """
    caller = subscriber(request.client.host if request.client else "")
    take(office_of(request), (TRIES, caller))


def typed_password(form: Form, name: str) -> str:
    """Return a password as typed: blanks at the ends belong to it."""
    given = form.all(name)
    return given[-1][:MOST_PASSWORD_LETTERS] if given else ""
