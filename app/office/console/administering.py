"""Kiosks as pages, for administrators only: enrolment codes, when each was heard, revoking one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import func, select

from app.errors import UserError
from app.office import audit
from app.office.console.pages import office_of, pages_of
from app.office.console.visitors import DeviceKeeper, OfficerVisit, PostedForm, check_form
from app.office.devices import revoke_device
from app.office.enrolling import CODE_LIFE, new_enrolment_code
from app.office.tables import CourierNoteRow, DeviceRow
from app.office.ways.overview import is_any_failing

router = APIRouter(prefix="/console")

#: Code of an error to the field it stands at.
_DEVICE_FIELDS = {
    "device_name_malformed": "name",
    "device_code_malformed": "code",
    "device_code_taken": "code",
}


class DeviceLine(msgspec.Struct, frozen=True):
    """One kiosk in the list."""

    id: str
    name: str
    code: str
    enrolled_at: datetime
    #: By link or by stick.
    heard_at: datetime | None
    is_revoked: bool


@router.get("/devices")
def show_devices(request: Request, asking: DeviceKeeper, done: str = "") -> Response:
    """List the kiosks, with the form for a new code."""
    return _devices(request, asking, is_revoked=done == "revoked")


@router.post("/devices")
def make_code(request: Request, asking: DeviceKeeper, form: PostedForm) -> Response:
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


@router.get("/devices/{device_id}/revoke")
def ask_revoke(request: Request, asking: DeviceKeeper, device_id: str) -> Response:
    """Ask once more before a kiosk is revoked."""
    with office_of(request).database.read() as session:
        row = session.get(DeviceRow, device_id)
        if row is None:
            raise UserError("device_unknown")
        device = _line(row, None)
    return pages_of(request).show(request, "revoke.html", asking, here="devices", device=device)


@router.post("/devices/{device_id}/revoke")
def revoke(request: Request, asking: DeviceKeeper, form: PostedForm, device_id: str) -> Response:
    """Revoke a kiosk."""
    check_form(asking, form)
    revoke_device(office_of(request), asking.officer, device_id)
    return RedirectResponse("/console/devices?done=revoked", 303)


def _devices(
    request: Request,
    asking: OfficerVisit,
    name: str = "",
    code: str = "",
    error: UserError | None = None,
    *,
    is_revoked: bool = False,
) -> Response:
    with office_of(request).database.read() as session:
        rows = session.scalars(select(DeviceRow).order_by(DeviceRow.name)).all()
        came = select(CourierNoteRow.device_id, func.max(CourierNoteRow.came_at))
        sticks: dict[str, datetime] = {
            device_id: at
            for device_id, at in session.execute(came.group_by(CourierNoteRow.device_id))
        }
        lines = [_line(row, sticks.get(row.id)) for row in rows]
        is_way_failing = is_any_failing(session)
    return pages_of(request).show(
        request,
        "devices.html",
        asking,
        status=422 if error else 200,
        here="devices",
        devices=lines,
        is_revoked=is_revoked,
        is_way_failing=is_way_failing,
        name=name,
        code=code,
        problems=problems_of(request, error, _DEVICE_FIELDS),
    )


def _line(row: DeviceRow, stick_at: datetime | None) -> DeviceLine:
    heard = [at for at in (row.seen_at, stick_at) if at is not None]
    return DeviceLine(
        row.id, row.name, row.code, row.enrolled_at, max(heard, default=None), row.is_revoked
    )


def problems_of(
    request: Request, error: UserError | None, fields: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return what a page says of an error at which field; an error that stands at none goes on."""
    if error is None:
        return []
    if error.code not in fields:
        raise error
    words = pages_of(request).words(request)
    text = words(f"console.problem.{error.code}", **error.params)
    return [{"at": fields[error.code], "text": text}]
