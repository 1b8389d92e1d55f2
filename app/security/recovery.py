"""A code on paper that opens a kiosk's backup where the kiosk's own key is gone.

Holds nothing itself: what it seals lies beside the backup, the code only with a person.
"""

from __future__ import annotations

import secrets

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.domain.clock import Dice
from app.domain.ids import parse_code, random_code
from app.errors import LocalFault, UserError

#: 125 bits: nobody guesses it, whatever a try costs.
_GROUPS = 5
_GROUP_LETTERS = 5
_BEGINS = b"loket recovery 1\n"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_KEY_BYTES = 32
_SEALED_BYTES = len(_BEGINS) + _SALT_BYTES + _NONCE_BYTES + _KEY_BYTES + 16


def new_code(dice: Dice) -> str:
    """Return a fresh code as it is written down: five groups of five letters."""
    return "-".join(random_code(_GROUP_LETTERS, dice) for _ in range(_GROUPS))


def seal_key(key: bytes, code: str) -> bytes:
    """Seal a store's key with a code."""
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    sealed = ChaCha20Poly1305(_stretched(code, salt)).encrypt(nonce, key, _BEGINS)
    return _BEGINS + salt + nonce + sealed


def open_key(untrusted_sealed: bytes, typed_code: str) -> bytes:
    """Return the key that ``seal_key`` sealed.

    Raises:
        UserError: ``recovery_code_wrong``.
        LocalFault: ``backup_torn`` when the file is none of ours.
    """
    if len(untrusted_sealed) != _SEALED_BYTES or not untrusted_sealed.startswith(_BEGINS):
        raise LocalFault("backup_torn")
    rest = untrusted_sealed[len(_BEGINS) :]
    salt, nonce = rest[:_SALT_BYTES], rest[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
    sealed = rest[_SALT_BYTES + _NONCE_BYTES :]
    try:
        return ChaCha20Poly1305(_stretched(typed_code, salt)).decrypt(nonce, sealed, _BEGINS)
    except InvalidTag:
        raise UserError("recovery_code_wrong") from None


def _stretched(typed_code: str, salt: bytes) -> bytes:
    letters = parse_code(typed_code).encode()
    return hash_secret_raw(
        letters, salt,
        time_cost=3, memory_cost=64 * 1024, parallelism=1, hash_len=_KEY_BYTES, type=Type.ID,
    )  # fmt: skip
