"""What the office says to a pack and to a question for news; events still unread and unbelieved."""

from __future__ import annotations

import msgspec


class SendAnswer(msgspec.Struct, frozen=True):
    """The office's word on a stretch of a pack."""

    offset_bytes: int
    #: Pack of events after the cursor; only when the upload is whole.
    events: bytes = b""
    #: Number of the newest event for this device; -1 when the office did not say.
    last_number: int = -1


class PullAnswer(msgspec.Struct, frozen=True):
    """Events after the cursor."""

    events: bytes
    #: Number of the newest event for this device; -1 when the office did not say.
    last_number: int
    #: The events follow this one; less than the cursor after an older backup came back to the
    #: office. None when it knows none of the events that were named.
    after: int | None
