"""The three truths about sending, and no other: saved here, being sent, received with proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.domain.lifecycle import DRAFT, NEEDS_ATTENTION, RECEIVED
from app.domain.words import Words
from app.ui.widgets.cards import PillKind

if TYPE_CHECKING:
    from app.domain.sending import SendingStatus

_MINUTE_S = 60
_HOUR_S = 3600


class Truth(NamedTuple):
    """One sentence about where an application is, and the look that goes with it."""

    kind: PillKind
    icon: str
    words: str


def truth_of(
    words: Words, state: str, proof: str, reference: str, status: SendingStatus | None
) -> Truth:
    """Return what is true now.

    Args:
        words: in which language.
        state: the kiosk's state of the application.
        proof: eight letters of a verified receipt, else empty; without it nothing is received.
        reference: to know whether this one is on its way.
        status: of the engine, None while it is not known.
    """
    if state == RECEIVED and proof:
        return Truth("good", "cloud_done", words("ui.truth.received", proof=proof))
    if state == NEEDS_ATTENTION:
        return Truth("danger", "report", words("ui.truth.attention"))
    if state == DRAFT:
        return Truth("quiet", "edit", words("ui.truth.draft"))
    if status and status.is_busy and reference in status.sending_references:
        return Truth("sea", "cloud_upload", sending_words(words, status))
    return Truth("sea", "inventory", words("ui.truth.saved"))


def sending_words(words: Words, status: SendingStatus) -> str:
    """Return how far the pack on its way is, and about how long it still takes."""
    sent, whole = words.size(status.sent_bytes), words.size(status.pack_bytes)
    number, _, unit = sent.rpartition(" ")
    if whole.endswith(f" {unit}"):
        sent = number
    if status.remaining_s is None:
        return words("ui.truth.sending", sent=sent, whole=whole)
    left = duration_words(words, status.remaining_s)
    return words("ui.truth.sending_for", sent=sent, whole=whole, left=left)


def duration_words(words: Words, seconds: float) -> str:
    """Return a length of time as a person says it."""
    if seconds < _MINUTE_S:
        return words("ui.truth.under_a_minute")
    if seconds < _HOUR_S:
        return words("ui.truth.minutes", count=round(seconds / _MINUTE_S))
    return words("ui.truth.hours", count=round(seconds / _HOUR_S))
