"""Who sends a request and whether the form is ours: cookies, form tokens, the bounds of a form.

Never looks at what a form means.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

import msgspec
from fastapi import Depends, Request
from fastapi.responses import Response

from app.errors import UserError
from app.office.console.pages import office_of
from app.office.console.sessions import LIFE, session_of
from app.office.review import Officer

_MOST_FORM_BYTES = 256 * 1024
_MOST_FORM_FIELDS = 2_000
_FORM_TYPE = "application/x-www-form-urlencoded"


class Visitor(msgspec.Struct, frozen=True):
    """A browser, and the officer signed in at it."""

    officer: Officer | None
    form_token: str


class OfficerVisit(Visitor, frozen=True):
    """A browser at which an officer is signed in."""

    officer: Officer


class Form(msgspec.Struct, frozen=True):
    """What was typed, in order; a name may come more than once."""

    fields: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str:
        """Return the last value of a name without blanks around it, empty when it did not come."""
        found = [value for key, value in self.fields if key == name]
        return found[-1].strip() if found else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a name."""
        return tuple(value for key, value in self.fields if key == name)


async def read_form(request: Request) -> Form:
    """Read a posted form of ours.

    Raises:
        UserError: ``form_old`` when another site sent it; ``request_wrong`` when it is too big or
            no form.
    """
    if is_from_elsewhere(request.headers):
        raise UserError("form_old")
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM_TYPE:
        raise UserError("request_wrong")
    body = bytearray()
    async for step in request.stream():
        body += step
        if len(body) > _MOST_FORM_BYTES:
            raise UserError("request_wrong")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=_MOST_FORM_FIELDS, errors="strict"
        )
    except ValueError:
        raise UserError("request_wrong") from None
    if any("\0" in value for pair in pairs for value in pair):
        raise UserError("request_wrong")
    return Form(tuple(pairs))


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser says that another site sent the form.

    ``Sec-Fetch-Site`` where browsers send it (https, loopback), else ``Origin`` against ``Host``.
    """
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def visitor(request: Request) -> Visitor:
    """Return who asks; anybody may."""
    token = request.cookies.get(cookie_name(request, "officer"), "")
    signed_in = session_of(office_of(request), token) if token else None
    if signed_in is not None:
        return OfficerVisit(signed_in.officer, signed_in.form_token)
    return Visitor(None, _anonymous_token(request.cookies.get(cookie_name(request, "visit"), "")))


def officer_visit(request: Request) -> OfficerVisit:
    """Return the officer who asks.

    Raises:
        UserError: ``sign_in_needed``.
    """
    asking = visitor(request)
    if not isinstance(asking, OfficerVisit):
        raise UserError("sign_in_needed")
    return asking


def head_visit(request: Request) -> OfficerVisit:
    """Return the head of office who asks.

    Raises:
        UserError: ``sign_in_needed``, or ``forbidden`` for any other officer.
    """
    asking = officer_visit(request)
    if asking.officer.role != "head":
        raise UserError("forbidden")
    return asking


PostedForm = Annotated[Form, Depends(read_form)]
OfficerHere = Annotated[OfficerVisit, Depends(officer_visit)]
HeadHere = Annotated[OfficerVisit, Depends(head_visit)]


def check_form(asking: Visitor, form: Form) -> None:
    """Refuse a form that this visitor's own page did not carry.

    Raises:
        UserError: ``form_old``.
    """
    given = form.text("form_token").encode()
    if not asking.form_token or not hmac.compare_digest(asking.form_token.encode(), given):
        raise UserError("form_old")


def begin_visit(request: Request) -> tuple[Visitor, str]:
    """Return an anonymous visitor and the cookie to set, for a form before sign-in."""
    secret = request.cookies.get(cookie_name(request, "visit"), "")
    if len(secret) != 64:
        secret = office_of(request).dice.bytes(32).hex()
    return Visitor(None, _anonymous_token(secret)), secret


def set_cookie(request: Request, answer: Response, name: str, value: str) -> None:
    """Set a cookie that only our own pages send back and no script reads."""
    answer.set_cookie(
        cookie_name(request, name),
        value,
        max_age=int(LIFE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_https(request),
    )


def drop_cookie(request: Request, answer: Response, name: str) -> None:
    """Make the browser forget a cookie."""
    answer.delete_cookie(
        cookie_name(request, name), httponly=True, samesite="strict", secure=is_https(request)
    )


def cookie_name(request: Request, name: str) -> str:
    """Return a cookie's name; with https no other host or plain connection can have set it."""
    return f"__Host-loket_{name}" if is_https(request) else f"loket_{name}"


def is_https(request: Request) -> bool:
    """Tell whether cookies demand https."""
    return office_of(request).settings.is_https or request.url.scheme == "https"


def _anonymous_token(secret: str) -> str:
    return hashlib.sha256(f"loket form {secret}".encode()).hexdigest() if secret else ""
