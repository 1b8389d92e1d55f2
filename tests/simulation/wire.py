"""A request's way to the office's application without a socket: whole, cut, doubled, late, hanging.

Everything happens on one event loop that runs only while a request is looked after, and what the
office else does in threads is done in its turn there, so the order of what happens is the same for
the same seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.types import ASGIApp, Message

#: Turns of the loop after which an unfinished request waits for its sender; nothing takes as many.
_IDLE_TURNS = 200
T = TypeVar("T")


@dataclass(frozen=True)
class Ask:
    """One request as it leaves the kiosk."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Told:
    """One answer as it reaches the kiosk."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass
class Hanging:
    """A request whose sender fell silent; the office still waits for the rest."""

    ask: Ask
    sent_bytes: int
    news: asyncio.Queue[Message]
    task: asyncio.Task[None]


class Wire:
    """One office's application, and what is under way to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self.hanging: list[Hanging] = []

    def close(self) -> None:
        """Forget all that is under way, as the end of the office's process does."""
        for one in self.hanging:
            one.task.cancel()
        self.hanging.clear()
        waiting = asyncio.all_tasks(self._loop)
        if waiting:
            for task in waiting:
                task.cancel()
            self._run(_settled(waiting))
        self._run(self._loop.shutdown_default_executor())
        self._loop.close()

    def carry(self, ask: Ask, arriving_bytes: int | None = None) -> Told | None:
        """Bring a request over, or only so many bytes of its body before the connection ends.

        Returns:
            The office's answer; None when the connection ended first.
        """
        told = Told()
        is_whole = arriving_bytes is None or arriving_bytes >= len(ask.body)
        news: asyncio.Queue[Message] = asyncio.Queue()
        news.put_nowait(_body(ask.body[:arriving_bytes], is_last=is_whole))
        if not is_whole:
            news.put_nowait({"type": "http.disconnect"})
        self._run(self._call(ask, news, told))
        return told if is_whole else None

    def hang(self, ask: Ask, arriving_bytes: int) -> None:
        """Bring only a part of a request over, and then neither more nor an end."""
        news: asyncio.Queue[Message] = asyncio.Queue()
        news.put_nowait(_body(ask.body[:arriving_bytes], is_last=False))

        async def begin() -> asyncio.Task[None]:
            task = asyncio.create_task(self._call(ask, news, Told()))
            await self._settle(task)
            return task

        task = self._run(begin())
        if not task.done():
            self.hanging.append(Hanging(ask, arriving_bytes, news, task))

    def stir(self, which: int, more_bytes: int) -> None:
        """Let a silent sender's lost bytes arrive after all; none of them ends the connection."""
        one = self.hanging[which % len(self.hanging)]
        if more_bytes and one.sent_bytes < len(one.ask.body):
            piece = one.ask.body[one.sent_bytes : one.sent_bytes + more_bytes]
            one.sent_bytes += len(piece)
            one.news.put_nowait(_body(piece, is_last=one.sent_bytes == len(one.ask.body)))
        else:
            one.news.put_nowait({"type": "http.disconnect"})
        self._run(self._settle(one.task))
        if one.task.done():
            self.hanging.remove(one)

    async def _call(self, ask: Ask, news: asyncio.Queue[Message], told: Told) -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                told.status = message["status"]
                told.headers = [(k.decode(), v.decode()) for k, v in message.get("headers", [])]
            else:
                told.body += message.get("body", b"")

        await self._app(_scope(ask), _patient(news), send)

    async def _settle(self, task: asyncio.Task[None]) -> None:
        """Run until a request is done or waits for its sender."""
        for _ in range(_IDLE_TURNS):
            if task.done():
                return
            await asyncio.sleep(0)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


@contextmanager
def without_threads() -> Iterator[None]:
    """Let what is handed to a thread inside the block be done where it is handed over."""
    real = to_thread.run_sync

    async def run_sync(work: Callable[..., T], *args: Any, **_: Any) -> T:  # noqa: ANN401
        await asyncio.sleep(0)
        return work(*args)

    to_thread.run_sync = run_sync  # type: ignore[assignment]
    try:
        yield
    finally:
        to_thread.run_sync = real


def _patient(news: asyncio.Queue[Message]) -> Callable[[], Coroutine[Any, Any, Message]]:
    """Return what a server gives an application to receive with: after the end it only waits."""

    async def receive() -> Message:
        return await news.get()

    return receive


def _body(content: bytes, *, is_last: bool) -> Message:
    return {"type": "http.request", "body": content, "more_body": not is_last}


def _scope(ask: Ask) -> dict[str, Any]:
    parts = urlsplit(ask.url)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode()) for k, v in ask.headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("office", 80),
    }


async def _settled(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks)
