"""Lets a few in at once, in the order in which they came; never lets more wait than it can serve.

Work that is begun for all and ended for nobody is what makes a thousand kiosks wait for ever.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from app.domain.clock import Clock, Dice
from app.errors import RemoteError

_LONGEST_WAIT_S = 60
#: How much the newest one counts in what is told to others.
_WEIGHT = 0.2


class Gate:
    """For the tasks of one event loop.

    Args:
        clock: tells how long one takes.
        dice: spreads those who come again.
        most_inside: at once.
        most_waiting: before it; whoever comes then is put off.
    """

    def __init__(self, clock: Clock, dice: Dice, most_inside: int, most_waiting: int) -> None:
        self._clock = clock
        self._dice = dice
        self._most_inside = most_inside
        self._most_waiting = most_waiting
        self._places = anyio.CapacityLimiter(most_inside)
        #: Seconds that one stays inside.
        self._stay_s = 0.0

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Wait for one's turn and be inside until the block ends.

        Raises:
            RemoteError: ``office_busy`` with ``wait_s``.
        """
        waiting = self._places.statistics().tasks_waiting
        if waiting >= self._most_waiting:
            soon = waiting * self._stay_s / self._most_inside
            raise RemoteError("office_busy", wait_s=spread_s(self._dice, soon))
        async with self._places:
            began = self._clock.monotonic()
            try:
                yield
            finally:
                stay = self._clock.monotonic() - began
                self._stay_s += _WEIGHT * (stay - self._stay_s)


def spread_s(dice: Dice, soon_s: float) -> int:
    """Return in how many seconds to come again, up to twice as late as there may be room.

    Never the same for all who ask, or they would all come together again.
    """
    spread = 1 + dice.bytes(1)[0] / 255
    return max(1, min(_LONGEST_WAIT_S, math.ceil(soon_s * spread)))
