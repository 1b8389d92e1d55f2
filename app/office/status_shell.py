"""What makes the status page an app on a cheap phone: a manifest, and a worker that keeps the form.

Never keeps an answer: what the worker holds is the empty form.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from app.office.console.pages import STATIC, pages_of

router = APIRouter()
_SEA, _SAND = "#0d3b56", "#fbf8f1"
#: The worker asks for our own pages and nothing else; it is no page and shows nothing.
_WORKER_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
    "Cache-Control": "no-cache",
}


@router.get("/status.webmanifest")
def manifest(request: Request) -> Response:
    """Tell a phone how the page looks as an app."""
    words = pages_of(request).words(request)
    mark = {"src": "/static/mark.svg", "type": "image/svg+xml", "sizes": "any", "purpose": "any"}
    drawn = {"src": "/static/mark-192.png", "type": "image/png", "sizes": "192x192"}
    told = {
        "id": "/status",
        "name": words("status_app.name"),
        "short_name": words("status_app.short_name"),
        "lang": words.language,
        "start_url": "/status",
        "scope": "/status",
        "display": "standalone",
        "theme_color": _SEA,
        "background_color": _SAND,
        "icons": [mark, drawn],
    }
    return JSONResponse(told, media_type="application/manifest+json")


@router.get("/status-worker.js")
def worker(request: Request) -> Response:
    """Give the worker; it changes whenever the look does, and so brings the new look."""
    written = (STATIC / "status-worker.js").read_text("utf-8")
    content = written.replace("VERSION", pages_of(request).static_version)
    return Response(content, media_type="text/javascript", headers=_WORKER_HEADERS)


@router.get("/status/no-network")
def no_network(request: Request) -> Response:
    """Show what the worker shows when a question cannot be sent."""
    return pages_of(request).show(request, "status_no_network.html")
