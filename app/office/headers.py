"""Headers that every answer carries: whose office this is, and what a browser must not do with it.

Plain ASGI, because the framework's own middleware class would stand between an upload and its body.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OFFICE_HEADER = "Loket-Office"
#: Nothing from elsewhere, nothing inline; a page may hold a document of ours in a frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
_FOR_BROWSERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: No browser shows what is below, and a thin link would pay for what only browsers read.
_PROGRAMS = "/v1/"


class Headers:
    """Adds them; a route's own choice wins.

    Args:
        app: what answers.
        office_id: of this office.
        below: path to headers that every answer below it carries too.
        is_https: whether browsers may be told to insist on TLS.
    """

    def __init__(
        self,
        app: ASGIApp,
        office_id: str,
        below: Mapping[str, Mapping[str, str]],
        *,
        is_https: bool,
    ) -> None:
        self._app = app
        self._below = below
        self._office_id = office_id
        self._for_browsers = dict(_FOR_BROWSERS)
        if is_https:
            self._for_browsers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; change only the start of an answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[OFFICE_HEADER] = self._office_id
                for path, more in self._below.items():
                    if scope["path"].startswith(path):
                        headers.update(more)
                headers.setdefault("Cache-Control", "no-store")
                if not scope["path"].startswith(_PROGRAMS):
                    for name, value in self._for_browsers.items():
                        headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
