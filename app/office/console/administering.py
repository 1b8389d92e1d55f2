"""Kiosks and officers as pages, for the head of office only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from app.errors import UserError
from app.office import audit
from app.office.console.pages import office_of, pages_of
from app.office.console.visitors import HeadHere, OfficerVisit, PostedForm, check_form
from app.office.enrolling import CODE_LIFE, new_enrolment_code
from app.office.officers import LEAST_PASSWORD_LETTERS, add_officer
from app.office.tables import ROLES, DeviceRow, OfficerRow

router = APIRouter(prefix="/console")

#: Code of an error to the field it stands at.
_DEVICE_FIELDS = {
    "device_name_malformed": "name",
    "device_code_malformed": "code",
    "device_code_taken": "code",
}
_OFFICER_FIELDS = {
    "officer_name_malformed": "name",
    "officer_name_taken": "name",
    "password_too_short": "password",
    "role_unknown": "role",
}


class DeviceLine(msgspec.Struct, frozen=True):
    """One kiosk in the list."""

    name: str
    code: str
    enrolled_at: datetime
    seen_at: datetime | None
    is_revoked: bool


class OfficerLine(msgspec.Struct, frozen=True):
    """One account in the list."""

    name: str
    shown_name: str
    role: str
    is_active: bool


@router.get("/devices")
def show_devices(request: Request, asking: HeadHere) -> Response:
    """List the kiosks, with the form for a new code."""
    return _devices(request, asking)


@router.post("/devices")
def make_code(request: Request, asking: HeadHere, form: PostedForm) -> Response:
    """Make an enrolment code and show it this once; it stands in no address and no other page."""
    check_form(asking, form)
    office = office_of(request)
    name, code = form.text("name"), form.text("code").upper()
    try:
        shown = new_enrolment_code(office, name, code, audit.officer(asking.officer.name))
    except UserError as error:
        return _devices(request, asking, name, code, error)
    return pages_of(request).show(
        request,
        "enrolment_code.html",
        asking,
        here="devices",
        name=name,
        shown=shown,
        until=office.clock.now() + CODE_LIFE,
    )


@router.get("/officers")
def show_officers(request: Request, asking: HeadHere, done: str = "") -> Response:
    """List the accounts, with the form for a new one."""
    return _officers(request, asking, is_added=done == "added")


@router.post("/officers")
def add(request: Request, asking: HeadHere, form: PostedForm) -> Response:
    """Add an account."""
    check_form(asking, form)
    typed = {name: form.text(name) for name in ("name", "shown_name", "role")}
    passwords = form.all("password")
    try:
        add_officer(
            office_of(request),
            typed["name"],
            typed["shown_name"],
            passwords[-1] if passwords else "",
            typed["role"],
            audit.officer(asking.officer.name),
        )
    except UserError as error:
        return _officers(request, asking, typed=typed, error=error)
    return RedirectResponse("/console/officers?done=added", 303)


def _devices(
    request: Request,
    asking: OfficerVisit,
    name: str = "",
    code: str = "",
    error: UserError | None = None,
) -> Response:
    with office_of(request).database.read() as session:
        rows = session.scalars(select(DeviceRow).order_by(DeviceRow.name)).all()
        lines = [
            DeviceLine(row.name, row.code, row.enrolled_at, row.seen_at, row.is_revoked)
            for row in rows
        ]
    return pages_of(request).show(
        request,
        "devices.html",
        asking,
        status=422 if error else 200,
        here="devices",
        devices=lines,
        name=name,
        code=code,
        problems=_problems(request, error, _DEVICE_FIELDS),
    )


def _officers(
    request: Request,
    asking: OfficerVisit,
    typed: Mapping[str, str] | None = None,
    error: UserError | None = None,
    *,
    is_added: bool = False,
) -> Response:
    with office_of(request).database.read() as session:
        rows = session.scalars(select(OfficerRow).order_by(OfficerRow.name)).all()
        lines = [OfficerLine(row.name, row.shown_name, row.role, row.is_active) for row in rows]
    return pages_of(request).show(
        request,
        "officers.html",
        asking,
        status=422 if error else 200,
        here="officers",
        officers=lines,
        is_added=is_added,
        roles=ROLES,
        least_password=LEAST_PASSWORD_LETTERS,
        problems=_problems(request, error, _OFFICER_FIELDS),
        **{"name": "", "shown_name": "", "role": ROLES[0], **(typed or {})},
    )


def _problems(
    request: Request, error: UserError | None, fields: Mapping[str, str]
) -> list[dict[str, str]]:
    if error is None:
        return []
    if error.code not in fields:
        raise error
    words = pages_of(request).words(request)
    text = words(f"console.problem.{error.code}", **error.params)
    return [{"at": fields[error.code], "text": text}]
