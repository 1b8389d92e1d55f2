"""Events as records: signed by the office, squeezed, sealed to one device."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.events import Event, Unread
from app.errors import RemoteError
from app.protocol.keys import Keys
from app.protocol.record import Record, RecordKind, new_record
from app.protocol.sealing import seal, sign, squeeze, unseal, unsqueeze, verify

_MOST_PLAIN_BYTES = 16 * 1024 * 1024


class SignedEvent(msgspec.Struct, frozen=True):
    """An event whose signature held, with the bytes that prove it."""

    event: Event
    #: Signature and payload, kept as the proof of a receipt.
    signed: bytes


def sign_event(event: Event, keys: Keys) -> bytes:
    """Return the event's signed bytes, which the office stores for ever."""
    return sign("event", msgspec.json.encode(event), keys.signing)


def seal_event(signed: bytes, recipient: str) -> Record:
    """Make the record that travels to the device."""
    return new_record(RecordKind.EVENT, seal(squeeze(signed), recipient))


def open_event(sealed: bytes, identity: str, office_signing: str, device_id: str) -> SignedEvent:
    """Unseal, verify and parse an event.

    Args:
        sealed: the record's bytes.
        identity: the device's age identity.
        office_signing: the office's Ed25519 public key in hexadecimal.
        device_id: whom it must be addressed to.

    Raises:
        RemoteError: ``record_unreadable``, ``signature_wrong`` or ``event_malformed``
            (none retryable).
    """
    signed = unsqueeze(unseal(sealed, identity), _MOST_PLAIN_BYTES)
    return read_signed_event(signed, office_signing, device_id)


def read_signed_event(signed: bytes, office_signing: str, device_id: str) -> SignedEvent:
    """Verify and parse stored signed bytes; errors as in ``open_event``.

    A body that this program does not understand is ``Unread``: the office vouches for it, and may
    be newer than we are.
    """
    event = _parse(verify("event", signed, office_signing))
    if event.device_id != device_id:
        raise RemoteError("event_malformed", is_retryable=False)
    return SignedEvent(event, signed)


class _Envelope(msgspec.Struct, frozen=True):
    """What every event of this format says around its body."""

    device_id: str
    number: int
    said_at: datetime
    application_id: str = ""


def _parse(payload: bytes) -> Event:
    try:
        event = msgspec.json.decode(payload, type=Event)
        if _are_sound(event) and _are_sound(event.body):
            return event
    except (ValueError, RecursionError):
        pass
    try:
        known = msgspec.json.decode(payload, type=_Envelope)
    except (ValueError, RecursionError):
        raise RemoteError("event_malformed", is_retryable=False) from None
    if not _are_sound(known):
        raise RemoteError("event_malformed", is_retryable=False)
    return Event(known.device_id, known.number, known.said_at, Unread(), known.application_id)


def _are_sound(said: msgspec.Struct) -> bool:
    """Tell whether every moment that is named can be written down: a zone, a year of our age."""
    moments = (getattr(said, name) for name in said.__struct_fields__)
    return all(
        moment.tzinfo is not None and 1900 <= moment.year <= 9000
        for moment in moments
        if isinstance(moment, datetime)
    )
