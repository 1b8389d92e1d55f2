"""Runs the office: one uvicorn process with h11 over one opened office.

Returns when it is told to stop.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from app.alone import only_one
from app.domain.catalogue import Catalogue
from app.domain.clock import Clock, Dice
from app.errors import LocalFault
from app.office.application import create_app
from app.office.console.posted_files import clear_posted
from app.office.opening import open_office

if TYPE_CHECKING:
    from app.office.context import OfficeSettings

_BACKLOG = 128
#: Two servers on a folder would each believe to own an upload. Commands may run beside one.
_LOCK_FILE = "server.lock"
#: Senders still on the line at a stop are cut after this; what they sent is kept.
_STOP_S = 3
#: A kiosk on a slow link asks again and again: a new connection costs it two journeys.
_KEEP_ALIVE_S = 75


def run_office(
    settings: OfficeSettings,
    clock: Clock,
    dice: Dice,
    load_shipped: Callable[[], Catalogue],
) -> None:
    """Open the office and serve it until a signal; print ``{"url": ...}`` once it listens.

    Raises:
        LocalFault: as ``open_office``; ``port_taken``, ``office_in_use``.
    """
    office = open_office(settings, clock, dice, load_shipped)
    try:
        with (
            only_one(settings.folder, _LOCK_FILE, "office_in_use"),
            _listen(settings.host, settings.port) as listener,
        ):
            office.blobs.clear_unfinished()
            clear_posted(office)
            config = uvicorn.Config(
                create_app(office),
                http="h11",
                ws="none",
                loop="asyncio",
                log_config=None,
                # Addresses in the log would tell who asked when; the audit trail tells what
                # matters.
                access_log=False,
                server_header=False,
                ssl_certfile=settings.tls_certificate or None,
                ssl_keyfile=settings.tls_key or None,
                timeout_graceful_shutdown=_STOP_S,
                timeout_keep_alive=_KEEP_ALIVE_S,
                proxy_headers=True,
                forwarded_allow_ips="127.0.0.1",
            )
            _say_where(settings, listener)
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        office.close()
    logging.getLogger(__name__).info("office stopped")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends without delay only on sockets that are TCP's by name. Else the second piece of
    # an answer, and of a hand-shake, waits a whole journey for word of the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise LocalFault("port_taken", port=port) from error
    return listener


def _say_where(settings: OfficeSettings, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    scheme = "https" if settings.tls_certificate else "http"
    shown = f"[{host}]" if ":" in host else host
    # Connections made from here on wait in the backlog until the server takes them.
    sys.stdout.write(json.dumps({"url": f"{scheme}://{shown}:{port}"}) + "\n")
    sys.stdout.flush()
