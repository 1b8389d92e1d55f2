"""Backups of the kiosk: where they go, when one is due, how it is made and put back.

Never decides what is in one; ``app.storage.backup`` does.
"""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from app.alone import only_one
from app.domain.clock import Clock
from app.domain.words import WIB
from app.errors import AppError, LocalFault
from app.security.durable import write_private
from app.security.key_store import (
    KEY_FILE,
    NAME_FILE,
    KeyRing,
    StoreKey,
    keep_key,
    key_in_ring,
    known_key,
)
from app.services.kiosk import Kiosk
from app.services.settings import read_setting, write_setting
from app.storage import restoring
from app.storage.backup import (
    RECOVERY_FILE,
    BackupNote,
    TellsProgress,
    Wanted,
    back_up,
    find_backup,
    is_folder,
)
from app.storage.backup import BackupReport as BackupReport
from app.storage.faults import as_faults
from app.storage.restoring import Restored
from app.storage.store import key_mark

_log = logging.getLogger(__name__)
#: Lies beside the store: it must be found when the store cannot be opened.
LAST_FILE = "backup-last.json"
_LOCK_FILE = "backup.lock"
_FOLDER = "backup.folder"
_RECOVERY = "backup.recovery"
_CHOSEN_AT = "backup.chosen_at"
_FAILED = "backup.failed"
#: The chosen folder lay on another disk than the store when it was chosen.
_IS_OTHER_DISK = "backup.is_other_disk"
_MOST_RECOVERY_BYTES = 4096
#: At night nobody waits; a kiosk that is off at night makes its backup by day.
_NIGHT = range(0, 5)
_OFTEN_ENOUGH = timedelta(hours=20)
_TOO_OLD = timedelta(hours=26)
#: A stick reads twenty megabytes a second: all of a large kiosk, in one night of seven.
_READ_AGAIN_AFTER = timedelta(days=7)


class LastBackup(msgspec.Struct, frozen=True):
    """The last backup that was whole."""

    folder: str
    made_at: datetime
    files: int
    missing: int
    #: Backups from before a restore that lie there too and hold what this one does not.
    kept: tuple[str, ...] = ()
    #: When every file in it was last read again, and which were whole neither there nor here.
    read_at: datetime | None = None
    lacking: tuple[str, ...] = ()


class BackupStatus(msgspec.Struct, frozen=True):
    """What an operator sees of backups."""

    #: Empty when none was chosen.
    folder: str
    #: The disk or stick is there now.
    is_there: bool
    last: LastBackup | None
    has_recovery_code: bool
    #: Code of what the last one in the chosen folder failed of; empty when it did not.
    failed: str = ""


