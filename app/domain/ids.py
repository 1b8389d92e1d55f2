"""Names of things: ids, references, resume codes; made from the time and chance handed in."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

from app.domain.clock import Dice
from app.errors import UserError

#: Crockford's letters: no I, L, O, U, so that a code read aloud or copied by hand survives.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
RESUME_CODE_LENGTH = 6
_REFERENCE = re.compile(r"([0-9A-Z]{3})([0-9]{5})([0-9A-Z])")


def new_id(now: datetime, dice: Dice) -> str:
    """Return a time-ordered UUID (version 7, RFC 9562) as text."""
    stamp = int(now.timestamp() * 1000).to_bytes(6, "big")
    chance = bytearray(dice.bytes(10))
    chance[0] = 0x70 | (chance[0] & 0x0F)
    chance[2] = 0x80 | (chance[2] & 0x3F)
    return str(UUID(bytes=stamp + bytes(chance)))


def make_reference(device_code: str, serial: int) -> str:
    """Return the human reference, for example ``TRM-00042-5``.

    Args:
        device_code: three capital letters or digits, given by the office at enrolment.
        serial: from the block reserved for the device, 1 to 99999.
    """
    body = f"{device_code}{serial:05d}"
    if not re.fullmatch(r"[0-9A-Z]{3}[0-9]{5}", body):
        raise ValueError("reference parts out of range")
    return f"{device_code}-{serial:05d}-{mod_37_36.calc_check_digit(body)}"


def parse_reference(untrusted: str) -> str:
    """Return a typed reference in its printed form.

    Raises:
        UserError: ``reference_malformed`` when the shape or the check character (ISO 7064
            mod 37,36) is wrong.
    """
    compact = re.sub(r"[\s\-.–—]", "", untrusted).upper()
    found = _REFERENCE.fullmatch(compact)
    if not found:
        raise UserError("reference_malformed")
    try:
        mod_37_36.validate(compact)
    except ValidationError:
        raise UserError("reference_malformed") from None
    device_code, serial, check = found.groups()
    return f"{device_code}-{serial}-{check}"


def random_code(length: int, dice: Dice) -> str:
    """Return ``length`` random letters that survive handwriting (5 bits each)."""
    return "".join(_CROCKFORD[byte % 32] for byte in dice.bytes(length))


def new_resume_code(dice: Dice) -> str:
    """Return the code that, with a PIN, reopens a draft on this kiosk."""
    return random_code(RESUME_CODE_LENGTH, dice)


def parse_code(untrusted: str) -> str:
    """Return a typed code without spaces and dashes, look-alike letters mended."""
    return re.sub(r"[\s\-.–—]", "", untrusted).upper().translate(_LOOKALIKES)


def short_proof(digest: str) -> str:
    """Return the eight letters by which people name a receipt, such as ``3F7K-2M9Q``.

    Args:
        digest: SHA-256 of the receipt's signed payload, in hexadecimal.
    """
    number = int(digest[:10], 16)
    letters = "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(35, -5, -5))
    return f"{letters[:4]}-{letters[4:]}"
