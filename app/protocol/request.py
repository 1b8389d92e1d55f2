"""The request: what an applicant asks after sending, signed by the device, sealed to the office."""

from __future__ import annotations

import msgspec

from app.domain.requests import Request
from app.errors import RemoteError
from app.protocol.keys import Keys
from app.protocol.record import Record, RecordKind, new_record
from app.protocol.sealing import peek, seal, sign, squeeze, unseal, unsqueeze, verify

FORMAT = 1
_MOST_PLAIN_BYTES = 64 * 1024


def encode_request(request: Request, keys: Keys, recipient: str) -> Record:
    """Sign, squeeze and seal a request.

    Args:
        request: what is asked.
        keys: the device's.
        recipient: the office's age recipient.
    """
    signed = sign("request", msgspec.json.encode(request), keys.signing)
    return new_record(RecordKind.REQUEST, seal(squeeze(signed), recipient))


class OpenedRequest(msgspec.Struct, frozen=True):
    """A request read but not yet vouched for."""

    request: Request
    signed: bytes

    def verify(self, device_signing: str) -> Request:
        """Return the request once the device's public key vouches for it.

        Raises:
            RemoteError: ``signature_wrong``.
        """
        verify("request", self.signed, device_signing)
        return self.request


def open_request(sealed: bytes, identity: str) -> OpenedRequest:
    """Unseal and parse a request; the caller looks up the device and calls ``verify``.

    Raises:
        RemoteError: ``record_unreadable`` or ``manifest_malformed`` (not retryable).
    """
    signed = unsqueeze(unseal(sealed, identity), _MOST_PLAIN_BYTES)
    try:
        request = msgspec.json.decode(peek(signed), type=Request)
    except (ValueError, RecursionError):
        raise RemoteError("manifest_malformed", is_retryable=False) from None
    if request.format != FORMAT:
        raise RemoteError("manifest_malformed", is_retryable=False)
    return OpenedRequest(request, signed)
