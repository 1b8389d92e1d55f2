"""The sending panel's facts, put together from the store and the transfer under way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from app.domain.sending import LinkState, SendingStatus
from app.errors import AppError
from app.storage import contact, courier, packs, sending
from app.storage.store import Store
from app.sync.reports import CycleReport

#: Before anything is known.
UNKNOWN = SendingStatus(
    link="never_tried",
    is_enrolled=False,
    waiting_count=0,
    waiting_bytes=0,
    set_aside_count=0,
    sent_bytes=0,
    pack_bytes=0,
    sending_references=(),
    speed_bytes_per_s=0.0,
    remaining_s=None,
    last_contact_at=None,
    next_attempt_at=None,
    last_error="",
    is_busy=False,
)
_LINK_OF: Mapping[str, LinkState] = {
    "office_away": "away",
    "link_stalled": "away",
    "captive_portal": "captive_portal",
    "wrong_certificate": "wrong_certificate",
    "clock_wrong": "clock_wrong",
    "wrong_office": "wrong_office",
    "office_full": "full",
}
#: With these nobody asked the network anything.
_UNTRIED = frozenset({"certificates_unreadable"})


def at_rest(
    store: Store, before: SendingStatus, next_attempt_at: datetime | None, *, is_busy: bool
) -> SendingStatus:
    """Return the facts of the store, link and last error as they were known."""
    with store.read() as session:
        office = contact.read_contact(session)
        outbox = sending.totals(session)
        _, held_bytes, _ = packs.packs_open(session)
        speed = sending.speed_bytes_per_s(session)
        on_sticks = courier.carried(session)
    waiting_bytes = max(0, outbox.waiting_bytes - held_bytes)
    return msgspec.structs.replace(
        before,
        is_enrolled=office is not None,
        waiting_count=outbox.waiting_count,
        waiting_bytes=waiting_bytes,
        set_aside_count=outbox.set_aside_count,
        sent_bytes=0,
        pack_bytes=0,
        sending_references=(),
        speed_bytes_per_s=speed,
        remaining_s=waiting_bytes / speed if speed else None,
        last_contact_at=office.last_contact_at if office else None,
        next_attempt_at=next_attempt_at,
        is_busy=is_busy,
        carried_count=on_sticks.count,
        carried_since=on_sticks.since,
    )


def waiting_beside(store: Store, pack_bytes: int) -> int:
    """Return how many bytes wait that are not in the pack under way."""
    with store.read() as session:
        return max(0, sending.totals(session).waiting_bytes - pack_bytes)


def broken(
    before: SendingStatus, error: Exception, next_attempt_at: datetime | None
) -> SendingStatus:
    """Return what is known when a cycle did not come to its report: why, and when the next is."""
    return msgspec.structs.replace(
        before,
        last_error=error.code if isinstance(error, AppError) else "unexpected",
        next_attempt_at=next_attempt_at,
        is_busy=False,
    )


def after(report: CycleReport, before: SendingStatus) -> SendingStatus:
    """Return what a cycle taught of the link."""
    if report.error == "not_enrolled":
        return msgspec.structs.replace(before, last_error="")
    # An office that says more than this program understands is no failure, and must be told.
    outdated = "program_outdated" if report.unread_events else ""
    link = _LINK_OF.get(report.error or "", "working")
    if report.error in _UNTRIED:
        link = before.link
    return msgspec.structs.replace(
        before,
        link=link,
        last_error=report.error or outdated,
        held_reason=report.held_reason,
        held_until=report.held_until,
    )
