"""How the office listens."""

from __future__ import annotations

import asyncio
import socket

from app.office.serving import listen


def test_an_answer_in_two_pieces_needs_no_second_journey() -> None:
    async def is_sent_at_once() -> bool:
        told = asyncio.get_running_loop().create_future()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted = writer.get_extra_info("socket")
            told.set_result(bool(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            writer.close()

        with listen("127.0.0.1", 0) as listener:
            address = listener.getsockname()
            async with await asyncio.start_server(answer, sock=listener):
                _, writer = await asyncio.open_connection(*address)
                is_at_once: bool = await told
                writer.close()
                return is_at_once

    assert asyncio.run(is_sent_at_once())
