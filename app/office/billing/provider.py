"""Who issues billing codes: the interface, and what it is asked and answers.

The kiosk never speaks to a provider.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

CODE_DIGITS = 15
#: Where people pay.
CHANNELS = ("bank", "post", "minimarket", "wallet")


class Order(msgspec.Struct, frozen=True):
    """What a billing code is wanted for.

    Attributes:
        id: the office's own name of the order; asking again with it gives the same code.
        reference: the application's human reference, shown on the bill; no name travels.
        rupiah: the sum due.
    """

    id: str
    reference: str
    rupiah: int


class IssuedCode(msgspec.Struct, frozen=True):
    """A billing code (kode billing) and how long it may be paid."""

    #: 15 digits.
    code: str
    issued_at: datetime
    expires_at: datetime
    #: Where it can be paid: keys under ``billing.channel``.
    channels: tuple[str, ...]


class Provider(Protocol):
    """Issues billing codes; tells payments by signed notices (see ``webhook``)."""

    def issue(self, order: Order) -> IssuedCode:
        """Return the code for an order; safe to repeat.

        Raises:
            RemoteError: as ``Asker.ask``.
        """
        ...
