"""Puts the sending status into words: stored, being sent, and nothing without a receipt.

Pure: shows nothing itself and asks nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domain.sending import SendingStatus
from app.domain.words import Words
from app.errors import AppError
from app.ui.operator.courier_words import counted
from app.ui.operator.moments import near
from app.ui.truth import duration_words, sending_words

TruthKind = Literal["none", "stored", "sending"]


@dataclass(frozen=True)
class Truth:
    """What may be said of everything that has no receipt yet."""

    kind: TruthKind
    title: str
    detail: str
    #: 0 to 1000 while a pack is on its way, else None.
    progress: int | None = None


def truth(words: Words, status: SendingStatus) -> Truth:
    """Return the one line at the top of the panel."""
    if status.is_busy and status.pack_bytes:
        progress = min(1000, status.sent_bytes * 1000 // status.pack_bytes)
        title = sending_words(words, status)
        return Truth("sending", title, words("operator.sending.sending_detail"), progress)
    if status.waiting_count:
        return Truth(
            "stored",
            _counted(words, "operator.sending.stored", status),
            words("operator.sending.stored_detail"),
        )
    return Truth("none", words("operator.sending.none"), words("operator.sending.none_detail"))


def facts(words: Words, status: SendingStatus, now: datetime) -> tuple[tuple[str, str, str], ...]:
    """Return the rows of the panel: name, label, value."""
    waiting = words("operator.sending.waiting_none")
    if status.waiting_count:
        waiting = _counted(words, "operator.sending.waiting", status)
    speed = words("operator.sending.speed_unknown")
    if status.speed_bytes_per_s > 0:
        size = words.size(round(status.speed_bytes_per_s))
        speed = words("operator.sending.speed_value", size=size)
    rows = [
        ("link", link(words, status)),
        ("last_contact", last_contact(words, status, now)),
        ("next", next_try(words, status, now)),
        ("waiting", waiting),
        ("speed", speed),
    ]
    if status.waiting_count:
        left = words("operator.sending.remaining_unknown")
        if status.remaining_s is not None:
            left = duration_words(words, status.remaining_s)
        rows.append(("remaining", left))
    if status.held_reason and status.held_until:
        until = near(words, status.held_until, now)
        rows.append(("held", words(f"operator.sending.held_{status.held_reason}", until=until)))
    shown = [(name, words(f"operator.sending.{name}"), value) for name, value in rows]
    if status.carried_count and status.carried_since:
        since = words.moment(status.carried_since)
        value = counted(words, "courier.on_stick", status.carried_count, since=since)
        shown.append(("on_stick", words("courier.on_stick"), value))
    return tuple(shown)


def link(words: Words, status: SendingStatus) -> str:
    """Return what the road looks like, judged by the last real request."""
    return words(f"sending.link.{status.link}")


def last_contact(words: Words, status: SendingStatus, now: datetime) -> str:
    """Return when the office last answered."""
    if status.last_contact_at is None:
        return words("operator.sending.last_contact_never")
    return near(words, status.last_contact_at, now)


def next_try(words: Words, status: SendingStatus, now: datetime) -> str:
    """Return when the kiosk tries again by itself."""
    if status.is_busy:
        return words("operator.sending.next_now")
    if status.next_attempt_at is None:
        return words("operator.sending.next_none")
    if status.next_attempt_at <= now:
        return words("operator.sending.next_soon")
    return near(words, status.next_attempt_at, now)


def error_of(words: Words, code: str) -> tuple[str, str]:
    """Return a stored error's words; the values it once came with are not stored with its code."""
    title, detail = words.error(AppError(code))
    if "{" in title + detail:
        return words("errors.unknown.title"), words("errors.unknown.detail", code=code)
    return title, detail


def _counted(words: Words, key: str, status: SendingStatus) -> str:
    size = words.size(status.waiting_bytes)
    if status.waiting_count == 1:
        return words(f"{key}_one", size=size)
    return words(f"{key}_many", count=status.waiting_count, size=size)