class Backups:
    """Makes backups of one open kiosk; may be used from every thread.

    Args:
        kiosk: the parts.
        key: of its store.
    """

    def __init__(self, kiosk: Kiosk, key: StoreKey) -> None:
        self._kiosk = kiosk
        self._key = key
        self._making = threading.Lock()

    def status(self) -> BackupStatus:
        """Return what an operator sees."""
        folder = read_setting(self._kiosk, _FOLDER, "")
        return BackupStatus(
            folder,
            bool(folder) and self._is_there(Path(folder)),
            read_last(self._kiosk.store.folder),
            bool(read_setting(self._kiosk, _RECOVERY, "")),
            read_setting(self._kiosk, _FAILED, ""),
        )

    def choose(self, folder: Path) -> None:
        """Make backups there from now on.

        Raises:
            LocalFault: ``backup_away`` when it is no folder; ``backup_inside`` when it lies in the
                kiosk's own, whose disk it would share.
        """
        if not is_folder(folder):
            raise LocalFault("backup_away")
        _refuse_inside(folder, self._kiosk.store.folder)
        write_setting(self._kiosk, _CHOSEN_AT, self._kiosk.clock.now().isoformat())
        write_setting(self._kiosk, _FAILED, "")
        is_other = _is_other_disk(folder, self._kiosk.store.folder)
        write_setting(self._kiosk, _IS_OTHER_DISK, is_other)
        write_setting(self._kiosk, _FOLDER, str(folder.resolve()))

    def make(
        self,
        to: Path | None = None,
        tell: TellsProgress = lambda done, of: None,
        *,
        is_thorough: bool = True,
    ) -> BackupReport:
        """Make a backup now; without a folder, in the chosen one.

        What is true if it dies: see ``app.storage.backup.back_up``; what is noted here is written
        last, and only tells where to look.

        Raises:
            LocalFault: ``backup_not_chosen``, ``backup_inside``, and those of ``back_up``;
                ``backup_away`` also when the folder is there, but not the disk it lay on;
                ``backup_running`` when another process makes one.
        """
        chosen = to or Path(read_setting(self._kiosk, _FOLDER, ""))
        if chosen == Path():
            raise LocalFault("backup_not_chosen")
        try:
            if to is None and not self._is_there(chosen):
                raise LocalFault("backup_away")
            with self._making:
                report = self._make(chosen, tell, is_thorough=is_thorough)
        except AppError as error:
            if to is None and error.code != "backup_running":
                self._note_failure(error.code)
            raise
        if to is None:
            self._note_failure("")
        return report

    def make_nightly(self, tell: TellsProgress = lambda done, of: None) -> BackupReport:
        """Make the one that is due; once a week every file in it is read again.

        Raises:
            LocalFault: as ``make``.
        """
        last, now = read_last(self._kiosk.store.folder), self._kiosk.clock.now()
        chosen = read_setting(self._kiosk, _FOLDER, "")
        is_of_there = last is not None and Path(last.folder).parent == Path(chosen)
        read_at = last.read_at if last is not None and is_of_there else None
        age = now - read_at if read_at is not None else None
        # Read in the future: by a clock that was wrong.
        is_recent = age is not None and timedelta(0) <= age < _READ_AGAIN_AFTER
        return self.make(tell=tell, is_thorough=not is_recent)

    def _make(self, to: Path, tell: TellsProgress, *, is_thorough: bool) -> BackupReport:
        store = self._kiosk.store
        _refuse_inside(to, store.folder)
        wanted = self._wanted(is_thorough=is_thorough)
        before = read_last(store.folder)
        if before is not None:
            wanted = msgspec.structs.replace(wanted, doubted=frozenset(before.lacking))
        # The window and a command would each remove the copy that the other has just made.
        with as_faults(store.folder), only_one(store.folder, _LOCK_FILE, "backup_running"):
            report = back_up(store, to, wanted, tell)
        read_before = before.read_at if before and before.folder == report.folder else None
        last = LastBackup(
            report.folder,
            report.made_at,
            report.files,
            report.missing,
            report.kept,
            report.made_at if is_thorough else read_before,
            report.lacking,
        )
        with as_faults(store.folder):
            write_private(store.folder / LAST_FILE, msgspec.json.encode(last))
        return report

    def _is_there(self, chosen: Path) -> bool:
        """Tell whether the chosen disk is there, and not only the folder it is mounted on."""
        if not is_folder(chosen):
            return False
        was_other = read_setting(self._kiosk, _IS_OTHER_DISK, default=False)
        return not was_other or _is_other_disk(chosen, self._kiosk.store.folder)

    def _note_failure(self, code: str) -> None:
        """Keep for the operator why there is no backup; a store that takes nothing says more."""
        with suppress(AppError):
            if read_setting(self._kiosk, _FAILED, "") != code:
                write_setting(self._kiosk, _FAILED, code)

    def new_recovery_code(self) -> str:
        """Make a code that opens the backups made from now on where this machine's key is gone.

        It is shown once and kept nowhere; one made before opens only backups made before.
        """
        # Late, here and below: starting needs no cryptography for a paper.
        from app.security.recovery import new_code, seal_key

        code = new_code(self._kiosk.dice)
        sealed = base64.b64encode(seal_key(self._key.key, code)).decode("ascii")
        write_setting(self._kiosk, _RECOVERY, sealed)
        return code

    def is_due(self) -> bool:
        """Tell whether the nightly backup should be made now."""
        folder = read_setting(self._kiosk, _FOLDER, "")
        if not folder or not self._is_there(Path(folder)):
            return False
        last, now = read_last(self._kiosk.store.folder), self._kiosk.clock.now()
        if last is None:
            return True
        age = now - last.made_at
        # A backup of the future was made before the clock was set back: its age is unknown.
        if age < timedelta(0) or age > _TOO_OLD:
            return True
        return age > _OFTEN_ENOUGH and now.astimezone(WIB).hour in _NIGHT

    def _wanted(self, *, is_thorough: bool) -> Wanted:
        with self._kiosk.store.read() as session:
            restored = restoring.read_restored(session)
        return Wanted(
            self._key.key,
            self._key_name(),
            self._recovery(),
            is_thorough=is_thorough,
            from_backup_at=restored.backup_made_at if restored else None,
            restored_at=restored.restored_at if restored else None,
        )

    def _key_name(self) -> str:
        path = self._kiosk.store.folder / NAME_FILE
        if self._key.kind != "keyring" or not path.exists():
            return ""
        with as_faults(path.parent):
            return path.read_text("ascii", errors="replace").strip()

    def _recovery(self) -> bytes:
        return base64.b64decode(read_setting(self._kiosk, _RECOVERY, ""))


