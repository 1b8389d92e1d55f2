"""Keys and sealing whose chance comes from a seed, so that a failing month replays byte for byte.

What it seals is a plain age file, which the program's own code opens. Never used outside a
simulation: who knows the seed knows the keys.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.protocol.keys import Keys

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CHUNK_BYTES = 64 * 1024


def seeded_keys(chance: random.Random) -> Keys:
    """Return keys that are the same for the same seed."""
    identity = _bech32("age-secret-key-", chance.randbytes(32)).upper()
    return Keys(chance.randbytes(32).hex(), identity)


@contextmanager
def seeded_sealing(chance: random.Random) -> Iterator[None]:
    """Let everything that is sealed inside the block take its chance from a seed."""
    real = pyrage.encrypt_io

    def encrypt_io(reader: Any, writer: Any, recipients: Sequence[Any]) -> None:  # noqa: ANN401
        plain = bytearray()
        while piece := reader.read():
            plain += piece
        (recipient,) = recipients
        writer.write(_sealed(bytes(plain), str(recipient), chance))

    pyrage.encrypt_io = encrypt_io  # type: ignore[assignment]
    try:
        yield
    finally:
        pyrage.encrypt_io = real


def _sealed(plain: bytes, recipient: str, chance: random.Random) -> bytes:
    """Encrypt as age does (age-encryption.org/v1) for one X25519 recipient."""
    file_key = chance.randbytes(16)
    ephemeral = X25519PrivateKey.from_private_bytes(chance.randbytes(32))
    share = ephemeral.public_key().public_bytes_raw()
    theirs = _unbech32(recipient)
    secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(theirs))
    wrap = _derived(secret, share + theirs, b"age-encryption.org/v1/X25519")
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    head = f"age-encryption.org/v1\n-> X25519 {_base64(share)}\n{_base64(body)}\n---".encode()
    mac = hmac.new(_derived(file_key, b"", b"header"), head, hashlib.sha256).digest()
    nonce = chance.randbytes(16)
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    starts = range(0, max(len(plain), 1), _CHUNK_BYTES)
    chunks = [
        cipher.encrypt(
            number.to_bytes(11, "big") + bytes([number == len(starts) - 1]),
            plain[start : start + _CHUNK_BYTES],
            None,
        )
        for number, start in enumerate(starts)
    ]
    return b"".join((head, b" ", _base64(mac).encode(), b"\n", nonce, *chunks))


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, purpose).derive(key)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")


def _bech32(prefix: str, content: bytes) -> str:
    """Write bytes as age writes keys (BIP 173)."""
    bits = int.from_bytes(content, "big") << (-len(content) * 8 % 5)
    count = -(-len(content) * 8 // 5)
    words = [bits >> (5 * place) & 31 for place in reversed(range(count))]
    spread = [*(ord(one) >> 5 for one in prefix), 0, *(ord(one) & 31 for one in prefix)]
    check = _polymod([*spread, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [check >> (5 * place) & 31 for place in reversed(range(6))]
    return f"{prefix}1{''.join(_LETTERS[word] for word in words)}"


def _unbech32(text: str) -> bytes:
    words = [_LETTERS.index(one) for one in text.rpartition("1")[2][:-6]]
    bits = 0
    for word in words:
        bits = bits << 5 | word
    count = len(words) * 5 // 8
    return (bits >> (len(words) * 5 - count * 8)).to_bytes(count, "big")


def _polymod(words: Sequence[int]) -> int:
    check = 1
    for word in words:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ word
        for place, value in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= value if top >> place & 1 else 0
    return check
