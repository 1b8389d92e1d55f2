"""What the interface may know and ask of the sync engine, without knowing the engine.

``Sending`` is implemented by ``app.sync``; screens and services see only this.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol

import msgspec

#: What the road looks like, judged by the last real request; the words are
#: ``sending.link.<value>``.
LinkState = Literal[
    "never_tried",
    "working",
    "away",
    "captive_portal",
    "wrong_certificate",
    "clock_wrong",
    "wrong_office",
    "full",
]


class SendingStatus(msgspec.Struct, frozen=True):
    """The sending panel's facts; a snapshot."""

    link: LinkState
    is_enrolled: bool
    #: Submissions without a receipt, those set aside not counted.
    waiting_count: int
    waiting_bytes: int
    set_aside_count: int
    #: While a pack is on its way: bytes the office holds, and all; else 0 and 0.
    sent_bytes: int
    pack_bytes: int
    #: References in the pack on its way.
    sending_references: tuple[str, ...]
    #: Measured over the last transfers, 0 when never measured.
    speed_bytes_per_s: float
    #: Expected time for what waits at that speed; None when unknown.
    remaining_s: float | None
    last_contact_at: datetime | None
    next_attempt_at: datetime | None
    #: Code of the last error (words: ``errors.<code>``), empty after a success.
    last_error: str
    is_busy: bool
    #: Of those without a receipt: how many lie on a courier's stick, and the longest since when.
    carried_count: int = 0
    carried_since: datetime | None = None
    #: Documents wait although the link is there: a ``HoldReason``, else empty; and until when.
    held_reason: str = ""
    held_until: datetime | None = None


class Sending(Protocol):
    """The running engine, seen from a screen; no call blocks."""

    def status(self) -> SendingStatus:
        """Return the newest snapshot."""
        ...

    def wake(self) -> None:
        """Try now, whatever the schedule says."""
        ...

    def subscribe(self, listener: Callable[[SendingStatus], None]) -> Callable[[], None]:
        """Call ``listener`` on each change, at most 10 a second, from the sync thread.

        Returns:
            The way to stop.
        """
        ...
