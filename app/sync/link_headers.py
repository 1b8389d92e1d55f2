"""What an answer's headers and body say, read as the words of a stranger: bounded, or nothing.

Knows nothing of what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import requests

from app.errors import RemoteError
from app.protocol.marks import Mark, write_marks


def read_time(headers: Mapping[str, str]) -> datetime | None:
    try:
        said = datetime.fromisoformat(headers.get("Loket-Time", ""))
    except ValueError:
        return None
    return said if said.tzinfo is not None else None


def read_offset(headers: Mapping[str, str]) -> int:
    said = headers.get("Upload-Offset", "")
    if not (said.isascii() and said.isdigit() and len(said) < 16):
        raise RemoteError("office_lied", what="offset")
    return int(said)


def read_last(headers: Mapping[str, str]) -> int:
    said = headers.get("Loket-Last", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else -1


def heard_header(marks: Sequence[Mark]) -> Mapping[str, str]:
    return {"Loket-Heard": write_marks(marks)} if marks else {}


def read_after(headers: Mapping[str, str], cursor: int) -> int | None:
    """Return the event that an answer continues after: our cursor when nothing else is said."""
    said = headers.get("Loket-After")
    if said is None:
        return cursor
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


def read_bounded(response: requests.Response, most_bytes: int) -> bytes:
    # Read raw: nothing was asked to be compressed, so nothing swells.
    content: bytes = response.raw.read(most_bytes + 1, decode_content=False) or b""
    if len(content) > most_bytes:
        raise RemoteError("office_lied", what="size")
    return content
