"""Applications on a socket of this process, which begin and end without idling."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.applications import Starlette

#: Who is still on the line at the end is cut after this.
_ENDING_S = 1.0


class _QuickServer(uvicorn.Server):
    """Sees at once that it shall end: the library looks every tenth of a second and then rests.

    In hundreds of tests that is a minute in which nobody does anything.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._is_up = threading.Event()
        self._end = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            await super().startup(sockets)
        finally:
            self._is_up.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_S):
                while state.connections or state.tasks:
                    await asyncio.sleep(0.005)
        for task in state.tasks:
            task.cancel()
        await self.lifespan.shutdown()

    def wait_until_up(self) -> None:
        """Return once it takes requests."""
        self._is_up.wait(20)
        if not self.started:
            raise RuntimeError("the server did not start")

    def end(self) -> None:
        """Let it end."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end.set)


@contextmanager
def on_loopback(app: Starlette) -> Iterator[str]:
    """Serve an application from a thread until the block ends; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    config = uvicorn.Config(
        app, http="h11", ws="none", loop="asyncio", log_config=None, access_log=False
    )
    server = _QuickServer(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        server.wait_until_up()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        thread.join(20)
        listener.close()
