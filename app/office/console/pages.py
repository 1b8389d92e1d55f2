"""Renders pages: language, templates, and the headers by which a browser keeps and runs nothing.

Never reads the database: what a page shows is handed in.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.domain.words import Language, Words
from app.resources import load_words

if TYPE_CHECKING:
    from app.office.console.visitors import Visitor
    from app.office.context import Office

LANGUAGE_COOKIE = "loket_language"
STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"
_LOOKS = ("base.css", "console.css", "papers.js", "status.js", "status-worker.js")
#: Scripts, pictures, frames and forms only of our own; nothing that stands in a page runs.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
#: ``same-origin``, because ``no-referrer`` turns the Origin of our own forms into "null".
HEADERS = {
    "Content-Security-Policy": _PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Pages:
    """The templates and the words of both languages; thread-safe.

    Args:
        office: ours.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._words: dict[Language, Words] = {"id": load_words("id"), "en": load_words("en")}
        self._templates = _templates()
        #: Changes when the look does, and so brings what a browser keeps up to date.
        self.static_version = str(self._templates.globals["static_version"])

    def words(self, request: Request) -> Words:
        """Return the words of the language that the browser chose; Indonesian at first."""
        return self._words["en" if request.cookies.get(LANGUAGE_COOKIE) == "en" else "id"]

    def show(
        self,
        request: Request,
        template: str,
        visitor: Visitor | None = None,
        status: int = 200,
        **values: object,
    ) -> HTMLResponse:
        """Render a page; everything in ``values`` is escaped.

        Args:
            request: whose language counts.
            template: its file.
            visitor: who looks, when forms or an officer's name stand on the page.
            status: of the answer.
            values: what the template shows.
        """
        body = self._templates.get_template(template).render(
            words=self.words(request),
            officer=visitor.officer if visitor else None,
            form_token=lambda: _form_token(visitor),
            back=request.url.path,
            office_name=self._office.settings.office_name,
            **{"here": "", **values},
        )
        return HTMLResponse(body, status)


@cache
def _templates() -> Environment:
    """Return the templates, each of which is compiled once a process, whatever office shows it."""
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    looks = b"".join((STATIC / name).read_bytes() for name in _LOOKS)
    templates.globals["static_version"] = hashlib.sha256(looks).hexdigest()[:12]
    templates.globals["counted"] = counted
    return templates


def counted(words: Words, key: str, count: int) -> str:
    """Return a text that counts; a single thing has words of its own."""
    return words(f"{key}_one") if count == 1 else words(key, count=count)


def pages_of(request: Request) -> Pages:
    """Return the renderer."""
    pages: Pages = request.app.state.pages
    return pages


def office_of(request: Request) -> Office:
    """Return the office."""
    office: Office = request.app.state.office
    return office


def _form_token(visitor: Visitor | None) -> Markup:
    if visitor is None:
        raise ValueError("a form needs a visitor")
    return Markup('<input type="hidden" name="form_token" value="{}">').format(visitor.form_token)
