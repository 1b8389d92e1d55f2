"""Runs the office: uvicorn with h11 over an opened office, in one process or several.

Returns when it is told to stop.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import multiprocessing
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.alone import only_one
from app.domain.catalogue import Catalogue
from app.domain.clock import Clock, Dice
from app.errors import LocalFault, UserError
from app.office.application import create_app
from app.office.console.posted_files import clear_posted
from app.office.opening import open_office

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.office.context import OfficeSettings

#: A thousand kiosks may reconnect at the same moment.
_BACKLOG = 1024
#: Connections that are used before it is proven that their sender hears us (TCP Fast Open).
_MOST_GREETINGS = 256
#: Of Linux 4.15; Python has no name for it.
_FASTOPEN_NO_COOKIE = 34
#: Two servers on a folder would each believe to own an upload. Commands may run beside one.
_LOCK_FILE = "server.lock"
#: Senders still on the line at a stop are cut after this; what they sent is kept.
_STOP_S = 3
#: A kiosk on a slow link asks again and again: a new connection costs it two journeys.
_KEEP_ALIVE_S = 75
#: A worker that does not even answer its parent for so long hangs, and is replaced.
_HEALTH_S = 60
#: So many new objects are looked through for rubbish at a time; a pack makes some thousand, nearly
#: all of which go without a search.
_RUBBISH = (20_000, 20, 20)
#: Each kiosk on the line costs one, each record being copied two more.
_MOST_FILES = 16_384


def run_office(
    settings: OfficeSettings,
    clock: Clock,
    dice: Dice,
    load_shipped: Callable[[], Catalogue],
) -> None:
    """Open the office and serve it until a signal; print ``{"url": ...}`` once it listens.

    With several workers the arguments travel to their processes.

    Raises:
        LocalFault: as ``open_office``; ``port_taken``, ``office_in_use``, ``certificate_unusable``.
        UserError: ``workers_need_postgresql``.
    """
    if settings.workers > 1 and (not settings.database_url or sys.platform == "win32"):
        raise UserError("workers_need_postgresql")
    _try_certificate(settings)
    _raise_file_limit()
    office = open_office(settings, clock, dice, load_shipped)
    try:
        with (
            only_one(settings.folder, _LOCK_FILE, "office_in_use"),
            listen(settings.host, settings.port) as listener,
        ):
            office.blobs.clear_unfinished()
            clear_posted(office)
            if settings.workers == 1:
                _say_where(settings, listener)
                app = create_app(office)
                rest_memory()
                uvicorn.Server(server_config(settings, app)).run(sockets=[listener])
            else:
                # Each worker opens the office for itself: nothing is handed on but what it needs.
                office.close()
                make = partial(_worker_app, settings, clock, dice, load_shipped)
                supervisor = Multiprocess(server_config(settings, make), sockets=[listener])
                _say_where(settings, listener)
                supervisor.run()
    finally:
        office.close()
    logging.getLogger(__name__).info("office stopped")


def _try_certificate(settings: OfficeSettings) -> None:
    """Read the certificate before anybody is told that the office listens."""
    if not settings.tls_certificate:
        return
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key or None)
    except OSError as error:
        raise LocalFault("certificate_unusable") from error


def log_to_stderr() -> None:
    """Let a process of the server write its log where the service manager reads it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


def server_config(settings: OfficeSettings, app: FastAPI | Callable[[], FastAPI]) -> uvicorn.Config:
    """Return how an application is served; with several workers it makes the application."""
    return uvicorn.Config(
        app,
        factory=settings.workers > 1,
        workers=settings.workers,
        http="h11",
        ws="none",
        loop="asyncio",
        log_config=None,
        # Addresses in the log would tell who asked when; the audit trail tells what matters.
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        ssl_certfile=settings.tls_certificate or None,
        ssl_keyfile=settings.tls_key or None,
        timeout_graceful_shutdown=_STOP_S,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_worker_healthcheck=_HEALTH_S,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
    )


def _worker_app(
    settings: OfficeSettings,
    clock: Clock,
    dice: Dice,
    load_shipped: Callable[[], Catalogue],
) -> FastAPI:
    """Open the office in one worker's process, which ends by itself when its parent is gone."""
    log_to_stderr()
    _raise_file_limit()
    threading.Thread(target=_stop_without_parent, name="parent", daemon=True).start()
    app = create_app(open_office(settings, clock, dice, load_shipped), closes=True)
    rest_memory()
    return app


def rest_memory() -> None:
    """Leave what is here before the first request out of every search for rubbish.

    It stays as long as the process; looking through it took a seventh of all the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_RUBBISH)


def _stop_without_parent() -> None:
    """Stop serving when the parent was killed: its successor must find folder and port free."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        signal.raise_signal(signal.SIGTERM)


def _raise_file_limit() -> None:
    """Allow more open files than a shell's usual thousand, as far as the system lets us."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(_MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        LocalFault: ``port_taken``.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends without delay only on sockets that are TCP's by name. Else the second piece of
    # an answer, and of a hand-shake, waits a whole journey for word of the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        _take_greetings(listener)
    except OSError as error:
        listener.close()
        raise LocalFault("port_taken", port=port) from error
    return listener


def _take_greetings(listener: socket.socket) -> None:
    """Take what comes with the packet that asks for a connection, where the system allows it.

    Without cookies: carriers change the addresses that those are bound to. What a stranger with
    forged addresses gains by it is bounded by the number of greetings that wait for a proof.
    """
    option = getattr(socket, "TCP_FASTOPEN", None)
    if option is not None and sys.platform == "linux":
        with contextlib.suppress(OSError):
            listener.setsockopt(socket.IPPROTO_TCP, option, _MOST_GREETINGS)
            listener.setsockopt(socket.IPPROTO_TCP, _FASTOPEN_NO_COOKIE, 1)


def _say_where(settings: OfficeSettings, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    scheme = "https" if settings.tls_certificate else "http"
    shown = f"[{host}]" if ":" in host else host
    # Connections made from here on wait in the backlog until the server takes them.
    sys.stdout.write(json.dumps({"url": f"{scheme}://{shown}:{port}"}) + "\n")
    sys.stdout.flush()
