"""Copies the office's database and records into another folder, and puts them back into a new one.

Never copies ``keys.json``: who finds a backup must not be able to open what is in it.
"""

from __future__ import annotations

import re
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
from sqlalchemy import select

from app.errors import LocalFault
from app.office.blobs import Blobs
from app.office.context import Office, OfficeSettings
from app.office.disk import disk_faults, is_disk_full, is_unreadable
from app.office.tables import RecordRow
from app.protocol.sealing import digest_of
from app.security.durable import (
    digest_of_file,
    dropped_when_it_fails,
    sync_file,
    sync_folder,
    write_private,
    write_whole,
)

_NOTE_FILE = "office-backup.json"
_DATABASE_FILE = "office.db"
#: What SQLite would play into whatever database it finds beside it.
_LOG_FILES = (f"{_DATABASE_FILE}-wal", f"{_DATABASE_FILE}-journal")
_DATABASE_NAME = re.compile(r"(office-[0-9a-f]{16}\.db)?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FORMAT = 1
_MOST_NOTE_BYTES = 64 * 1024
_MOST_RECORD_BYTES = 256 * 1024 * 1024
_STEP_PAGES = 512

#: Gives a record's sealed bytes, None when they cannot be had any more.
_Reads = Callable[[str], bytes | None]


class OfficeNote(msgspec.Struct, frozen=True):
    """What lies in a backup's folder."""

    format: int
    office_id: str
    #: Name of the copied database and its SHA-256; empty when it lives in PostgreSQL.
    database: str
    database_digest: str
    made_at: datetime
    files: int


class OfficeReport(msgspec.Struct, frozen=True):
    """What a backup or a restore did."""

    folder: str
    files: int
    copied: int
    #: Records that are gone or changed on the disk; the office asks their kiosks for them.
    missing: int
    has_database: bool


def back_up(office: Office, to: Path) -> OfficeReport:
    """Make or renew the office's backup below ``to``, beside a running server.

    The database is copied before the records, so that every record it names was there before it.

    What is true if it dies after each step:

    1. The database's copy is whole under a name of its own; the note still names the one before.
    2. The records it names are there, whole; so are those of the backup before.
    3. The note names the new copy: from here this is the backup.
    4. The copy before is gone; else the next backup removes it.

    Raises:
        LocalFault: ``backup_away``, ``backup_full``, ``backup_failed``; ``database_away``;
            ``blobs_away`` when the store of records cannot be reached: the backup before stays.
    """
    if not to.is_dir():
        raise LocalFault("backup_away")
    folder = to / f"office-{office.keys.office_id}"
    made_at = office.clock.now()
    with _faults():
        folder.mkdir(mode=0o700, exist_ok=True)
        _clear_unfinished(folder)
        name = "" if office.settings.database_url else _copy_database(office, folder)
        with dropped_when_it_fails(folder / name):
            digests = _named_in(folder / name) if name else _named_now(office)
            read = partial(_at_office, office.blobs)
            copied, missing = _copy_records(read, folder / "blobs", digests)
            digest = digest_of_file(folder / name) if name else ""
        note = OfficeNote(_FORMAT, office.keys.office_id, name, digest, made_at, len(digests))
        write_private(folder / _NOTE_FILE, msgspec.json.encode(note))
        _clear(folder, name)
    return OfficeReport(str(folder), len(digests), copied, missing, bool(name))


def restore(settings: OfficeSettings, place: Path) -> OfficeReport:
    """Put a backup into a folder that holds no office yet.

    What is true if it dies: the database takes its name last; until then the folder holds no
    office, and doing it again goes on. ``keys.json`` is put there by a person.

    Raises:
        LocalFault: ``office_folder_used``, ``backup_none``, ``backup_torn``, ``backup_newer``,
            ``office_full``, ``office_folder_unusable``, ``backup_failed``.
    """
    target = settings.folder / _DATABASE_FILE
    if _is_used(settings.folder):
        raise LocalFault("office_folder_used")
    with _faults(full="office_full"):
        found, note = _found(place)
        if note.database and digest_of_file(found / note.database) != note.database_digest:
            raise LocalFault("backup_torn")
        with disk_faults():
            settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digests = sorted(
            path.name for path in (found / "blobs").glob("*/*") if _DIGEST.fullmatch(path.name)
        )
        read = partial(_in_backup, found / "blobs")
        copied, missing = _copy_records(read, settings.folder / "blobs", digests)
        if note.database:
            part = settings.folder / f"{_DATABASE_FILE}.part"
            shutil.copyfile(found / note.database, part)
            part.chmod(0o600)
            sync_file(part)
            part.replace(target)
            sync_folder(settings.folder)
    return OfficeReport(str(settings.folder), len(digests), copied, missing, bool(note.database))


def _is_used(folder: Path) -> bool:
    """Tell whether a folder holds an office, or what SQLite would mix with the one put there.

    A log is one even when it is empty: then a server may still write into it.
    """
    database = folder / _DATABASE_FILE
    has_log = any((folder / name).exists() for name in _LOG_FILES)
    return has_log or (database.exists() and database.stat().st_size > 0)


def _copy_database(office: Office, folder: Path) -> str:
    name = f"office-{secrets.token_hex(8)}.db"
    part = folder / f"{name}.part"
    original = office.settings.folder / _DATABASE_FILE
    with (
        closing(sqlite3.connect(original, isolation_level=None)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        # A reader of one moment: without, each commit of the server would begin the copy anew. The
        # server neither waits for a reader nor for its checkpoints.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM records").fetchone()
        source.backup(copy, pages=_STEP_PAGES)
        # The copy says of itself that it has a write-ahead log, as the original does.
        copy.execute("PRAGMA journal_mode = DELETE")
        if copy.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise LocalFault("backup_failed")
    sync_file(part)
    part.replace(folder / name)
    sync_folder(folder)
    return name


def _named_in(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as copy:
        rows = copy.execute("SELECT digest FROM records WHERE missing_since IS NULL")
        return sorted(row[0] for row in rows)


def _named_now(office: Office) -> list[str]:
    with office.database.read() as session:
        return sorted(
            session.scalars(select(RecordRow.digest).where(RecordRow.missing_since.is_(None)))
        )


def _at_office(blobs: Blobs, digest: str) -> bytes | None:
    """Read a record of the office; a store that is away is no lost record, and passes."""
    try:
        is_one = blobs.size(digest) <= _MOST_RECORD_BYTES
        return blobs.read(digest) if is_one else None
    except OSError as error:
        if isinstance(error, FileNotFoundError) or is_unreadable(error):
            return None
        raise
    except LocalFault as fault:
        if fault.code != "record_missing":
            raise
        return None


def _in_backup(folder: Path, digest: str) -> bytes | None:
    """Read a record of a backup, which may be write-protected: nothing is made there."""
    path = folder / digest[:2] / digest
    try:
        content = path.read_bytes() if path.stat().st_size <= _MOST_RECORD_BYTES else b""
    except OSError as error:
        # One bad sector; whatever else is wrong with the medium ends the restore.
        if is_unreadable(error):
            return None
        raise
    return content if digest_of(content) == digest else None


def _copy_records(read: _Reads, to: Path, digests: list[str]) -> tuple[int, int]:
    """Copy records that are not there whole; return how many were, and how many cannot be had."""
    copied = missing = 0
    for digest in digests:
        target = to / digest[:2] / digest
        if target.exists() and digest_of_file(target) == digest:
            continue
        content = read(digest)
        if content is None:
            missing += 1
        else:
            write_whole(target, content)
            copied += 1
    return copied, missing


def _found(place: Path) -> tuple[Path, OfficeNote]:
    found = [
        path.parent for path in (*place.glob(_NOTE_FILE), *place.glob(f"office-*/{_NOTE_FILE}"))
    ]
    if len(found) != 1:
        raise LocalFault("backup_several" if found else "backup_none")
    note = _note_in(found[0])
    if note is None:
        raise LocalFault("backup_torn")
    if note.format != _FORMAT:
        raise LocalFault("backup_newer")
    return found[0], note


def _note_in(folder: Path) -> OfficeNote | None:
    try:
        with (folder / _NOTE_FILE).open("rb") as file:
            note = msgspec.json.decode(file.read(_MOST_NOTE_BYTES), type=OfficeNote)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return note if _DATABASE_NAME.fullmatch(note.database) else None


def _clear_unfinished(folder: Path) -> None:
    """Remove what was left half written; whole copies stay until a newer one is vouched for."""
    for path in (*folder.glob("*.part"), *folder.glob("blobs/*/*.part")):
        path.unlink(missing_ok=True)


def _clear(folder: Path, database: str) -> None:
    """Remove the copies that the newest note does not name."""
    _clear_unfinished(folder)
    for path in folder.glob("office-*.db*"):
        if path.name != database:
            path.unlink(missing_ok=True)


@contextmanager
def _faults(full: str = "backup_full") -> Iterator[None]:
    """Convert what goes wrong; only the disk that is written to can be full."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise LocalFault(full if is_disk_full(error) else "backup_failed") from error
