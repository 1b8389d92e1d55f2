"""Interview slots as both sides speak of them; pure.

A slot is a stretch of time at one place; it has several places side by side, and each place is one
person's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from app.domain.words import WIB


class Slot(msgspec.Struct, frozen=True):
    """When and where to come."""

    #: ``<place id>-<YYYYMMDD>-<HHMM>`` by the islands' clock.
    id: str
    starts_at: datetime
    minutes: int
    #: What people read: the office's name, or the hall of an outreach day.
    place: str


class FreeSlot(msgspec.Struct, frozen=True):
    """A slot with room when the office looked."""

    slot: Slot
    free: int


def may_still_move(starts_at: datetime, now: datetime) -> bool:
    """Tell whether a slot may be moved: until the end of the day before (H-1)."""
    day = starts_at.astimezone(WIB).date()
    return now.astimezone(WIB).date() <= day - timedelta(days=1)
