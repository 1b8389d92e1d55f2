"""A real mail server and a real SMS gateway for the tests of notices."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from app.domain.requests import NoticesWanted

#: Who agreed to be told.
SITI = NoticesWanted("siti@contoh.example", "+62 812-0000-0000", "id")


class Post:
    """A mail server that keeps what it takes; refuses some for a while, or for ever."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.answer = "250 OK"
        self.to_recipient = "250 OK"
        self.to_quit = "221 Bye"
        self.is_cutting = False
        self.is_silent = False

    async def handle_RCPT(  # noqa: N802
        self,
        _server: Any,  # noqa: ANN401
        _session: Any,  # noqa: ANN401
        envelope: Any,  # noqa: ANN401
        address: str,
        _options: list[str],
    ) -> str:
        """Take or refuse one recipient."""
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: ANN401, N802
        """Say goodbye."""
        return self.to_quit

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802
        """Take one mail; cutting, the line is gone before the answer; silent, none comes."""
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content))
        if self.is_cutting:
            server.transport.abort()
        if self.is_silent:
            # Until the client has gone: its end cancels this.
            await asyncio.Event().wait()
        return self.answer


@contextmanager
def open_post() -> Iterator[tuple[Post, int]]:
    """Serve until the end of the block; give the server and its port."""
    taking = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(taking, hostname="127.0.0.1", port=port)
    controller.start()
    yield taking, port
    controller.stop()


@contextmanager
def open_sms() -> Iterator[tuple[list[dict[str, str]], str]]:
    """Serve until the end of the block; give what it took and its address.

    Below ``/cut`` it takes, and never answers.
    """
    taken: list[dict[str, str]] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            said = json.loads(self.rfile.read(length))
            taken.append({**said, "token": self.headers["Authorization"]})
            if self.path == "/cut":
                return
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield taken, f"http://127.0.0.1:{server.server_port}/sms"
    server.shutdown()
    thread.join()
    server.server_close()
