"""How a device and an office come to trust each other through one short code.

The office gives the operator a code of 20 letters: four name it, sixteen (80 bits) are a secret
that never travels. Each side proves the secret over both sides' keys, so that enrolment is safe
even on a road that somebody listens to or changes.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from app.domain.clock import Dice
from app.domain.ids import parse_code, random_code
from app.errors import UserError
from app.protocol.keys import PublicKeys

_NAME_LETTERS = 4
_SECRET_LETTERS = 16


class EnrolmentCode(msgspec.Struct, frozen=True):
    """A one-time code."""

    name: str
    secret: str

    def shown(self) -> str:
        """Return the code in five groups of four."""
        letters = self.name + self.secret
        return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))

    def __repr__(self) -> str:
        return f"EnrolmentCode({self.name})"


class EnrolmentRequest(msgspec.Struct, frozen=True):
    """What the device says."""

    code_name: str
    device_name: str
    keys: PublicKeys
    proof: str


class EnrolmentAnswer(msgspec.Struct, frozen=True):
    """What the office answers."""

    device_id: str
    #: Three letters that begin every reference made on the device.
    device_code: str
    first_serial: int
    last_serial: int
    #: Bearer token of the device, sealed to it (age), in hexadecimal.
    sealed_token: str
    office_id: str
    office_name: str
    keys: PublicKeys
    proof: str


def new_code(dice: Dice) -> EnrolmentCode:
    """Return a fresh code."""
    return EnrolmentCode(random_code(_NAME_LETTERS, dice), random_code(_SECRET_LETTERS, dice))


def read_code(untrusted: str) -> EnrolmentCode:
    """Parse a typed code.

    Raises:
        UserError: ``enrolment_code_malformed``.
    """
    letters = parse_code(untrusted)
    if (
        len(letters) != _NAME_LETTERS + _SECRET_LETTERS
        or not letters.isalnum()
        or not letters.isascii()
    ):
        raise UserError("enrolment_code_malformed")
    return EnrolmentCode(letters[:_NAME_LETTERS], letters[_NAME_LETTERS:])


def device_proof(secret: str, request: EnrolmentRequest) -> str:
    """Return the device's proof over its own request (whose ``proof`` is ignored)."""
    return _proof(secret, "device", msgspec.structs.replace(request, proof=""))


def office_proof(secret: str, answer: EnrolmentAnswer, device: PublicKeys) -> str:
    """Return the office's proof over its answer (``proof`` ignored) and the device's keys."""
    return _proof(secret, "office", (msgspec.structs.replace(answer, proof=""), device))


def is_same_proof(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _proof(secret: str, role: str, content: object) -> str:
    message = f"loket-pulau/enrolment/1/{role}\n".encode() + msgspec.json.encode(content)
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
