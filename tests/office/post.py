"""A real mail server for the tests of notices."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


class Post:
    """A mail server that keeps what it takes; refuses some for a while, or for ever."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.answer = "250 OK"
        self.to_recipient = "250 OK"
        self.to_quit = "221 Bye"
        self.is_cutting = False

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
        """Take one mail; when cutting, the line is gone before the answer."""
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content))
        if self.is_cutting:
            server.transport.abort()
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
