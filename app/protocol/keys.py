"""The two key pairs of a device or office: Ed25519 to sign, X25519 (age) to seal."""

from __future__ import annotations

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519


class PublicKeys(msgspec.Struct, frozen=True):
    """What the other side may know."""

    #: Ed25519 public key, 32 bytes in hexadecimal.
    signing: str
    #: age recipient, ``age1...``.
    recipient: str


class Keys(msgspec.Struct, frozen=True):
    """Secret keys; only ever inside an encrypted store or a file readable by its owner alone."""

    #: Ed25519 seed, 32 bytes in hexadecimal.
    signing: str
    #: age identity, ``AGE-SECRET-KEY-1...``.
    identity: str

    def __repr__(self) -> str:
        return "Keys(...)"

    def public(self) -> PublicKeys:
        """Return the public halves."""
        signing = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.signing))
        recipient = x25519.Identity.from_str(self.identity).to_public()
        return PublicKeys(signing.public_key().public_bytes_raw().hex(), str(recipient))


def new_keys() -> Keys:
    """Return fresh keys from the operating system's randomness."""
    return Keys(
        Ed25519PrivateKey.generate().private_bytes_raw().hex(), str(x25519.Identity.generate())
    )