def read_last(folder: Path) -> LastBackup | None:
    """Return what the kiosk's folder says of its last backup, None when nothing."""
    try:
        return msgspec.json.decode((folder / LAST_FILE).read_bytes(), type=LastBackup)
    except (OSError, msgspec.DecodeError):
        return None


def chosen_at(kiosk: Kiosk) -> datetime | None:
    """Return since when a folder is chosen, the earliest time when nobody noted it; None if none.

    Raises:
        LocalFault: the store cannot be read.
    """
    if not read_setting(kiosk, _FOLDER, ""):
        return None
    written = read_setting(kiosk, _CHOSEN_AT, "")
    return datetime.fromisoformat(written) if written else datetime.min.replace(tzinfo=UTC)


def put_back(
    folder: Path,
    place: Path,
    ring: KeyRing,
    clock: Clock,
    ask_code: Callable[[], str],
    tell: TellsProgress = lambda done, of: None,
) -> Restored:
    """Put a backup in the place of a kiosk's store.

    The key is the folder's own, or the one the machine's key ring keeps under the backup's name, or
    the one that the recovery code opens.

    What is true if it dies: see ``app.storage.restoring.restore``.

    Args:
        folder: the kiosk's; may be empty or missing.
        place: where the backup is.
        ring: the machine's key ring.
        clock: the time.
        ask_code: asks a person for the recovery code, where it is needed.
        tell: progress.

    Raises:
        LocalFault: ``kiosk_in_use``, ``backup_key_missing``, those of ``find_backup`` and
            ``restore``.
        UserError: ``recovery_code_wrong``.
    """
    found, note = find_backup(place)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with only_one(folder, "window.lock", "kiosk_in_use"):
        key, keep = _key_of(folder, found, note, ring, ask_code)
        return restoring.restore(folder, found, note, key, keep, clock, tell)


def _key_of(
    folder: Path, found: Path, note: BackupNote, ring: KeyRing, ask_code: Callable[[], str]
) -> tuple[bytes, Callable[[Path], None]]:
    """Return the backup's key, and what writes into a folder where it will be found."""
    own = [folder / name for name in (KEY_FILE, NAME_FILE) if (folder / name).exists()]
    known = known_key(folder, ring)
    if known is not None and key_mark(known.key) == note.key_mark:
        return known.key, lambda to: _copy_small(own, to)
    in_ring = key_in_ring(ring, note.key_name)
    if in_ring is not None and key_mark(in_ring) == note.key_mark:
        name = note.key_name.encode("ascii")
        return in_ring, lambda to: write_private(to / NAME_FILE, name)
    if not (found / RECOVERY_FILE).exists():
        raise LocalFault("backup_key_missing")
    from app.security.recovery import open_key

    with (found / RECOVERY_FILE).open("rb") as file:
        sealed = file.read(_MOST_RECOVERY_BYTES)
    key = open_key(sealed, ask_code())
    if key_mark(key) != note.key_mark:
        raise LocalFault("backup_torn")

    def keep(to: Path) -> None:
        keep_key(to, ring, key)

    return key, keep


def _copy_small(files: list[Path], to: Path) -> None:
    for file in files:
        write_private(to / file.name, file.read_bytes())


def _is_other_disk(folder: Path, data: Path) -> bool:
    """Tell whether two folders lie on two disks; one that does not say so is taken as the same."""
    try:
        return folder.stat().st_dev != data.stat().st_dev
    except OSError:
        return False


def _refuse_inside(folder: Path, data: Path) -> None:
    if folder.resolve().is_relative_to(data.resolve()):
        raise LocalFault("backup_inside")
