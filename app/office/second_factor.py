"""Codes of an authenticator (TOTP, RFC 6238) and recovery codes, as functions of bytes and time.

Never stores anything; a secret outside this module is sealed to the office's own key.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from app.domain.clock import Dice
from app.domain.ids import parse_code, random_code

#: What every authenticator app understands: SHA-1, six digits, thirty seconds.
STEP_S = 30
DIGITS = 6
_SECRET_BYTES = 20
#: A telephone's clock may be off by one step either way.
_SLACK = 1
RECOVERY_CODES = 8
#: 60 bits: not to be guessed even by somebody who stole the digests.
_RECOVERY_LETTERS = 12


def new_secret(dice: Dice) -> bytes:
    """Return a secret for an authenticator."""
    return dice.bytes(_SECRET_BYTES)


def letters(secret: bytes) -> str:
    """Return a secret as it is typed where no camera can read the square."""
    return base64.b32encode(secret).decode()


def address(secret: bytes, account: str, issuer: str) -> str:
    """Return what the square says; blanks as %20, because apps show a plus as a plus."""
    named = quote(issuer, safe="")
    label = f"{named}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?secret={letters(secret)}&issuer={named}"


def code_at(secret: bytes, now: datetime) -> str:
    """Return the code that an authenticator shows."""
    return _code(secret, int(now.timestamp()) // STEP_S)


def step_of(secret: bytes, untrusted_code: str, now: datetime, last_step: int) -> int | None:
    """Return the step that a code belongs to, or None when it is wrong or was used.

    Args:
        secret: the account's.
        untrusted_code: as typed, without blanks.
        now: by the office's clock.
        last_step: of the newest code that was taken; that one and all before it are refused. One
            that lies ahead was taken before the office's clock was set back, and counts no more.
    """
    current = int(now.timestamp()) // STEP_S
    after = last_step if last_step <= current + _SLACK else -1
    found = None
    for step in range(current - _SLACK, current + _SLACK + 1):
        is_it = hmac.compare_digest(_code(secret, step).encode(), untrusted_code.encode())
        if is_it and step > after:
            found = step
    return found


def new_recovery_codes(dice: Dice) -> Mapping[int, str]:
    """Return fresh codes by their number, which each begins with."""
    return {
        number: f"{number}{random_code(_RECOVERY_LETTERS, dice)}"
        for number in range(1, RECOVERY_CODES + 1)
    }


def shown_recovery_code(code: str) -> str:
    """Return a code as it is written down: ``1-ABCD-EFGH-JKMN``."""
    rest = code[1:]
    return "-".join((code[0], *(rest[at : at + 4] for at in range(0, len(rest), 4))))


def read_recovery_code(untrusted: str) -> tuple[int, str] | None:
    """Return a typed recovery code and its number, or None when it has not the form of one."""
    code = parse_code(untrusted[:40])
    is_one = len(code) == 1 + _RECOVERY_LETTERS and code.isascii() and code[0] in "12345678"
    return (int(code[0]), code) if is_one else None


def _code(secret: bytes, step: int) -> str:
    return TOTP(secret, DIGITS, SHA1(), STEP_S).generate(max(step, 0) * STEP_S).decode()
