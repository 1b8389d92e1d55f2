"""The page on the office's ways out, for administrators: which works, which does not, and why."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.office.console.pages import office_of, pages_of
from app.office.console.visitors import DeviceKeeper
from app.office.ways.overview import way_lines

router = APIRouter(prefix="/console")


@router.get("/ways")
def show_ways(request: Request, asking: DeviceKeeper) -> Response:
    """Show how mail, SMS, payments and agencies stand."""
    lines = way_lines(office_of(request))
    return pages_of(request).show(request, "ways.html", asking, here="ways", ways=lines)
