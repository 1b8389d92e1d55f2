"""The supplement: one page of a received submission as it was captured, named beside it.

A submission never changes; a supplement says which of its pages a further blob belongs to. Signed
by the device, sealed to the office.
"""

from __future__ import annotations

import msgspec

from app.errors import RemoteError
from app.protocol.keys import Keys
from app.protocol.record import Record, RecordKind, new_record
from app.protocol.sealing import peek, seal, sign, squeeze, unseal, unsqueeze, verify

FORMAT = 1
_MOST_PLAIN_BYTES = 64 * 1024


class Supplement(msgspec.Struct, frozen=True):
    """The answer to ``PageAsked``."""

    format: int
    device_id: str
    application_id: str
    submission_id: str
    #: Document need id.
    need: str
    #: From 1.
    page: int
    #: SHA-256 of the sealed page: the blob record's name; empty when the page is no longer held.
    blob_digest: str = ""
    #: SHA-256 of the page before sealing.
    content_digest: str = ""
    media_type: str = ""
    size_bytes: int = 0


def encode_supplement(supplement: Supplement, keys: Keys, recipient: str) -> Record:
    """Sign, squeeze and seal a supplement.

    Args:
        supplement: what is said.
        keys: the device's.
        recipient: the office's age recipient.
    """
    signed = sign("supplement", msgspec.json.encode(supplement), keys.signing)
    return new_record(RecordKind.SUPPLEMENT, seal(squeeze(signed), recipient))


class OpenedSupplement(msgspec.Struct, frozen=True):
    """A supplement read but not yet vouched for."""

    supplement: Supplement
    signed: bytes

    def verify(self, device_signing: str) -> Supplement:
        """Return the supplement once the device's public key vouches for it.

        Raises:
            RemoteError: ``signature_wrong``.
        """
        verify("supplement", self.signed, device_signing)
        return self.supplement


def open_supplement(sealed: bytes, identity: str) -> OpenedSupplement:
    """Unseal and parse a supplement; the caller looks up the device and calls ``verify``.

    Raises:
        RemoteError: ``record_unreadable`` or ``manifest_malformed`` (not retryable).
    """
    signed = unsqueeze(unseal(sealed, identity), _MOST_PLAIN_BYTES)
    try:
        supplement = msgspec.json.decode(peek(signed), type=Supplement)
    except (ValueError, RecursionError):
        # Bytes that are no UTF-8, and brackets without end, are errors of their own in msgspec.
        raise RemoteError("manifest_malformed", is_retryable=False) from None
    if supplement.format != FORMAT:
        raise RemoteError("manifest_malformed", is_retryable=False)
    return OpenedSupplement(supplement, signed)
