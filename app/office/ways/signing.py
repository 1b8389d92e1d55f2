"""Signs what programs say to each other, and believes only what is signed and fresh.

One scheme for payment notices, orders and agencies: a shared secret for each, HMAC-SHA-256 over the
moment and the body. Never says why a signature does not hold.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from app.errors import UserError

HEADER = "Loket-Signature"
#: A signature is good for so long: a copied request opens nothing later.
TOLERANCE = timedelta(minutes=5)


def sign(body: bytes, secret: str, at: datetime) -> str:
    """Return the header's value: the moment, and HMAC-SHA-256 over moment and body."""
    moment = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def check_signed(untrusted: bytes, header: str, secret: str, now: datetime) -> None:
    """Let a body pass whose signature holds.

    Raises:
        UserError: ``signature_refused``.
    """
    moment = header.partition(",")[0].removeprefix("t=")
    if not secret or not (moment.isascii() and moment.isdigit() and len(moment) < 12):
        raise UserError("signature_refused")
    at = datetime.fromtimestamp(int(moment), now.tzinfo)
    expected = sign(untrusted, secret, at)
    # As bytes: of text, only ASCII may be compared without telling how far it fits.
    holds = hmac.compare_digest(expected.encode(), header.encode(errors="replace"))
    if abs(now - at) > TOLERANCE or not holds:
        raise UserError("signature_refused")
