"""Passwords and PINs as Argon2id digests; never keeps or logs what was typed."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

#: 19 MiB, two passes, one lane: the least that OWASP recommends for Argon2id, and the most that a
#: kiosk with 4 GB and a slow two-core processor answers in well under a second. A PIN of a few
#: digits is guessable whatever the cost; what protects it is the lock after five tries and the
#: encrypted store around the digest. The digest names its parameters, so they can be raised later.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def digest_secret(secret: str) -> str:
    """Return the digest to store."""
    return _HASHER.hash(secret)


def is_right(secret: str, digest: str) -> bool:
    """Tell whether ``secret`` made ``digest``; a broken or empty digest is never right."""
    try:
        return _HASHER.verify(digest, secret)
    except (VerificationError, InvalidHashError):
        return False


def waste_time(secret: str) -> None:
    """Take as long as ``is_right`` would, where there is no digest to compare with."""
    _HASHER.hash(secret)
