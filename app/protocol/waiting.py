"""What a kiosk tells of itself with each pull: how much waits there, and how fast its road is.

Four numbers in one header; nothing of any application.
"""

from __future__ import annotations

import re

import msgspec

HEADER = "Loket-Waiting"
_NUMBERS = re.compile(r"(\d{1,6}) (\d{1,6}) (\d{1,15}) (\d{1,10})", re.ASCII)


class Waiting(msgspec.Struct, frozen=True):
    """Submissions without a receipt, those of them set aside, their bytes, bytes a second."""

    count: int
    set_aside: int
    size_bytes: int
    #: 0 when it was never measured.
    speed: int

    def encode(self) -> str:
        """Return the header's value."""
        return f"{self.count} {self.set_aside} {self.size_bytes} {self.speed}"


def read_waiting(untrusted: str | None) -> Waiting | None:
    """Return what a header says; None for anything else: news are given all the same."""
    found = _NUMBERS.fullmatch(untrusted or "")
    if found is None:
        return None
    count, set_aside, size_bytes, speed = (int(number) for number in found.groups())
    return Waiting(count, set_aside, size_bytes, min(speed, 2**31 - 1))
