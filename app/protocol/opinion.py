"""The opinion: what somebody thinks of the service, signed by the device, sealed to the office."""

from __future__ import annotations

import msgspec

from app.domain.opinions import Opinion
from app.errors import RemoteError
from app.protocol.keys import Keys
from app.protocol.record import Record, RecordKind, new_record
from app.protocol.sealing import peek, seal, sign, squeeze, unseal, unsqueeze, verify

FORMAT = 1
_MOST_PLAIN_BYTES = 16 * 1024


def encode_opinion(opinion: Opinion, keys: Keys, recipient: str) -> Record:
    """Sign, squeeze and seal an opinion.

    Args:
        opinion: what is said.
        keys: the device's.
        recipient: the office's age recipient.
    """
    signed = sign("opinion", msgspec.json.encode(opinion), keys.signing)
    return new_record(RecordKind.OPINION, seal(squeeze(signed), recipient))


class OpenedOpinion(msgspec.Struct, frozen=True):
    """An opinion read but not yet vouched for."""

    opinion: Opinion
    signed: bytes

    def verify(self, device_signing: str) -> Opinion:
        """Return the opinion once the device's public key vouches for it.

        Raises:
            RemoteError: ``signature_wrong``.
        """
        verify("opinion", self.signed, device_signing)
        return self.opinion


def open_opinion(sealed: bytes, identity: str) -> OpenedOpinion:
    """Unseal and parse an opinion; the caller looks up the device and calls ``verify``.

    Raises:
        RemoteError: ``record_unreadable`` or ``manifest_malformed`` (not retryable).
    """
    signed = unsqueeze(unseal(sealed, identity), _MOST_PLAIN_BYTES)
    try:
        opinion = msgspec.json.decode(peek(signed), type=Opinion)
    except (ValueError, RecursionError):
        raise RemoteError("manifest_malformed", is_retryable=False) from None
    if opinion.format != FORMAT:
        raise RemoteError("manifest_malformed", is_retryable=False)
    return OpenedOpinion(opinion, signed)
