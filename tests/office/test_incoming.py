"""Bodies as they come off the wire: what has come counts before anybody asks how much there is."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from starlette.types import Message

from app.office.incoming import Incoming
from tests.office.house import Served, Village, noise, patch_head, wait_for_acknowledgement


@pytest.mark.parametrize("ending", ["closed", "reset", "silent"])
def test_an_offset_counts_what_has_come_and_was_not_yet_read(
    served: Served, village: Village, ending: str
) -> None:
    """A kiosk that is back sooner than a busy office has read would send all of that twice."""
    pack = village.submit({"ktp": noise(900_000)}).pack
    for until in (400_000, 800_000):
        upload = village.create(served.url, len(pack))
        with socket.create_connection(served.address) as wire:
            wire.sendall(patch_head(village, upload, 0, len(pack)) + pack[:until])
            wait_for_acknowledgement(wire)
            if ending == "reset":
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if ending != "silent":
                wire.close()
            assert village.offset(upload) == until


def test_a_sender_that_talks_on_holds_its_successor_up_for_a_moment_only() -> None:
    async def talk() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": bytes(500_000), "more_body": True}

    async def keep(incoming: Incoming) -> None:
        while await incoming.next():
            pass

    async def meet() -> None:
        async with Incoming(talk, 60.0) as incoming, asyncio.timeout(20):
            keeping = asyncio.create_task(keep(incoming))
            await incoming.settle()
            assert not keeping.done()
            keeping.cancel()

    asyncio.run(meet())
