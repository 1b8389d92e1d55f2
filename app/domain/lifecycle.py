"""The life of an application as two tables and one guard.

The kiosk decides its own states; the office decides the others and tells them in events.
``docs/sync.md`` holds the diagram generated from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import BugError

DRAFT = "draft"
FINALIZED = "finalized"
SENDING = "sending"
RECEIVED = "received"
NEEDS_ATTENTION = "needs_attention"

#: What the kiosk may do with an application, state to next states. ``received`` goes back to
#: ``draft`` when the office returns the application and the applicant opens it for correction.
KIOSK_STATES: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({FINALIZED}),
    FINALIZED: frozenset({SENDING, RECEIVED, NEEDS_ATTENTION, DRAFT}),
    SENDING: frozenset({RECEIVED, NEEDS_ATTENTION, FINALIZED}),
    RECEIVED: frozenset({DRAFT, NEEDS_ATTENTION}),
    NEEDS_ATTENTION: frozenset({DRAFT, FINALIZED, RECEIVED}),
}

#: What the office may do, state to next states; the states of a later life are reached from
#: ``accepted`` on. Papers that a review or examination accepts once more after the interview are
#: ``attended`` again: the fee is paid, and the applicant came.
OFFICE_STATES: Mapping[str, frozenset[str]] = {
    "received": frozenset(
        {"in_review", "returned", "accepted", "attended", "rejected", "withdrawn", "cancelled"}
    ),
    "in_review": frozenset(
        {
            "received",
            "returned",
            "accepted",
            "attended",
            "rejected",
            "suspended",
            "under_examination",
            "withdrawn",
            "cancelled",
        }
    ),
    "returned": frozenset({"received", "cancelled", "withdrawn"}),
    "accepted": frozenset(
        {"awaiting_payment", "paid", "under_examination", "cancelled", "withdrawn"}
    ),
    "awaiting_payment": frozenset({"paid", "payment_expired", "cancelled", "withdrawn"}),
    "payment_expired": frozenset({"awaiting_payment", "paid", "cancelled", "withdrawn"}),
    "paid": frozenset({"scheduled", "cancelled"}),
    "scheduled": frozenset({"attended", "scheduled", "cancelled"}),
    "attended": frozenset({"adjudication", "suspended", "under_examination", "rejected"}),
    "adjudication": frozenset({"printing", "suspended", "under_examination", "rejected"}),
    "suspended": frozenset({"in_review", "adjudication", "rejected", "cancelled"}),
    "under_examination": frozenset(
        {"in_review", "accepted", "attended", "adjudication", "suspended", "rejected"}
    ),
    "printing": frozenset({"ready"}),
    "ready": frozenset({"handed_over", "cancelled"}),
    "handed_over": frozenset(),
    "rejected": frozenset(),
    "cancelled": frozenset(),
    "withdrawn": frozenset(),
}


def next_state(table: Mapping[str, frozenset[str]], current: str, wanted: str) -> str:
    """Return ``wanted`` if the table allows it from ``current``.

    Raises:
        BugError: ``state_not_allowed``; a caller should have asked ``may_become`` before
            offering it.
    """
    if not may_become(table, current, wanted):
        raise BugError("state_not_allowed", current=current, wanted=wanted)
    return wanted


def may_become(table: Mapping[str, frozenset[str]], current: str, wanted: str) -> bool:
    """Tell whether the table allows the step."""
    return wanted in table.get(current, frozenset())
