"""A request's body as it comes off the wire, read eagerly so that a cut loses nothing of it.

The server throws away what it holds unread when a connection ends. Therefore a task of our own
empties it at every turn of the loop, from the moment the request is there and before anything is
asked about it. Knows nothing of uploads.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RemoteError

#: More than this waits for the disk only when the disk is slower than the link.
_MOST_WAITING_BYTES = 1024 * 1024
_KEY = "loket.incoming"


class Incoming:
    """The body of one request; use as an async context manager on the event loop.

    Args:
        receive: of the request.
        idle_s: longest silence taken for a living sender.
    """

    def __init__(self, receive: Receive, idle_s: float) -> None:
        self._receive = receive
        self._idle_s = idle_s
        self._waiting = bytearray()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._is_cut = False
        self._is_lost = False
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        #: The whole body was read from the wire.
        self.is_whole = False

    async def __aenter__(self) -> Incoming:
        # Awaits nothing: the reader's first step must come before the end of the connection.
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def lose(self) -> None:
        """Wake the reader because a newer request has taken over; may be called from any thread."""
        self._is_lost = True
        self._loop.call_soon_threadsafe(self._news.set)

    async def next(self) -> bytes | None:
        """Return everything that has come since the last call, or None at the end of the body.

        Raises:
            RemoteError: ``upload_taken_over``, ``sender_gone`` after a cut, ``sender_silent``.
        """
        while True:
            if self._is_lost:
                raise RemoteError("upload_taken_over")
            if self._waiting:
                chunk = bytes(self._waiting)
                self._waiting.clear()
                self._room.set()
                return chunk
            if self.is_whole:
                return None
            if self._is_cut:
                raise RemoteError("sender_gone")
            self._news.clear()
            try:
                async with asyncio.timeout(self._idle_s):
                    await self._news.wait()
            except TimeoutError:
                raise RemoteError("sender_silent") from None

    async def _read(self) -> None:
        while not (self.is_whole or self._is_cut):
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._is_cut = True
            else:
                self._waiting += message.get("body", b"")
                self.is_whole = not message.get("more_body", False)
            self._news.set()
            while len(self._waiting) > _MOST_WAITING_BYTES:
                self._room.clear()
                await self._room.wait()


class EarlyReading:
    """Starts reading the bodies of packs as soon as their requests are there; plain ASGI.

    An answer given before the end of a body closes the connection: the rest would cost a weak
    link minutes for nothing.

    Args:
        app: what answers.
        idle_s: as in ``Incoming``.
        prefixes: paths below which bodies are large.
    """

    def __init__(self, app: ASGIApp, idle_s: float, prefixes: tuple[str, ...]) -> None:
        self._app = app
        self._idle_s = idle_s
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; nothing is awaited before the reader is on its way."""
        is_sending = scope["type"] == "http" and scope["method"] in ("PATCH", "POST")
        if not is_sending or not scope["path"].startswith(self._prefixes):
            await self._app(scope, receive, send)
            return
        async with Incoming(receive, self._idle_s) as incoming:

            async def send_and_close(message: Message) -> None:
                if message["type"] == "http.response.start" and not incoming.is_whole:
                    MutableHeaders(scope=message)["Connection"] = "close"
                await send(message)

            await self._app({**scope, _KEY: incoming}, receive, send_and_close)


def incoming_of(request: Request) -> Incoming:
    """Return the body that is being read for a request."""
    incoming = request.scope[_KEY]
    assert isinstance(incoming, Incoming)
    return incoming
