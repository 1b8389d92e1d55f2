"""Looks after the store in the background: whether it is whole and backed up; tells the operator.

Never mends anything by itself: a damaged store is put back from its backup by a person.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from app.errors import AppError, LocalFault
from app.security.durable import write_private
from app.services.backing_up import Backups, chosen_at, read_last
from app.services.kiosk import Kiosk
from app.storage.faults import as_faults
from app.storage.forgotten import forgotten
from app.storage.health import damages

_log = logging.getLogger(__name__)
#: Lies beside the store, which may be too damaged to write in.
CHECK_FILE = "store-check.json"
_OLD_BACKUP = timedelta(days=3)
#: Further ahead, and what a clock said once would keep the operator from being told.
_MOST_AHEAD = timedelta(days=1)
_LOOK_EVERY_S = 900.0
#: Reading every page of a large store takes a second: not while the first screens are drawn.
_FIRST_LOOK_AFTER_S = 180.0


class StoreCheck(msgspec.Struct, frozen=True):
    """What the last look at every page of the store found."""

    checked_at: datetime
    is_whole: bool


class Concern(msgspec.Struct, frozen=True):
    """Something the operator must know; its words are ``upkeep.<code>``."""

    code: str
    params: dict[str, str | int] = {}


_AHEAD = Concern("backup_ahead")


class Upkeep:
    """The thread that checks the store after each start and makes the backup that is due.

    Args:
        kiosk: the parts.
        backups: makes them.
        first_look_after_s: quiet after the start.
        look_every_s: quiet between two rounds.
    """

    def __init__(
        self,
        kiosk: Kiosk,
        backups: Backups,
        first_look_after_s: float = _FIRST_LOOK_AFTER_S,
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:
        self._kiosk = kiosk
        self._backups = backups
        self._first_look_after_s = first_look_after_s
        self._look_every_s = look_every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin; called once."""
        self._thread.start()

    def stop(self, deadline_s: float) -> bool:
        """End; False when a backup under way did not end in time: it may be left at any point."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        if self._stop.wait(self._first_look_after_s):
            return
        self._do("the store was not checked", lambda: check_store(self._kiosk))
        while not self._stop.is_set():
            self._do("no backup", self._back_up)
            self._stop.wait(self._look_every_s)

    def _do(self, said_when_it_fails: str, work: Callable[[], object]) -> None:
        try:
            work()
        except _Ended:
            _log.info("a backup was broken off: the program ends")
        except AppError as error:
            _log.warning("%s: %s", said_when_it_fails, error)
        except Exception:  # the top of this thread's own loop: backups must go on
            _log.exception(said_when_it_fails)

    def _back_up(self) -> None:
        if self._backups.is_due():
            report = self._backups.make_nightly(self._end_early)
            _log.info("backup made: %d files, %d new", report.files, report.copied)

    def _end_early(self, _done: int, _of: int) -> None:
        if self._stop.is_set():
            raise _Ended


class _Ended(Exception):
    """The program ends; a backup is left as by a power cut."""


def check_store(kiosk: Kiosk) -> StoreCheck:
    """Read every page of the store and note beside it whether all are whole."""
    try:
        with kiosk.store.read() as session:
            is_whole = not damages(session)
    except LocalFault as fault:
        if fault.code != "store_torn":
            raise
        is_whole = False
    if not is_whole:
        _log.error("the store is damaged: put its backup back")
    found = StoreCheck(kiosk.clock.now(), is_whole)
    with as_faults(kiosk.store.folder):
        write_private(kiosk.store.folder / CHECK_FILE, msgspec.json.encode(found))
    return found


def concerns(kiosk: Kiosk) -> tuple[Concern, ...]:
    """Return what the operator must know of the store, the most urgent first."""
    found: list[Concern] = []
    checked = _last_check(kiosk.store.folder)
    is_whole = checked is None or checked.is_whole
    lost = 0
    try:
        with kiosk.store.read() as session:
            lost = len(forgotten(session))
    except LocalFault as fault:
        if fault.code != "store_torn":
            raise
        is_whole = False
    if not is_whole:
        found.append(Concern("store_damaged"))
    if lost:
        found.append(Concern("forgotten", {"count": lost}))
    found += _of_backups(kiosk)
    return tuple(found)


def _of_backups(kiosk: Kiosk) -> list[Concern]:
    found: list[Concern] = []
    last, now = read_last(kiosk.store.folder), kiosk.clock.now()
    if last is None:
        if (since := _chosen_at(kiosk)) is not None and not _is_recent(now - since):
            found.append(Concern("backup_never"))
    elif not _is_recent(age := now - last.made_at):
        is_old = age > _OLD_BACKUP
        found.append(Concern("backup_old", {"days": age.days}) if is_old else _AHEAD)
    if last is not None and last.kept:
        found.append(Concern("backup_kept"))
    return found


def _is_recent(age: timedelta) -> bool:
    return -_MOST_AHEAD <= age <= _OLD_BACKUP


def _chosen_at(kiosk: Kiosk) -> datetime | None:
    """Return it; a store that is too damaged to say it is a concern of its own."""
    try:
        return chosen_at(kiosk)
    except LocalFault as fault:
        if fault.code != "store_torn":
            raise
        return None


def _last_check(folder: Path) -> StoreCheck | None:
    try:
        return msgspec.json.decode((folder / CHECK_FILE).read_bytes(), type=StoreCheck)
    except (OSError, msgspec.DecodeError):
        return None
