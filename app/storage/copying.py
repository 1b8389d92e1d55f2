"""Writes one whole copy of the store beside others, and reads it back.

Never says which copy is the backup; ``app.storage.backup`` does.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlcipher3.dbapi2 as driver

from app.errors import LocalFault
from app.security.durable import (
    digest_of_file,
    dropped_when_it_fails,
    sync_file,
    sync_folder,
)
from app.security.sticks import forget_cached
from app.storage.connecting import connect
from app.storage.store import STORE_FILE, Store

_STEP_PAGES = 256
#: What a copy needs beside its pages: a journal, the folder itself.
_LEAST_ROOM_BYTES = 1 << 20


def copy_store(store: Store, folder: Path, key: bytes) -> tuple[str, str]:
    """Copy the store as it is at one moment, open the copy, and name it; return name and digest."""
    name = f"store-{secrets.token_hex(8)}.db"
    part = folder / f"{name}.part"
    with dropped_when_it_fails(part):
        _write_copy(store.folder / STORE_FILE, part, key)
        sync_file(part)
        written = digest_of_file(part)
        part.replace(folder / name)
    sync_folder(folder)
    return name, written


def read_back(copy: Path, written: str) -> str:
    """Read the copy from the disk itself, last: the good one before is removed after this."""
    if digest_on_disk(copy) != written:
        raise LocalFault("backup_failed")
    return written


def digest_on_disk(path: Path) -> str:
    """Return the digest of what the disk holds, not of what the machine remembers of it."""
    with path.open("rb") as file:
        forget_cached(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_copy(original: Path, part: Path, key: bytes) -> None:
    with closing(connect(original, key)) as source:
        # Readers of one moment: whoever writes meanwhile neither waits nor is copied by half.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM settings").fetchone()
        os.close(os.open(part, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(connect(part, key, journal="DELETE")) as copy:
            with _copying_faults(source, part):
                source.backup(copy, pages=_STEP_PAGES)
            # The copy says of itself that it has a write-ahead log, as the original does.
            copy.execute("PRAGMA journal_mode = DELETE")
            if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise LocalFault("store_torn")


@contextmanager
def _copying_faults(source: driver.Connection, part: Path) -> Iterator[None]:
    """Name what goes wrong while pages are copied: the driver gives those errors no code."""
    try:
        yield
    except driver.OperationalError as error:
        (pages,) = source.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = source.execute("PRAGMA page_size").fetchone()
        room = shutil.disk_usage(part.parent).free + part.stat().st_size
        is_full = room < int(pages) * int(page_bytes) + _LEAST_ROOM_BYTES
        raise LocalFault("disk_full" if is_full else "disk_failing") from error
    except driver.DatabaseError as error:
        raise LocalFault("store_torn") from error
