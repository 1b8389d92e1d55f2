"""The page after the password: a code of the authenticator, or setting the authenticator up.

Shows a secret to the session it was offered to and to no other, and recovery codes once.
"""

from __future__ import annotations

import segno
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from app.errors import UserError
from app.office import second_factor
from app.office.console import factors, sessions
from app.office.console.pages import office_of, pages_of
from app.office.console.signing_in import take_try
from app.office.console.visitors import (
    SECOND_FACTOR,
    HalfVisit,
    PostedForm,
    check_form,
    cookie_name,
    set_cookie,
    visitor,
)

router = APIRouter(prefix="/console")


@router.get("/second-factor")
def show(request: Request) -> Response:
    """Ask for a code, or show what to set the authenticator up with."""
    return _page(request, _half_visit(request))


@router.post("/second-factor")
def give(request: Request, form: PostedForm) -> Response:
    """Take a code; a session with a token of its own in exchange for the half-open one."""
    asking = _half_visit(request)
    check_form(asking, form)
    take_try(request)
    office, token = office_of(request), _token(request)
    code = form.text("code")[:40]
    answer: Response
    if asking.is_set_up:
        new = factors.give(office, token, code)
        answer = RedirectResponse("/console", 303)
    else:
        made = factors.set_up(office, token, code)
        new = made.token if made is not None else None
        codes = made.recovery_codes if made is not None else ()
        answer = pages_of(request).show(request, "recovery_codes.html", codes=codes)
    if new is None:
        return _wrong(request)
    set_cookie(request, answer, "officer", new)
    return answer


def _wrong(request: Request) -> Response:
    asking = visitor(request)
    if isinstance(asking, HalfVisit):
        return _page(request, asking, is_wrong=True)
    return RedirectResponse("/console/sign-in?notice=locked", 303)


def _half_visit(request: Request) -> HalfVisit:
    asking = visitor(request)
    if not isinstance(asking, HalfVisit):
        raise UserError("sign_in_needed")
    return asking


def _page(request: Request, asking: HalfVisit, *, is_wrong: bool = False) -> Response:
    square, typed = "", ""
    if not asking.is_set_up:
        office = office_of(request)
        secret = factors.offered_secret(office, _token(request))
        said = second_factor.address(secret, asking.name, office.settings.office_name)
        drawn = segno.make(said, error="m", micro=False)
        square = Markup(drawn.svg_inline(omitsize=True, border=2, light="white"))
        letters = second_factor.letters(secret)
        typed = " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
    return pages_of(request).show(
        request,
        "second_factor.html",
        asking,
        status=403 if is_wrong else 200,
        is_wrong=is_wrong,
        is_set_up=asking.is_set_up,
        square=square,
        typed=typed,
        lock_minutes=int(sessions.LOCK.total_seconds() // 60),
        lock_tries=sessions.MOST_FAILURES,
        address=SECOND_FACTOR,
    )


def _token(request: Request) -> str:
    return request.cookies.get(cookie_name(request, "officer"), "")
