"""How far a device has heard its office: numbers of events, each with what the event was.

An office that came back from a backup goes on from there, so that two histories may have the same
numbers and other events. A mark tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from app.protocol.sealing import digest_of

#: In a header: every second power of two back from 2**30, and nothing heard at all.
MOST_MARKS = 32
_DIGEST_LETTERS = 16
_WRITTEN = re.compile(r"(0|[1-9][0-9]{0,9}):([0-9a-f]{16})?", re.ASCII)


class Mark(msgspec.Struct, frozen=True):
    """An event that was applied."""

    number: int
    #: The beginning of the SHA-256 of its signed bytes; empty for number 0, nothing heard.
    digest: str = ""


#: From here everything begins.
NOTHING = Mark(0)


def mark_of(number: int, signed: bytes) -> Mark:
    """Return the mark of an event."""
    return Mark(number, digest_of(signed)[:_DIGEST_LETTERS])


def rungs(cursor: int) -> tuple[int, ...]:
    """Return the numbers of the marks that find where two histories parted: 40, 39, 37, 33, 25, 9.

    The distance doubles, so that at most as many events come twice as are new.
    """
    steps = (cursor + 1 - 2**power for power in range(MOST_MARKS - 1))
    return tuple(number for number in steps if number > 0)


def write_marks(marks: Iterable[Mark]) -> str:
    """Return marks as a header holds them."""
    return ",".join(f"{mark.number}:{mark.digest}" for mark in marks)


def read_marks(untrusted: str) -> tuple[Mark, ...] | None:
    """Return the marks of a header, newest first; None when they are none."""
    if len(untrusted) > MOST_MARKS * 32:
        return None
    marks = []
    for written in untrusted.split(","):
        found = _WRITTEN.fullmatch(written)
        if found is None or (found[1] == "0") != (not found[2]):
            return None
        marks.append(Mark(int(found[1]), found[2] or ""))
    return tuple(sorted(marks, key=lambda mark: -mark.number)[:MOST_MARKS])
