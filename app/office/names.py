"""What an untrusted name must look like before a database is asked for it.

Never says whether anything has that name.
"""

from __future__ import annotations

import re

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9._\-]{1,80}")


def is_id(untrusted: str) -> bool:
    """Tell whether it may name a device, an application or a submission."""
    return _ID.fullmatch(untrusted) is not None


def is_digest(untrusted: str) -> bool:
    """Tell whether it may name a record or its content."""
    return _DIGEST.fullmatch(untrusted) is not None


def is_word(untrusted: str) -> bool:
    """Tell whether it may name something of a catalogue."""
    return _WORD.fullmatch(untrusted) is not None
