"""Copies the store and its files into a folder, on another disk or a stick, and keeps them there.

Never leaves half a backup: until the note names the new copy, the one before is the backup. Nothing
is there in clear, and no key.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec
import sqlcipher3.dbapi2 as driver

from app.errors import LocalFault
from app.security.durable import (
    dropped_when_it_fails,
    sync_file,
    write_private,
    write_whole,
)
from app.storage.connecting import connect
from app.storage.copying import copy_store, digest_on_disk, read_back
from app.storage.faults import as_faults
from app.storage.store import Store, key_mark

NOTE_FILE = "backup.json"
RECOVERY_FILE = "recovery.key"
FORMAT = 1
_PREFIX = "loket-"
#: A backup that a restored kiosk found there, below its own; the files of both lie together.
_KEPT_PREFIX = "before-restore-"
_STORE_NAME = re.compile(r"store-[0-9a-f]{16}\.db")
_MOST_NOTE_BYTES = 64 * 1024
#: What the faults of a disk are called when it is the backup's.
_ON_BACKUP = {
    "disk_full": "backup_full",
    "disk_read_only": "backup_failed",
    "disk_failing": "backup_failed",
    "store_unreachable": "backup_failed",
}
#: Every file that a row of the store still needs.
NAMED_FILES = (
    "SELECT digest FROM records WHERE NOT is_purged"
    " UNION SELECT blob_digest FROM pages WHERE NOT is_purged"
    " UNION SELECT original_digest FROM pages WHERE NOT is_purged AND original_digest <> ''"
    " UNION SELECT encoded_digest FROM pages WHERE NOT is_purged AND encoded_digest <> ''"
)

#: Told how far a backup or a restore is: files done, files in all.
TellsProgress = Callable[[int, int], None]


class BackupNote(msgspec.Struct, frozen=True):
    """What lies in a backup's folder; nothing secret, nothing personal."""

    format: int
    #: Name of the copied store, and the SHA-256 of the file.
    store: str
    store_digest: str
    #: Knows the store's key again, see ``app.storage.store``.
    key_mark: str
    #: Under which name the machine's key ring keeps the key; empty when it does not.
    key_name: str
    made_at: datetime
    files: int
    #: When the store was last put back, None when never: two that differ went different ways.
    restored_at: datetime | None = None


class BackupReport(msgspec.Struct, frozen=True):
    """What a backup did."""

    folder: str
    made_at: datetime
    files: int
    copied: int
    #: Files that the store names and that are whole neither on the kiosk nor in the backup.
    missing: int
    has_recovery_code: bool
    #: Their digests.
    lacking: tuple[str, ...] = ()
    #: Folders of backups from before a restore that are newer than what was put back.
    kept: tuple[str, ...] = ()


class Wanted(msgspec.Struct, frozen=True):
    """What a backup is made of beside the store."""

    key: bytes
    key_name: str
    #: The key sealed with a recovery code; empty when nobody made one.
    recovery: bytes
    #: Files that are there already are read again; without, only their sizes are compared.
    is_thorough: bool = True
    #: Files that are read again in any case.
    doubted: frozenset[str] = frozenset()
    #: Of the store's last restore: when the backup was made that was put back, and when it was.
    from_backup_at: datetime | None = None
    restored_at: datetime | None = None


def back_up(
    store: Store, to: Path, wanted: Wanted, tell: TellsProgress = lambda done, of: None
) -> BackupReport:
    """Make or renew the backup of one store below ``to``, while the store is in use.

    What is true if it dies, or the stick is pulled, after each step:

    1. What an earlier death left is gone; the backup before is whole.
    2. The store's copy is whole under a name of its own; nothing names it: it is dropped when this
       backup fails, and by the next one after a death.
    3. The files it needs are there, each whole under its digest; so are those of the one before.
       After a restore, a newer backup that is there was copied aside, its note last.
    4. The note names the new copy: from here this is the backup.
    5. The copy before, and files that nothing names any more, are gone; else the next backup
       removes them.

    Args:
        store: of the kiosk.
        to: a folder that exists; several kiosks may share it.
        wanted: what else goes in.
        tell: progress.

    Raises:
        LocalFault: ``backup_away`` when the folder is not there, ``backup_full``,
            ``backup_failed``; ``store_torn`` when the kiosk's own store cannot be read whole.
    """
    if not is_folder(to):
        raise LocalFault("backup_away")
    mark = key_mark(wanted.key)
    folder = to / f"{_PREFIX}{mark[:8]}"
    made_at = store.clock.now()
    with backup_faults(folder):
        folder.mkdir(exist_ok=True)
        _clear_before(folder)
        name, written = copy_store(store, folder, wanted.key)
        with dropped_when_it_fails(folder / name):
            named = _named_files(folder / name, wanted.key)
            read = named if wanted.is_thorough else wanted.doubted
            copied, lacking = _copy_files(store, folder, named, read, tell)
            _keep_newer(folder, wanted)
            if wanted.recovery:
                write_private(folder / RECOVERY_FILE, wanted.recovery)
            digest = read_back(folder / name, written)
        count, at = len(named), wanted.restored_at
        note = BackupNote(FORMAT, name, digest, mark, wanted.key_name, made_at, count, at)
        write_private(folder / NOTE_FILE, msgspec.json.encode(note))
        _clear(folder, note)
        kept = _kept_in(folder)
        _forget_files(folder, named, kept, wanted.key)
    return BackupReport(
        str(folder),
        made_at,
        len(named),
        copied,
        missing=len(lacking),
        has_recovery_code=bool(wanted.recovery),
        lacking=tuple(lacking),
        kept=tuple(str(one) for one in kept),
    )


