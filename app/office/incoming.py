"""A request's body as it comes off the wire, read eagerly so that a cut loses nothing of it.

The server drops what it holds unread when a connection ends; therefore a task of our own empties it
at every turn. Knows nothing of uploads.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.types import Receive

from app.errors import RemoteError

#: More than this waits for the disk only when the disk is slower than the link.
_MOST_WAITING_BYTES = 4 * 1024 * 1024


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
