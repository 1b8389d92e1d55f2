"""How an application's state looks and reads: words, an icon, a colour; never colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.lifecycle import DRAFT, FINALIZED, NEEDS_ATTENTION, RECEIVED, SENDING
from app.domain.words import Words
from app.ui.theme.tokens import Colours
from app.ui.widgets.cards import PillKind

_KIOSK_LOOKS: dict[str, tuple[PillKind, str]] = {
    DRAFT: ("quiet", "edit"),
    FINALIZED: ("sea", "inventory"),
    SENDING: ("sea", "cloud_upload"),
    RECEIVED: ("good", "verified"),
    NEEDS_ATTENTION: ("danger", "report"),
}
_OFFICE_LOOKS: dict[str, tuple[PillKind, str]] = {
    "returned": ("warn", "undo"),
    "in_review": ("sea", "hourglass_top"),
    "awaiting_payment": ("warn", "payments"),
    "payment_expired": ("danger", "payments"),
    "scheduled": ("sea", "event"),
    "rejected": ("danger", "cancel"),
    "cancelled": ("danger", "cancel"),
    "withdrawn": ("quiet", "cancel"),
    "suspended": ("warn", "hourglass_top"),
    "under_examination": ("warn", "person_search"),
    "ready": ("good", "badge"),
    "handed_over": ("good", "task_alt"),
}


@dataclass(frozen=True)
class StateLook:
    """One state, ready to be shown."""

    words: str
    kind: PillKind
    icon: str

    def colour(self, colours: Colours) -> str:
        """Return the ink of this state."""
        inks: dict[Literal["good", "warn", "danger", "sea", "quiet"], str] = {
            "good": colours.good,
            "warn": colours.warn,
            "danger": colours.danger,
            "sea": colours.sea,
            "quiet": colours.ink_soft,
        }
        return inks[self.kind]


def state_look(words: Words, state: str, office_state: str) -> StateLook:
    """Return what is known: the kiosk's word until the office has said more."""
    if state == RECEIVED and office_state not in ("", "received"):
        kind, icon = _OFFICE_LOOKS.get(office_state, ("good", "how_to_reg"))
        return StateLook(words(f"office_state.{office_state}"), kind, icon)
    kind, icon = _KIOSK_LOOKS[state]
    return StateLook(words(f"state.{state}"), kind, icon)
