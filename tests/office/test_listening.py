"""How the office listens."""

from __future__ import annotations

import asyncio
import socket

import pytest

from app.office.serving import listen
from app.sync import link_fast_open
from tests.sync.own_network import counted, in_own_network, why_not


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


@pytest.mark.skipif(bool(why_not()), reason=f"a network of its own: {why_not()}")
def test_what_comes_with_the_packet_that_asks_for_a_connection_is_taken() -> None:
    def greet() -> bytes:
        with listen("127.0.0.1", 0) as listener, socket.socket() as kiosk:
            link_fast_open.ask(kiosk)
            kiosk.connect(listener.getsockname())
            kiosk.sendall(b"hello")
            accepted, _ = listener.accept()
            with accepted:
                assert link_fast_open.was_taken(kiosk)
                assert counted("TCPFastOpenPassive") == 1
                return accepted.recv(5)

    assert in_own_network(greet) == b"hello"