def find_backup(place: Path) -> tuple[Path, BackupNote]:
    """Return a backup's folder and note: the folder itself, or the only one below it.

    One from before a restore is only found by its own folder.

    Raises:
        LocalFault: ``backup_none``, ``backup_several``, ``backup_torn``, ``backup_newer``.
    """
    with backup_faults(place):
        found = [place] if (place / NOTE_FILE).is_file() else []
        found = found or sorted(path.parent for path in place.glob(f"{_PREFIX}*/{NOTE_FILE}"))
        if not found:
            raise LocalFault("backup_none")
        if len(found) > 1:
            raise LocalFault("backup_several")
        note = _note_in(found[0])
    if note is None:
        raise LocalFault("backup_torn")
    if note.format != FORMAT:
        raise LocalFault("backup_newer")
    return found[0], note


def file_in(folder: Path, digest: str) -> Path:
    """Return where a backup keeps a file."""
    home = folder.parent if folder.name.startswith(_KEPT_PREFIX) else folder
    return home / "blobs" / digest[:2] / digest


def is_folder(place: Path) -> bool:
    """Tell whether a folder is there; one that nobody may look at, or that fails, is away."""
    try:
        return place.is_dir()
    except OSError:
        return False


def _note_in(folder: Path) -> BackupNote | None:
    """Return the note of a folder; None when there is none or it is none of ours."""
    try:
        with (folder / NOTE_FILE).open("rb") as file:
            note = msgspec.json.decode(file.read(_MOST_NOTE_BYTES), type=BackupNote)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return note if _STORE_NAME.fullmatch(note.store) else None


def _named_files(copy: Path, key: bytes) -> frozenset[str]:
    connection = connect(copy, key, journal="DELETE")
    try:
        return frozenset(row[0] for row in connection.execute(NAMED_FILES))
    finally:
        connection.close()


def _copy_files(
    store: Store,
    folder: Path,
    named: frozenset[str],
    read: frozenset[str],
    tell: TellsProgress,
) -> tuple[int, list[str]]:
    """Copy what is not there yet; return how many were copied, and which cannot be had.

    Of those in ``read``, what is there must be whole; of the others, of the right size.
    """
    copied, lacking = 0, []
    for done, digest in enumerate(sorted(named), start=1):
        target = file_in(folder, digest)
        if not (_is_whole(target, digest) if digest in read else _has_size(store, target, digest)):
            try:
                content = store.blobs.read(digest)
            except LocalFault:
                # Purged since the copy was made, or rotten: the backup may still hold it.
                if not _is_whole(target, digest):
                    lacking.append(digest)
            else:
                write_whole(target, content)
                copied += 1
        tell(done, len(named))
    return copied, lacking


def _is_whole(target: Path, digest: str) -> bool:
    """Read a file of the backup; one bad sector costs that file's place, not the backup."""
    try:
        return target.exists() and digest_on_disk(target) == digest
    except OSError:
        return False


def _has_size(store: Store, target: Path, digest: str) -> bool:
    if not target.exists():
        return False
    with suppress(FileNotFoundError):
        return target.stat().st_size == store.blobs.path(digest).stat().st_size
    # The kiosk's own is gone: then it matters what this one is.
    return _is_whole(target, digest)


def _clear_before(folder: Path) -> None:
    """Make room: what an earlier death left goes, unless it may be all that there is.

    Only where the copy that the note names is there are the others nobody's.
    """
    note = _note_in(folder)
    if note is not None and (folder / note.store).exists():
        _clear(folder, note)
    else:
        _clear_unfinished(folder)


def _clear_unfinished(folder: Path) -> None:
    """Remove what was left half written."""
    for path in (*folder.glob("*.part"), *folder.glob("blobs/*/*.part")):
        path.unlink(missing_ok=True)


def _clear(folder: Path, note: BackupNote) -> None:
    """Remove the copies of the store that the note does not name."""
    _clear_unfinished(folder)
    for path in folder.glob("store-*"):
        if path.name != note.store:
            path.unlink(missing_ok=True)


def _keep_newer(folder: Path, wanted: Wanted) -> None:
    """Copy aside the backup that is there, if a restored kiosk would destroy what came later.

    The note comes last: a copy without one is no backup, and is made anew.
    """
    note = _note_in(folder)
    if note is None or wanted.from_backup_at is None or note.restored_at == wanted.restored_at:
        return
    kept = folder / f"{_KEPT_PREFIX}{note.store[6:14]}"
    if note.made_at <= wanted.from_backup_at or (kept / NOTE_FILE).exists():
        return
    if not (folder / note.store).exists():
        return
    kept.mkdir(mode=0o700, exist_ok=True)
    for name in (note.store, RECOVERY_FILE):
        if (folder / name).exists():
            shutil.copyfile(folder / name, kept / name)
            sync_file(kept / name)
    write_private(kept / NOTE_FILE, msgspec.json.encode(note))


def _kept_in(folder: Path) -> list[Path]:
    return sorted(note.parent for note in folder.glob(f"{_KEPT_PREFIX}*/{NOTE_FILE}"))


def _forget_files(folder: Path, named: frozenset[str], kept: list[Path], key: bytes) -> None:
    """Remove the files that no backup here names; none, where one cannot say what it needs."""
    for one in kept:
        if (note := _note_in(one)) is None:
            return
        try:
            named |= _named_files(one / note.store, key)
        except driver.Error:
            return
    for path in folder.glob("blobs/*/*"):
        if path.name not in named:
            path.unlink(missing_ok=True)


@contextmanager
def backup_faults(folder: Path) -> Iterator[None]:
    """Convert what goes wrong on the other disk; what is wrong with our own keeps its name."""
    try:
        with as_faults(folder):
            yield
    except LocalFault as fault:
        if (code := _ON_BACKUP.get(fault.code)) is None:
            raise
        raise LocalFault(code) from fault
