"""Where packs that came whole wait for each other, in the order in which they came.

While some are being taken the next ones gather, so that a thousand kiosks at once cost a few dozen
transactions; a pack that comes alone waits for nobody. Holds nothing that a kill could lose:
whoever waits here has had no answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

import msgspec
from anyio import to_thread

from app.errors import AppError, LocalFault, RemoteError
from app.office.devices import KnownDevices
from app.office.gate import spread_s
from app.office.plain_packs import WholePack
from app.office.whole_packs import Taken, take_whole

if TYPE_CHECKING:
    from app.office.context import Office

_log = logging.getLogger(__name__)
#: Taken in one transaction.
_MOST_PACKS, _MOST_BYTES = 64, 8 * 1024 * 1024
#: In memory at once; whoever comes then is told when to come again.
_MOST_WAITING_BYTES = 80 * 1024 * 1024


class _Waiting(msgspec.Struct, frozen=True):
    pack: WholePack
    done: asyncio.Future[Taken | LocalFault | None]


class Arrivals:
    """The packs of one process; used on its event loop.

    Args:
        office: ours.
        most_waiting_bytes: held in memory at once.
    """

    def __init__(self, office: Office, most_waiting_bytes: int = _MOST_WAITING_BYTES) -> None:
        self._office = office
        self._most_waiting_bytes = most_waiting_bytes
        self._devices = KnownDevices()
        self._queue: deque[_Waiting] = deque()
        self._held_bytes = 0
        self._work: asyncio.Task[None] | None = None
        #: Seconds that a byte took of late.
        self._pace = 0.0

    async def take(self, pack: WholePack) -> Taken | None:
        """Take a pack when its turn comes; None when it must go step by step.

        Raises:
            RemoteError: ``office_busy`` with ``wait_s``.
            LocalFault: as ``take_whole``.
        """
        size = len(pack.content)
        if self._held_bytes and self._held_bytes + size > self._most_waiting_bytes:
            soon = self._held_bytes * self._pace
            raise RemoteError("office_busy", wait_s=spread_s(self._office.dice, soon))
        waiting = _Waiting(pack, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._held_bytes += size
        if self._work is None or self._work.done():
            # One lot at a time: while it waits for disk and database the next one grows, and no two
            # threads wait for each other to use the interpreter.
            self._work = asyncio.create_task(self._take_all())
        told = await waiting.done
        if isinstance(told, LocalFault):
            raise told
        return told

    async def _take_all(self) -> None:
        clock = self._office.clock
        while self._queue:
            lot = self._next_lot()
            began = clock.monotonic()
            try:
                told = await to_thread.run_sync(self._take, [one.pack for one in lot])
            except BaseException as end:
                # The process ends: whoever waits here ends with it instead of holding it up.
                for one in (*lot, *self._queue):
                    if not one.done.done():
                        one.done.set_exception(end)
                self._queue.clear()
                self._held_bytes = 0
                return
            size = sum(len(one.pack.content) for one in lot)
            self._pace = (clock.monotonic() - began) / max(1, size)
            self._held_bytes -= size
            for one, its in zip(lot, told, strict=True):
                if not one.done.done():
                    one.done.set_result(its)

    def _next_lot(self) -> list[_Waiting]:
        lot = [self._queue.popleft()]
        size = len(lot[0].pack.content)
        while self._queue and len(lot) < _MOST_PACKS:
            size += len(self._queue[0].pack.content)
            if size > _MOST_BYTES:
                break
            lot.append(self._queue.popleft())
        return lot

    def _take(self, packs: list[WholePack]) -> list[Taken | LocalFault | None]:
        try:
            return list(take_whole(self._office, self._devices, packs))
        except LocalFault as fault:
            return [fault] * len(packs)
        except AppError as error:
            # One of them does what nobody thought of. Step by step it stops no other.
            _log.error("a lot of %d goes step by step: %s", len(packs), error)
        except Exception:  # the top of this line's own loop: whoever waits in it must be answered
            _log.exception("a lot of %d goes step by step", len(packs))
        return [None] * len(packs)
