"""Officers' accounts as pages: an administrator's list and one account, and everybody's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import UserError
from app.office import audit, officers
from app.office.console import own_account
from app.office.console.administering import problems_of
from app.office.console.factors import recovery_codes_left
from app.office.console.pages import office_of, pages_of
from app.office.console.sessions import needs_second_factor
from app.office.console.signing_in import take_try, typed_password
from app.office.console.visitors import (
    AccountKeeper,
    AnyOfficer,
    Form,
    OfficerVisit,
    PostedForm,
    check_form,
    cookie_name,
)
from app.office.context import Office
from app.office.officers import LEAST_PASSWORD_LETTERS, add_officer, roles_of
from app.office.roles import ROLES, Officer
from app.office.tables import OfficerRow

router = APIRouter(prefix="/console")
_FIELDS = {
    "officer_name_malformed": "name",
    "officer_name_taken": "name",
    "password_too_short": "password",
    "role_unknown": "role-intake",
    "last_administrator": "role-administrator",
}
_DONE = ("added", "roles", "closed", "reopened", "password", "factor")


class OfficerLine(msgspec.Struct, frozen=True):
    """One account."""

    name: str
    shown_name: str
    roles: tuple[str, ...]
    is_active: bool
    #: None when it is not locked.
    locked_until: datetime | None
    needs_factor: bool
    has_factor: bool


@router.get("/officers")
def show_officers(request: Request, asking: AccountKeeper, done: str = "") -> Response:
    """List the accounts, with the form for a new one."""
    return _officers(request, asking, done=done)


@router.post("/officers")
def add(request: Request, asking: AccountKeeper, form: PostedForm) -> Response:
    """Add an account."""
    check_form(asking, form)
    typed = {name: form.text(name) for name in ("name", "shown_name")}
    roles = form.all("role")
    try:
        add_officer(
            office_of(request),
            typed["name"],
            typed["shown_name"],
            typed_password(form, "password"),
            roles,
            audit.officer(asking.officer.name),
        )
    except UserError as error:
        return _officers(request, asking, typed=typed, roles=roles, error=error)
    return RedirectResponse("/console/officers?done=added", 303)


@router.get("/officers/{name}")
def show_officer(request: Request, asking: AccountKeeper, name: str, done: str = "") -> Response:
    """Show one account and what can be done with it."""
    return _officer(request, asking, name, done=done)


@router.post("/officers/{name}/{what}")
def change(
    request: Request, asking: AccountKeeper, form: PostedForm, name: str, what: str
) -> Response:
    """Change one account."""
    check_form(asking, form)
    try:
        done = _change(office_of(request), asking.officer, form, name, what)
    except UserError as error:
        return _officer(request, asking, name, error=error)
    if name == asking.officer.name and done != "reopened":
        # An administrator's own sessions ended too.
        return RedirectResponse("/console/sign-in?notice=anew", 303)
    return RedirectResponse(f"/console/officers/{name}?done={done}", 303)


@router.get("/account")
def show_account(request: Request, asking: AnyOfficer, done: str = "") -> Response:
    """Show an officer's own account."""
    return _account(request, asking, is_done=done == "password")


@router.post("/account/password")
def change_password(request: Request, asking: AnyOfficer, form: PostedForm) -> Response:
    """Change one's own password."""
    check_form(asking, form)
    take_try(request)
    try:
        is_changed = own_account.change_password(
            office_of(request),
            _token(request),
            typed_password(form, "password"),
            typed_password(form, "new_password"),
        )
    except UserError as error:
        problems = problems_of(request, error, {"password_too_short": "new_password"})
        return _account(request, asking, problems)
    if not is_changed:
        return _account(request, asking, _wrong(request, "password"))
    return RedirectResponse("/console/account?done=password", 303)


@router.post("/account/second-factor")
def begin_second_factor_anew(request: Request, asking: AnyOfficer, form: PostedForm) -> Response:
    """Forget one's own authenticator to set up another at the next sign-in."""
    check_form(asking, form)
    take_try(request)
    password = typed_password(form, "password")
    office = office_of(request)
    if not own_account.begin_second_factor_anew(office, _token(request), password):
        return _account(request, asking, _wrong(request, "factor_password"))
    return RedirectResponse("/console/sign-in?notice=anew", 303)


def _change(office: Office, by: Officer, form: Form, name: str, what: str) -> str:
    """Do what a button says; return what was done."""
    if what == "roles":
        officers.set_roles(office, by, name, form.all("role"))
        return "roles"
    if what == "close":
        officers.close_officer(office, by, name)
        return "closed"
    if what == "reopen":
        officers.reopen_officer(office, by, name)
        return "reopened"
    if what == "password":
        officers.set_password(office, by, name, typed_password(form, "password"))
        return "password"
    if what == "second-factor":
        officers.remove_second_factor(office, by, name)
        return "factor"
    raise UserError("request_wrong")


def _officers(
    request: Request,
    asking: OfficerVisit,
    typed: Mapping[str, str] | None = None,
    roles: tuple[str, ...] = (),
    error: UserError | None = None,
    done: str = "",
) -> Response:
    office = office_of(request)
    with office.database.read() as session:
        rows = session.scalars(select(OfficerRow).order_by(OfficerRow.name)).all()
        lines = [_line(session, office, row) for row in rows]
    return pages_of(request).show(
        request,
        "officers.html",
        asking,
        status=422 if error else 200,
        here="officers",
        officers=lines,
        done=done if done in _DONE else "",
        all_roles=ROLES,
        roles=roles,
        least_password=LEAST_PASSWORD_LETTERS,
        problems=problems_of(request, error, _FIELDS),
        **{"name": "", "shown_name": "", **(typed or {})},
    )


def _officer(
    request: Request,
    asking: OfficerVisit,
    name: str,
    error: UserError | None = None,
    done: str = "",
) -> Response:
    office = office_of(request)
    with office.database.read() as session:
        row = session.get(OfficerRow, name)
        if row is None:
            raise UserError("officer_unknown")
        line = _line(session, office, row)
    return pages_of(request).show(
        request,
        "officer.html",
        asking,
        status=422 if error else 200,
        here="officers",
        account=line,
        done=done if done in _DONE else "",
        all_roles=ROLES,
        least_password=LEAST_PASSWORD_LETTERS,
        problems=problems_of(request, error, _FIELDS),
    )


def _line(session: Session, office: Office, row: OfficerRow) -> OfficerLine:
    roles = roles_of(session, row.name)
    until = row.locked_until
    is_locked = until is not None and until > office.clock.now()
    return OfficerLine(
        row.name,
        row.shown_name,
        roles,
        row.is_active,
        until if is_locked else None,
        needs_second_factor(office, Officer(row.name, row.shown_name, roles)),
        row.sealed_factor is not None,
    )


def _account(
    request: Request,
    asking: OfficerVisit,
    problems: list[dict[str, str]] | None = None,
    *,
    is_done: bool = False,
) -> Response:
    office = office_of(request)
    return pages_of(request).show(
        request,
        "account.html",
        asking,
        status=422 if problems else 200,
        here="account",
        is_done=is_done,
        has_factor=needs_second_factor(office, asking.officer),
        codes_left=recovery_codes_left(office, asking.officer.name),
        least_password=LEAST_PASSWORD_LETTERS,
        problems=problems or [],
    )


def _wrong(request: Request, at: str) -> list[dict[str, str]]:
    return [{"at": at, "text": pages_of(request).words(request)("console.account.wrong_password")}]


def _token(request: Request) -> str:
    return request.cookies.get(cookie_name(request, "officer"), "")
