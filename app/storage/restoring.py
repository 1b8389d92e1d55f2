"""Puts a backup in the place of a kiosk's store; what was there before is moved aside, not deleted.

Never touches the store in use before the backup beside it is whole, opened and checked.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import text, update

from app.domain.clock import Clock
from app.errors import LocalFault
from app.security.durable import digest_of_file, sync_file, sync_folder, write_private
from app.storage.backup import (
    NAMED_FILES,
    BackupNote,
    TellsProgress,
    backup_faults,
    file_in,
)
from app.storage.blobs import Blobs
from app.storage.faults import as_faults
from app.storage.moving_in import (
    ASIDE_FILE,
    ASIDE_PREFIX,
    READY,
    UNFINISHED,
    move_in,
    only_restorer,
)
from app.storage.session import Session
from app.storage.settings import read_setting, write_setting
from app.storage.store import STORE_FILE, Store
from app.storage.tables import EnrolmentRow, OutboxRow

_RESTORED = "restored"
#: No capture and no record is larger.
_MOST_FILE_BYTES = 256 * 1024 * 1024
#: Numbers printed on slips since the backup must never be given again, and nobody here knows them.
#: No kiosk takes more applications than this a day.
_SERIALS_A_DAY = 100
_LEAST_SERIALS = 1000


class Restored(msgspec.Struct, frozen=True):
    """What a restored store knows of its return."""

    backup_made_at: datetime
    restored_at: datetime
    #: Files that neither the backup nor the folder held whole.
    missing: int
    #: References that will never be given.
    skipped_serials: int


def restore(
    folder: Path,
    backup: Path,
    note: BackupNote,
    key: bytes,
    keep_key: Callable[[Path], None],
    clock: Clock,
    tell: TellsProgress = lambda done, of: None,
) -> Restored:
    """Put a backup in place; nothing may have the store open.

    What is true if it dies after each step:

    1. An unfinished copy in a folder of its own: the store is as before, the next start or try
       removes it.
    2. The copy is whole, opened, brought to this program's tables, checked and marked; its folder
       has its final name. From here every start of the program finishes what follows.
    3. The old store and its files lie aside, under a name with the day.
    4. The restored store is in place.

    Args:
        folder: the kiosk's data folder; made when absent.
        backup: as found.
        note: its note.
        key: opens it.
        keep_key: writes into a folder where the key will be found.
        clock: the time.
        tell: progress.

    Raises:
        LocalFault: ``restore_under_way``, ``backup_torn``, ``backup_failed``, ``store_newer``,
            ``disk_full``, ...
    """
    with as_faults(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with only_restorer(folder):
            move_in(folder)
            try:
                restored = _copy(folder, backup, note, key, keep_key, clock, tell)
            except BaseException:
                # What found no room here would keep the disk full for the kiosk that was well.
                shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
                raise
            move_in(folder)
    return restored


def _copy(
    folder: Path,
    backup: Path,
    note: BackupNote,
    key: bytes,
    keep_key: Callable[[Path], None],
    clock: Clock,
    tell: TellsProgress,
) -> Restored:
    """Make the checked copy that the next ``move_in`` puts in place."""
    unfinished = folder / UNFINISHED
    with as_faults(folder):
        unfinished.mkdir(mode=0o700)
    with backup_faults(backup):
        if digest_of_file(backup / note.store) != note.store_digest:
            raise LocalFault("backup_torn")
    with as_faults(folder):
        shutil.copyfile(backup / note.store, unfinished / STORE_FILE)
        sync_file(unfinished / STORE_FILE)
        keep_key(unfinished)
    restored = _check_and_mark(folder, backup, note, key, clock, tell)
    with as_faults(folder):
        # A clock may say the same twice; a folder that is there already must not be moved into.
        stamp = f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        write_private(unfinished / ASIDE_FILE, f"{ASIDE_PREFIX}{stamp}".encode())
        unfinished.rename(folder / READY)
        sync_folder(folder)
    return restored


def read_restored(session: Session) -> Restored | None:
    """Return what is known of the last restore, None when there was none."""
    written = read_setting(session, _RESTORED)
    return msgspec.json.decode(written, type=Restored) if written else None


def _check_and_mark(
    folder: Path, backup: Path, note: BackupNote, key: bytes, clock: Clock, tell: TellsProgress
) -> Restored:
    store = Store.open(folder / UNFINISHED, key, clock)
    try:
        with store.read() as session:
            if session.execute(text("PRAGMA quick_check(1)")).scalar_one() != "ok":
                raise LocalFault("backup_torn")
            named = sorted(session.execute(text(NAMED_FILES)).scalars())
        missing = _take_files(store, folder, backup, named, tell)
        with store.write() as session:
            skipped = _skip_serials(session, clock.now() - note.made_at)
            # What waited for a later attempt waited for a road of long ago.
            session.execute(update(OutboxRow).values(next_attempt_at=None))
            restored = Restored(note.made_at, clock.now(), missing, skipped)
            write_setting(session, _RESTORED, msgspec.json.encode(restored).decode())
    finally:
        store.close()
    return restored


def _take_files(
    store: Store, folder: Path, backup: Path, named: list[str], tell: TellsProgress
) -> int:
    """Take each file from the backup, or else from the folder that is being replaced."""
    replaced = Blobs(folder / "blobs") if (folder / "blobs").is_dir() else None
    missing = 0
    for done, digest in enumerate(named, start=1):
        content = _file_of(backup, digest)
        if content is None and replaced is not None:
            try:
                content = replaced.read(digest)
            except LocalFault:
                content = None
        if content is None:
            missing += 1
        else:
            store.blobs.put(content)
        tell(done, len(named))
    return missing


def _file_of(backup: Path, digest: str) -> bytes | None:
    path = file_in(backup, digest)
    try:
        is_ours = path.stat().st_size <= _MOST_FILE_BYTES and digest_of_file(path) == digest
        return path.read_bytes() if is_ours else None
    except OSError:
        # A rotten place of a stick costs one file, not the backup.
        return None


def _skip_serials(session: Session, age: timedelta) -> int:
    """Give no number that a slip may bear which was printed after the backup."""
    row = session.get(EnrolmentRow, 1)
    if row is None:
        return 0
    days = max(0, age.days) + 1
    wanted = max(_LEAST_SERIALS, _SERIALS_A_DAY * days)
    left = row.last_serial - row.next_serial + 1
    # A clock that is years off must not use up the block; what the office received is skipped too.
    row.next_serial += (skipped := min(wanted, left // 2))
    return skipped
