"""Sealing (age), signing (Ed25519) and digests (SHA-256): all cryptography on what travels."""

from __future__ import annotations

import hashlib
import zlib
from functools import lru_cache
from typing import Literal

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyrage import x25519

from app.errors import RemoteError

#: A signature always says what it is for, so that one kind of message never passes for another.
Purpose = Literal[
    "manifest", "event", "supplement", "request", "courier_note", "return_note", "opinion"
]
_SIGNATURE_BYTES = 64
_SLICE_BYTES = 64 * 1024


def digest_of(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def seal(plain: bytes, recipient: str) -> bytes:
    """Encrypt for one age recipient; every call gives other bytes."""
    pieces = _Pieces()
    pyrage.encrypt_io(_Slices(plain), pieces, [x25519.Recipient.from_str(recipient)])
    return pieces.joined()


def unseal(sealed: bytes, identity: str) -> bytes:
    """Decrypt with an age identity.

    Raises:
        RemoteError: ``record_unreadable`` (not retryable) when it is torn, forged or
            sealed to somebody else.
    """
    pieces = _Pieces()
    try:
        pyrage.decrypt_io(_Slices(sealed), pieces, [x25519.Identity.from_str(identity)])
    except (pyrage.DecryptError, OSError):
        # A torn body is an error of reading to pyrage; nothing else here reads or writes.
        raise RemoteError("record_unreadable", is_retryable=False) from None
    return pieces.joined()


class _Slices:
    """Hands bytes out in slices.

    In one piece pyrage would hold the interpreter for 3 ms a megabyte, and every screen with it;
    between two calls of Python other threads get their turn.
    """

    def __init__(self, content: bytes) -> None:
        self._left = memoryview(content)

    def read(self, size: int = -1, /) -> bytes:
        """Return the next slice."""
        size = _SLICE_BYTES if size < 0 else min(size, _SLICE_BYTES)
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)


class _Pieces:
    """Gathers what is written."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        """Keep a piece."""
        self._written.append(bytes(piece))
        return len(self._written[-1])

    def flush(self) -> None:
        """Have nothing to do."""

    def joined(self) -> bytes:
        """Return all of it."""
        return b"".join(self._written)


def sign(purpose: Purpose, payload: bytes, signing: str) -> bytes:
    """Return signature and payload in one piece: 64 bytes, then the payload.

    Args:
        purpose: what the message is.
        payload: the bytes to vouch for.
        signing: Ed25519 seed in hexadecimal.
    """
    return _signing_key(signing).sign(_framed(purpose, payload)) + payload


@lru_cache(maxsize=4)
def _signing_key(signing: str) -> Ed25519PrivateKey:
    # Making it takes as long as a signature, and an office signs for a thousand kiosks at once.
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(signing))


def verify(purpose: Purpose, signed: bytes, signing: str) -> bytes:
    """Return the payload of a signed message.

    Args:
        purpose: what the message must be.
        signed: as returned by ``sign``.
        signing: Ed25519 public key in hexadecimal.

    Raises:
        RemoteError: ``signature_wrong`` (not retryable).
    """
    signature, payload = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signing))
        key.verify(signature, _framed(purpose, payload))
    except (InvalidSignature, ValueError):
        raise RemoteError("signature_wrong", is_retryable=False) from None
    return payload


def peek(signed: bytes) -> bytes:
    """Return the payload without a check, only to learn whose key must verify it."""
    return signed[_SIGNATURE_BYTES:]


def squeeze(plain: bytes) -> bytes:
    """Compress before sealing (sealed bytes no longer compress)."""
    return zlib.compress(plain, 9)


def unsqueeze(squeezed: bytes, most_bytes: int) -> bytes:
    """Decompress at most ``most_bytes``.

    Raises:
        RemoteError: ``record_unreadable`` when it is broken or grows past the bound.
    """
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(squeezed, most_bytes)
    except zlib.error:
        raise RemoteError("record_unreadable", is_retryable=False) from None
    if not inflater.eof:
        raise RemoteError("record_unreadable", is_retryable=False)
    return plain


def _framed(purpose: Purpose, payload: bytes) -> bytes:
    return f"loket-pulau/{purpose}/1\n".encode() + payload
