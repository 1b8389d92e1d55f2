"""A request's body as it comes off the wire, read eagerly so that a cut loses nothing of it.

The server throws away what it holds unread when a connection ends. Therefore a task of our own
empties it at every turn of the loop, from the moment the request is there and before anything is
asked about it. Of an upload it knows the name that a request says.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RemoteError

#: More than this waits for the disk only when the disk is slower than the link.
_MOST_WAITING_BYTES = 1024 * 1024
_KEY, _ALL_KEY = "loket.incoming", "loket.all_incoming"
#: So many turns of the loop without a byte: nothing lies in the system either. One turn sees that
#: there is something, one takes it, one hands it on.
_QUIET_TURNS = 8
#: A sender that talks on beside its successor is waited for no longer; no system holds more unread.
_MOST_SETTLING_S, _MOST_UNREAD_BYTES = 2.0, 8 * 1024 * 1024


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
        self._read_bytes = 0
        #: All that was read has been kept: the next bytes are asked for.
        self._kept = asyncio.Event()
        self._is_over = False
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
        self._end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def lose(self) -> None:
        """Wake the reader because a newer request has taken over; may be called from any thread."""
        self._is_lost = True
        self._loop.call_soon_threadsafe(self._news.set)

    async def whole(self, silent_s: float, most_s: float) -> bytes | None:
        """Return the body if all of it comes soon; ``next`` gives it all the same.

        Args:
            silent_s: longest silence; when a thousand come at once each has to wait for its bytes.
            most_s: longest wait.
        """
        if not self.is_whole:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(most_s):
                    await self._wait_for_end(silent_s)
        return bytes(self._waiting) if self.is_whole else None

    async def _wait_for_end(self, silent_s: float) -> None:
        while not (self.is_whole or self._is_cut or self._is_lost):
            self._news.clear()
            async with asyncio.timeout(silent_s):
                await self._news.wait()

    async def next(self) -> bytes | None:
        """Return everything that has come since the last call, or None at the end of the body.

        Raises:
            RemoteError: ``upload_taken_over``, ``sender_gone`` after a cut, ``sender_silent``.
        """
        while True:
            if self._is_lost:
                raise RemoteError("upload_taken_over")
            if self._waiting:
                self._kept.clear()
                chunk = bytes(self._waiting)
                self._waiting.clear()
                self._room.set()
                return chunk
            if self.is_whole:
                self._end()
                return None
            if self._is_cut:
                raise RemoteError("sender_gone")
            self._news.clear()
            self._kept.set()
            try:
                async with asyncio.timeout(self._idle_s):
                    await self._news.wait()
            except TimeoutError:
                raise RemoteError("sender_silent") from None

    async def settle(self) -> None:
        """Wait until all that has come by now is kept, whether or not it was read from the wire."""
        most = self._read_bytes + _MOST_UNREAD_BYTES
        quiet = 0
        while quiet < _QUIET_TURNS and not self._is_over and self._read_bytes < most:
            await self._kept.wait()
            read = self._read_bytes
            await asyncio.sleep(0)
            quiet = quiet + 1 if self._read_bytes == read and self._kept.is_set() else 0

    def _end(self) -> None:
        self._is_over = True
        self._kept.set()

    async def _read(self) -> None:
        while not (self.is_whole or self._is_cut):
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._is_cut = True
            else:
                self._waiting += (body := message.get("body", b""))
                self._read_bytes += len(body)
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
        #: The bodies being read, by the name of their upload, in the order in which they came.
        self._all: dict[str, list[Incoming]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; nothing is awaited before the reader is on its way."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefixes):
            await self._app(scope, receive, send)
            return
        scope = {**scope, _ALL_KEY: self._all}
        if scope["method"] not in ("PATCH", "POST"):
            await self._app(scope, receive, send)
            return
        async with Incoming(receive, self._idle_s) as incoming, self._listed(scope, incoming):

            async def send_and_close(message: Message) -> None:
                if message["type"] == "http.response.start" and not incoming.is_whole:
                    MutableHeaders(scope=message)["Connection"] = "close"
                await send(message)

            await self._app({**scope, _KEY: incoming}, receive, send_and_close)

    @contextlib.asynccontextmanager
    async def _listed(self, scope: Scope, incoming: Incoming) -> AsyncIterator[None]:
        name = _upload_in(scope)
        self._all.setdefault(name, []).append(incoming)
        try:
            yield
        finally:
            self._all[name].remove(incoming)
            if not self._all[name]:
                del self._all[name]


def _upload_in(scope: Scope) -> str:
    """Return the name of the upload that a request says it is for."""
    said = Headers(scope=scope).get("Loket-Upload")
    return said or str(scope["path"]).rpartition("/")[2]


async def settle_earlier(request: Request, upload_id: str) -> None:
    """Let earlier requests for an upload keep what has come of them, before it is taken from them.

    What lies unread in the system when a new request takes an upload over would be sent again. A
    predecessor that is silent, or will not end, holds nobody up.
    """
    found = request.scope[_ALL_KEY].get(upload_id, ())
    own = request.scope.get(_KEY)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_MOST_SETTLING_S):
            for earlier in tuple(found):
                if earlier is own:
                    return
                await earlier.settle()


def incoming_of(request: Request) -> Incoming:
    """Return the body that is being read for a request."""
    incoming = request.scope[_KEY]
    assert isinstance(incoming, Incoming)
    return incoming
