"""The doctor: looks at folder, key, store, clock, enrolment and imaging; says what is not well.

Never changes anything but by opening the store, and finds no fault too bad to report.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from app import __version__
from app.domain.clock import Clock
from app.domain.words import WIB
from app.errors import AppError
from app.security.key_store import StoreKey
from app.services.backing_up import read_last
from app.services.room import LEAST_FREE_BYTES
from app.storage.forgotten import forgotten
from app.storage.health import StoreHealth, look
from app.storage.moving_in import stores_aside
from app.storage.restoring import read_restored
from app.storage.session import Session
from app.storage.store import Store

State = Literal["well", "weak", "broken"]
#: A day of scanning at a busy kiosk needs about 100 MB.
_LITTLE_SPACE_BYTES = 1_000_000_000
_FEW_SERIALS = 100
_WRONG_CLOCK_S = 600.0
_OLD_BACKUP_DAYS = 3
#: The first of them show what to ask the office for.
_MOST_REFERENCES = 10


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at; its words are ``doctor.<code>``."""

    code: str
    state: State
    params: dict[str, str | int] = {}


class DoctorReport(msgspec.Struct, frozen=True):
    """Everything found; ``is_well`` when nothing is broken."""

    is_well: bool
    version: str
    folder: str
    findings: tuple[Finding, ...]


def examine(
    folder: Path,
    clock: Clock,
    find_key: Callable[[], StoreKey],
    catalogue_version: Callable[[], str],
    can_read_papers: Callable[[], bool] | None = None,
) -> DoctorReport:
    """Look at everything; a part that fails becomes a finding, the others are still looked at.

    Args:
        folder: the kiosk's.
        clock: the time.
        find_key: gets the store's key.
        catalogue_version: reads the shipped catalogue.
        can_read_papers: has an imaging worker take a page through every step, and tells whether it
            read it; None when nobody asks.
    """
    findings = [_space(folder)]
    findings += _guarded(lambda: [Finding("catalogue", "well", {"version": catalogue_version()})])
    in_store = _guarded(lambda: _key_and_store(folder, clock, find_key()))
    findings += in_store
    findings += _backup(folder, clock, is_needed=any(one.state == "broken" for one in in_store))
    if can_read_papers:
        findings += _guarded(lambda: [_imaging(can_read_papers())])
    is_well = all(finding.state != "broken" for finding in findings)
    return DoctorReport(is_well, __version__, str(folder), tuple(findings))


def _backup(folder: Path, clock: Clock, *, is_needed: bool) -> list[Finding]:
    """Say how old the last backup is; where the store is not well, that it helps."""
    last = read_last(folder)
    if last is None:
        return [Finding("backup_none", "weak")]
    days = max(0, (clock.now() - last.made_at).days)
    shown: dict[str, str | int] = {"days": days, "folder": last.folder}
    if is_needed:
        return [Finding("backup_helps", "weak", shown)]
    aside = [Finding("store_aside", "weak", {"folder": path.name}) for path in stores_aside(folder)]
    return [Finding("backup", "weak" if days > _OLD_BACKUP_DAYS else "well", shown), *aside]


def _restored(session: Session) -> list[Finding]:
    """Say that the store was put back, and what only the office has since."""
    found: list[Finding] = []
    if restored := read_restored(session):
        made_at = restored.backup_made_at.astimezone(WIB).date().isoformat()
        found.append(Finding("restored", "well", {"made_at": made_at}))
    if lost := forgotten(session):
        references = ", ".join(one.reference or "?" for one in lost[:_MOST_REFERENCES])
        found.append(Finding("forgotten", "weak", {"count": len(lost), "references": references}))
    return found


def _imaging(can_read_papers: bool) -> Finding:
    if can_read_papers:
        return Finding("imaging", "well")
    return Finding("imaging_without_reading", "weak")


def _space(folder: Path) -> Finding:
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    state: State = "well"
    if free < _LITTLE_SPACE_BYTES:
        state = "broken" if free < LEAST_FREE_BYTES else "weak"
    return Finding("space", state, {"megabytes": free // 1_000_000})


def _guarded(part: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return part()
    except AppError as error:
        return [Finding("fault", "broken", {"code": error.code})]


def _key_and_store(folder: Path, clock: Clock, key: StoreKey) -> list[Finding]:
    findings = [Finding(f"key_{key.kind}", "well" if key.kind == "keyring" else "weak")]
    store = Store.open(folder, key.key, clock)
    try:
        with store.read() as session:
            health = look(session)
            restored = _restored(session)
    finally:
        store.close()
    damage: State = "broken" if health.damages else "well"
    findings.append(
        Finding(
            "store_damaged" if health.damages else "store",
            damage,
            {"applications": health.applications},
        )
    )
    findings.append(_outbox(health))
    findings.append(_clock(health, clock))
    findings.append(_enrolment(health))
    findings += restored
    if health.unread_events:
        findings.append(Finding("program_outdated", "weak", {"count": health.unread_events}))
    return findings


def _outbox(health: StoreHealth) -> Finding:
    state: State = "weak" if health.set_aside else "well"
    return Finding("outbox", state, {"waiting": health.waiting, "set_aside": health.set_aside})


def _clock(health: StoreHealth, clock: Clock) -> Finding:
    went_back = health.newest_at is not None and clock.now() < health.newest_at
    if went_back or abs(health.clock_offset_s) > _WRONG_CLOCK_S:
        return Finding("clock_wrong", "weak", {"seconds": round(health.clock_offset_s)})
    return Finding("clock", "well")


def _enrolment(health: StoreHealth) -> Finding:
    if not health.device_code:
        return Finding("not_enrolled", "weak")
    state: State = "weak" if health.serials_left < _FEW_SERIALS else "well"
    shown: dict[str, str | int] = {
        "office": health.office_name,
        "device": health.device_code,
        "serials": health.serials_left,
    }
    return Finding("enrolment", state, shown)
