"""Forms that must not wait for a long pack: over a connection of their own, beside it.

Never more than one at a time, and never documents.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from app.errors import AppError
from app.protocol.record import FORMS
from app.storage import packs, sending
from app.storage.packs import OpenPack
from app.sync.backoff import asked_delay_s
from app.sync.beside import Beside
from app.sync.choosing import Choosing
from app.sync.link import Link
from app.sync.sender import Ended, Sender
from app.sync.speed import Speedometer
from app.sync.stopping import Stopped
from app.sync.streaming import Gone

_log = logging.getLogger(__name__)
#: A new form goes ahead only of a pack with more than this still to go.
_WORTH_GOING_AHEAD_BYTES = 64 * 1024
_LOOK_FOR_URGENT_S = 1.0
#: A form that could not go ahead is tried again after this, or as long as the office asks for.
_TRY_AHEAD_AGAIN_S = 5.0


class GoingAhead:
    """Forms finalized while a long pack is under way go at once, over a connection of their own.

    The long pack goes on beside them. What is true if the process dies: the small pack is an open
    pack like any other, and being the newest it goes first.

    Args:
        sender: what it works with.
        open_link: makes the second connection.
        beside: does it beside the sync thread.
    """

    def __init__(self, sender: Sender, open_link: Callable[[], Link], beside: Beside) -> None:
        self._sender = sender
        self._open_link = open_link
        self._beside = beside
        self._join: Callable[[], None] | None = None
        self._is_under_way = False
        self._not_before = float("-inf")
        self._ended: list[Ended] = []

    def watch(self, pack: OpenPack) -> Callable[[int], None]:
        """Return a look at the outbox, once a second, while much of a pack is still to go."""
        clock = self._sender.clock
        looked_at = clock.monotonic()

        def look(remaining_bytes: int) -> None:
            nonlocal looked_at
            now = clock.monotonic()
            if remaining_bytes < _WORTH_GOING_AHEAD_BYTES or now - looked_at < _LOOK_FOR_URGENT_S:
                return
            looked_at = now
            if not self._is_under_way and now >= self._not_before and self._is_urgent(pack):
                self.wait()
                self._is_under_way = True
                self._join = self._beside(lambda: self._go(pack))

        return look

    def wait(self) -> None:
        """Wait until nothing goes ahead any more."""
        if self._join is not None:
            self._join()
            self._join = None

    def ended(self) -> tuple[Ended, ...]:
        """Return the packs that went ahead since the last call; after ``wait``."""
        ended, self._ended = tuple(self._ended), []
        return ended

    def _is_urgent(self, pack: OpenPack) -> bool:
        with self._sender.store.read() as session:
            newest = packs.newest_pack(session, only=FORMS)
            if newest is not None and newest.id > pack.id:
                return True
            return sending.has_urgent_work(session)

    def _go(self, pack: OpenPack) -> None:
        sender = self._sender
        try:
            link = self._open_link()
            try:
                self._send(pack, link)
            finally:
                link.close()
        except Stopped:
            pass
        except AppError as error:
            # It waits for its turn like every other pack; the long one knows how the road is.
            _log.warning("going ahead stopped: %s", error)
            wait_s = max(_TRY_AHEAD_AGAIN_S, asked_delay_s(error, sender.dice))
            self._not_before = sender.clock.monotonic() + wait_s
        finally:
            self._is_under_way = False

    def _send(self, pack: OpenPack, link: Link) -> None:
        sender = self._sender
        # Its bytes say nothing of the road's speed: the long pack has its share of it.
        alone = msgspec.structs.replace(sender, speed=Speedometer())
        stream = alone.stream(link, lambda progress: None)
        choosing = Choosing(sender.store, sender.clock, sender.announcer)
        with sender.store.read() as session:
            small = packs.newest_pack(session, only=FORMS)
        if small is None or small.id <= pack.id:
            small = choosing.urgent()
        if small is None:
            return
        try:
            # Events come with the long pack's end: two at once would bring them twice.
            answer = stream.carry(small, None, lambda remaining: None)
            # Its bytes say nothing of the road's speed here either.
            ended = sender.finish(small, answer, (0, 0.0))
        except Gone:
            sender.end(small, 0)
            return
        self._ended.append(msgspec.structs.replace(ended, answer=None))
