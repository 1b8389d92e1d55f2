"""Who sends a request and whether the form is ours: cookies, form tokens, the bounds of a form.

Never looks at what a form means.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

import msgspec
from fastapi import Depends, Request
from fastapi.responses import Response

from app.errors import UserError
from app.office.console.pages import office_of
from app.office.console.sessions import LIFE, session_of
from app.office.roles import Action, Officer, check_may

_MOST_FORM_BYTES = 256 * 1024
_MOST_FORM_FIELDS = 2_000
#: The page for what is missing after a password.
SECOND_FACTOR = "/console/second-factor"
_FORM_TYPE = "application/x-www-form-urlencoded"


class Visitor(msgspec.Struct, frozen=True):
    """A browser, and the officer signed in at it."""

    officer: Officer | None
    form_token: str


class OfficerVisit(Visitor, frozen=True):
    """A browser at which an officer is signed in."""

    officer: Officer


class HalfVisit(Visitor, frozen=True):
    """A browser at which somebody gave an officer's password, and nothing more yet."""

    #: Whose account it is said to be.
    name: str
    is_set_up: bool


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
    if signed_in is not None and signed_in.needs:
        is_set_up = signed_in.needs == "code"
        return HalfVisit(None, signed_in.form_token, signed_in.officer.name, is_set_up)
    if signed_in is not None:
        return OfficerVisit(signed_in.officer, signed_in.form_token)
    return Visitor(None, _anonymous_token(request.cookies.get(cookie_name(request, "visit"), "")))


def officer_visit(request: Request) -> OfficerVisit:
    """Return the officer who asks, whatever the roles.

    Raises:
        UserError: ``sign_in_needed``; ``second_factor_needed`` when only a password was given.
    """
    asking = visitor(request)
    if isinstance(asking, HalfVisit):
        raise UserError("second_factor_needed")
    if not isinstance(asking, OfficerVisit):
        raise UserError("sign_in_needed")
    return asking


def may(action: Action) -> Callable[[Request], OfficerVisit]:
    """Return what gives a route the officer who asks, if the roles allow the action.

    What it returns raises ``sign_in_needed``, ``second_factor_needed`` or ``forbidden``.
    """

    def allowed(request: Request) -> OfficerVisit:
        asking = officer_visit(request)
        application_id = str(request.path_params.get("application_id", ""))
        check_may(office_of(request), asking.officer, action, application_id)
        return asking

    return allowed


PostedForm = Annotated[Form, Depends(read_form)]
#: Any officer, for pages about the officer alone.
AnyOfficer = Annotated[OfficerVisit, Depends(officer_visit)]
#: Who may look at applications.
OfficerHere = Annotated[OfficerVisit, Depends(may("look"))]
Reviewer = Annotated[OfficerVisit, Depends(may("review"))]
Decider = Annotated[OfficerVisit, Depends(may("decide"))]
Cashier = Annotated[OfficerVisit, Depends(may("payments"))]
CourierHere = Annotated[OfficerVisit, Depends(may("courier"))]
FigureReader = Annotated[OfficerVisit, Depends(may("figures"))]
RuleKeeper = Annotated[OfficerVisit, Depends(may("rules"))]
TrailReader = Annotated[OfficerVisit, Depends(may("trail"))]
AccountKeeper = Annotated[OfficerVisit, Depends(may("accounts"))]
DeviceKeeper = Annotated[OfficerVisit, Depends(may("devices"))]


def first_page(officer: Officer) -> str:
    """Return where an officer's day begins."""
    return "/console/applications" if officer.may("look") else "/console/devices"


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
