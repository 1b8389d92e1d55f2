"""A provider of billing codes that takes nobody's money; for the demo, training and tests.

Codes look like SIMPONI's as far as one sample tells: 8, the day, six digits. Never used beside a
real provider.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.words import WIB
from app.office.billing.provider import IssuedCode, Order

if TYPE_CHECKING:
    from app.domain.clock import Clock

#: A code asked for in M-Paspor lives so long.
LIFE = timedelta(hours=2)
CHANNELS = ("bank", "post", "minimarket", "wallet")


class SimulatedProvider:
    """Makes codes by itself.

    Args:
        clock: when a code is issued.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def issue(self, order: Order) -> IssuedCode:
        """Return a code that depends on the order alone, so that asking again gives the same."""
        now = self._clock.now()
        six = int.from_bytes(hashlib.sha256(order.id.encode()).digest()[:6]) % 1_000_000
        code = f"8{now.astimezone(WIB):%Y%m%d}{six:06d}"
        return IssuedCode(code, now, now + LIFE, CHANNELS)
