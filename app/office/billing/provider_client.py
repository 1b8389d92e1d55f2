"""The provider of billing codes behind HTTP: ``POST /v1/orders``; see docs/agencies.md.

Believes no code that does not name its order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from app.errors import RemoteError
from app.office.billing.provider import CHANNELS, IssuedCode, Order
from app.office.ways.asking import Asker

PATH = "/v1/orders"
_MOST_CHANNELS = 10


class IssuedOrder(msgspec.Struct, frozen=True):
    """What the provider answers."""

    #: The order's.
    id: str
    code: Annotated[str, msgspec.Meta(max_length=40)]
    issued_at: Annotated[datetime, msgspec.Meta(tz=True)]
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)]
    channels: Annotated[tuple[str, ...], msgspec.Meta(max_length=_MOST_CHANNELS)]


class HttpProvider:
    """Issues codes by asking a server.

    Args:
        asker: of that server.
    """

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def issue(self, order: Order) -> IssuedCode:
        """Return the code for an order; errors as in ``Provider``."""
        told = self._asker.ask(PATH, order, IssuedOrder, order.id)
        if told.id != order.id:
            raise RemoteError("agency_lied", way=self._asker.name)
        # The kiosk has words for those it knows.
        channels = tuple(one for one in CHANNELS if one in told.channels)
        return IssuedCode(told.code, told.issued_at, told.expires_at, channels)
