"""Puts what the courier does and did into words; shows nothing itself and asks nobody."""

from __future__ import annotations

from app.domain.courier import CourierProgress, Drive, Exchanged, OnStick, Waits
from app.domain.words import Words
from app.errors import AppError

_GIGABYTE = 1_000_000_000


def counted(words: Words, key: str, count: int, **values: str) -> str:
    """Return a text that counts; a single thing has words of its own."""
    if count == 1:
        return words(f"{key}_one", **values)
    return words(f"{key}_many", count=count, **values)


def on_the_road(words: Words, waits: Waits) -> str:
    """Return what is on sticks and has no receipt; empty when nothing is."""
    if not waits.carried_count or waits.carried_since is None:
        return ""
    since = words.moment(waits.carried_since)
    return counted(words, "courier.on_stick", waits.carried_count, since=since)


def room(words: Words, drive: Drive) -> str:
    """Return what is free on a stick; empty where its driver does not say."""
    if drive.free_bytes is None:
        return ""
    free = words.size(drive.free_bytes)
    if drive.free_bytes >= _GIGABYTE:
        size = f"{drive.free_bytes / _GIGABYTE:.1f}"
        size = size.replace(".", ",") if words.language == "id" else size
        free = words("courier.gigabytes", size=size)
    return words("courier.drive", free=free)


def plan(words: Words, waits: Waits, found: OnStick) -> tuple[str, ...]:
    """Return what a stay of this stick will do, in order."""
    lines = []
    if found.answers:
        lines.append(counted(words, "courier.answers", found.answers))
    if waits.count:
        size = words.size(waits.size_bytes)
        lines.append(counted(words, "courier.waits", waits.count, size=size))
    else:
        lines.append(words("courier.waits_none"))
    if found.to_give:
        lines.append(counted(words, "courier.give", found.to_give))
    return tuple(lines)


def amount(words: Words, progress: CourierProgress) -> str:
    """Return how far a step is, in bytes."""
    done, whole = words.size(progress.done_bytes), words.size(progress.all_bytes)
    return words("courier.amount", done=done, all=whole)


def done(words: Words, exchanged: Exchanged) -> tuple[str, ...]:
    """Return what came of a stay, best news first."""
    written, read = exchanged.written, exchanged.read
    lines = []
    if read.received:
        lines.append(counted(words, "courier.received", len(read.received)))
    if read.events:
        lines.append(words("courier.events", count=read.events))
    if written.references:
        lines.append(counted(words, "courier.wrote", len(written.references)))
    if exchanged.taken:
        lines.append(words("courier.taken", count=exchanged.taken))
    if exchanged.given:
        lines.append(words("courier.given", count=exchanged.given))
    return tuple(lines)


def stayed_behind(words: Words, exchanged: Exchanged) -> tuple[str, ...]:
    """Return what did not go well, each with its reason."""
    lines = []
    if exchanged.written.left_bytes:
        lines.append(words("courier.left", size=words.size(exchanged.written.left_bytes)))
    for one in exchanged.written.left_out:
        reason = words.error(AppError(one.code))[0]
        lines.append(words("courier.left_out", reference=one.reference, reason=reason))
    for file in exchanged.wrong:
        reason = words.error(AppError(file.code))[0]
        lines.append(words("courier.wrong", name=file.name, reason=reason))
    return tuple(lines)
