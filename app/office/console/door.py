"""The pages as one application beside the intake, and the door that tells their addresses apart.

Two applications, because their errors differ: programs get ``application/problem+json``, people
get words. Never answers a request by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.office import status, status_shell
from app.office.console import (
    accounts,
    administering,
    applications,
    counter,
    deciding,
    figures,
    findings,
    hours,
    letters,
    papers,
    progressing,
    second_step,
    signing_in,
    sticks,
    trail,
    ways,
)
from app.office.console.faults import add_fault_pages
from app.office.console.pages import HEADERS, STATIC, Pages
from app.resources import resources_path

if TYPE_CHECKING:
    from app.office.context import Office

#: Every module that has pages.
ROOMS = (
    signing_in,
    second_step,
    applications,
    papers,
    deciding,
    findings,
    letters,
    progressing,
    counter,
    figures,
    hours,
    accounts,
    administering,
    trail,
    ways,
    sticks,
    status,
    status_shell,
)
_STATIC_AGE = "public, max-age=86400"
#: What programs ask for; everything else is a page.
_PROGRAMS = ("/v1", "/docs", "/docs.css", "/openapi.json")


class Door:
    """Sends a request for a page to the pages, everything else on.

    Args:
        app: the intake.
        office: ours.
    """

    def __init__(self, app: ASGIApp, office: Office) -> None:
        self._app = app
        self._pages = make_pages(office)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; the intake alone hears of start and stop."""
        if "\0" in scope.get("path", ""):
            # It names nothing, and PostgreSQL refuses even to look for it.
            scope = {**scope, "path": scope["path"].replace("\0", "\ufffd")}
        is_page = scope["type"] == "http" and not is_for_programs(scope["path"])
        await (self._pages if is_page else self._app)(scope, receive, send)


def is_for_programs(path: str) -> bool:
    """Tell whether an address belongs to the intake and its description."""
    return path in _PROGRAMS or path.startswith("/v1/")


def make_pages(office: Office) -> ASGIApp:
    """Return the console and the public pages as one application."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.office = office
    app.state.pages = Pages(office)
    add_fault_pages(app)
    for room in ROOMS:
        app.include_router(room.router)
    app.add_api_route("/", _to_status)
    app.mount("/static/fonts", StaticFiles(directory=resources_path() / "fonts"))
    app.mount("/static", StaticFiles(directory=STATIC))
    return _Guarded(app)


def _to_status(_request: Request) -> Response:
    return RedirectResponse("/status", 303)


class _Guarded:
    """Sets the pages' headers; a route's own choice wins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith("/static/") and message["status"] == 200:
                    headers.setdefault("Cache-Control", _STATIC_AGE)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
