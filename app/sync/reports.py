"""What one cycle did, as facts that a script can read; never a name or an answer."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.sharing import Hold


class ReceiptTaken(msgspec.Struct, frozen=True):
    """A receipt that was verified and stored."""

    reference: str
    #: The eight letters by which people name it.
    proof: str


class Wait(msgspec.Struct, frozen=True):
    """A submission without a receipt, and why."""

    reference: str
    #: Code of an error; ``waits_for_receipt`` or ``waits_for_turn`` when nothing is wrong.
    reason: str
    next_attempt_at: datetime | None
    is_set_aside: bool


class CycleReport(msgspec.Struct, frozen=True):
    """One pass of send, pull, verify."""

    #: References whose records went out whole.
    sent: tuple[str, ...]
    received_events: int
    receipts: tuple[ReceiptTaken, ...]
    waits: tuple[Wait, ...]
    #: Code of what stopped the cycle, None when it ran to its end.
    error: str | None
    #: When to try again after an error.
    next_attempt_at: datetime | None = None
    #: Events kept that only a newer program can read.
    unread_events: int = 0
    #: Documents wait although the link is there, for this reason and until then.
    held_reason: str = ""
    held_until: datetime | None = None


class Findings:
    """A report being written while the cycle runs."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.received_events = 0
        self.receipts: list[ReceiptTaken] = []
        self.error: str | None = None
        self.hold: Hold | None = None
        self.next_attempt_at: datetime | None = None
        #: The office answered at least once.
        self.has_contact = False

    def note_heard(self, found: Findings) -> None:
        """Add what events brought, once they are true."""
        self.received_events += found.received_events
        self.receipts += found.receipts
        self.error = self.error or found.error

    def note_sent(self, references: tuple[str, ...]) -> None:
        """Add references, each once."""
        self.sent += [name for name in references if name not in self.sent]

    def report(self, waits: tuple[Wait, ...], unread_events: int = 0) -> CycleReport:
        """Return the finished report."""
        return CycleReport(
            tuple(self.sent), self.received_events, tuple(self.receipts), waits,
            self.error, self.next_attempt_at, unread_events,
            self.hold.reason if self.hold else "", self.hold.until if self.hold else None,
        )  # fmt: skip
