"""A provider of billing codes that takes nobody's money; for the demo, training and tests.

Codes look like SIMPONI's as far as one sample tells: 8, the day, six digits. Never used beside a
real provider.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.words import WIB
from app.office.billing.provider import CHANNELS, IssuedCode, Order

if TYPE_CHECKING:
    from app.domain.clock import Clock

#: A code asked for in M-Paspor lives so long.
LIFE = timedelta(hours=2)


class SimulatedProvider:
    """Makes codes by itself.

    Args:
        clock: when a code is issued.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, IssuedCode] = {}

    def issue(self, order: Order) -> IssuedCode:
        """Return a code of the order's own; asking again gives the same one, as it was."""
        now = self._clock.now()
        known = self._issued.get(order.id)
        if known is None or known.expires_at <= now:
            six = int.from_bytes(hashlib.sha256(order.id.encode()).digest()[:6]) % 1_000_000
            code = f"8{now.astimezone(WIB):%Y%m%d}{six:06d}"
            known = self._issued[order.id] = IssuedCode(code, now, now + LIFE, CHANNELS)
        return known
