"""The two servers of the bench of the office: the office, and an endpoint that only stores.

The endpoint is what the framework gives with nothing around it: a route that keeps a body's bytes
in a file and answers when they are durable. Both sync what they keep to the disk.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvicorn
from anyio import to_thread
from fastapi import FastAPI, Request
from starlette.responses import Response
from uvicorn.supervisors import Multiprocess

from app.bootstrap import MachineClock, MachineDice
from app.office.context import OfficeSettings
from app.office.serving import listen, rest_memory, run_office, server_config
from app.security.durable import sync_folder
from tests.office.house import CHECKOUT, small_catalogue

_CLOSE_S = 20


class Server:
    """A running server of several processes.

    Args:
        process: the parent of them all.
        address: host and port.
    """

    def __init__(self, process: subprocess.Popen[str], address: tuple[str, int]) -> None:
        self._pid = process.pid
        self.host, self.port = address

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let its processes do nothing until the block ends: what it puts off slows nobody else."""
        try:
            for pid in self._pids():
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in self._pids():
                os.kill(pid, signal.SIGCONT)

    def _pids(self) -> list[int]:
        children = _read(f"/proc/{self._pid}/task/{self._pid}/children")
        return [self._pid, *map(int, children.split())]

    def most_memory_mb(self) -> float:
        """Return the most that its processes ever held, added up."""
        lines = "".join(_read(f"/proc/{pid}/status") for pid in self._pids()).splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@contextmanager
def running(kind: str, folder: Path, workers: int, database_url: str = "") -> Iterator[Server]:
    """Run a server until the block ends."""
    command = [sys.executable, "-m", "bench.office_servers", kind, str(folder), str(workers)]
    with (
        (folder.parent / f"{kind}.log").open("wb") as log,
        subprocess.Popen(
            [*command, database_url], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            host, port = json.loads(process.stdout.readline())["url"][7:].split(":")
            yield Server(process, (host, int(port)))
        finally:
            process.terminate()
            process.wait(_CLOSE_S)


def _read(path: str) -> str:
    return Path(path).read_text()


def _bare_app(folder: Path) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.post("/store/{name}", status_code=201)
    async def store(name: str, request: Request) -> Response:
        path = folder / name
        with path.open("wb", buffering=0) as file:
            async for chunk in request.stream():
                await to_thread.run_sync(file.write, chunk)
            await to_thread.run_sync(os.fsync, file.fileno())
        await to_thread.run_sync(sync_folder, folder)
        return Response(status_code=201)

    # As the office does.
    rest_memory()
    return app


def _run_bare(folder: Path, workers: int) -> None:
    folder.mkdir(exist_ok=True)
    settings = OfficeSettings(folder, port=0, workers=workers)
    with listen(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        sys.stdout.write(json.dumps({"url": f"http://{host}:{port}"}) + "\n")
        sys.stdout.flush()
        app = partial(_bare_app, folder) if workers > 1 else _bare_app(folder)
        config = server_config(settings, app)
        if workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            uvicorn.Server(config).run(sockets=[listener])


def _main(kind: str, folder: str, workers: str, database_url: str) -> None:
    if kind == "bare":
        _run_bare(Path(folder), int(workers))
        return
    settings = OfficeSettings(Path(folder), port=0, workers=int(workers), database_url=database_url)
    run_office(settings, MachineClock(), MachineDice(), small_catalogue)


if __name__ == "__main__":
    _main(*sys.argv[1:])
