"""Empty stores and offices with their tables already made: by the real migrations, once a process.

A test that looks at migrations opens an untouched folder instead.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from app.office.database import open_database
from app.office.migrating import migrate as migrate_office
from app.storage.connecting import make_engine
from app.storage.migrating import migrate as migrate_store
from app.storage.store import STORE_FILE

_OFFICE_FILE = "office.db"


def lay_store(folder: Path, key: bytes) -> None:
    """Put a kiosk's empty store into a folder that has none."""
    if not (folder / STORE_FILE).exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / STORE_FILE).write_bytes(_store(key))


def lay_office(folder: Path) -> None:
    """Put an office's empty database into a folder that has none."""
    if not (folder / _OFFICE_FILE).exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _OFFICE_FILE).write_bytes(_office())


@cache
def _store(key: bytes) -> bytes:
    folder = Path(tempfile.mkdtemp())
    engine = make_engine(folder / STORE_FILE, key)
    migrate_store(engine)
    engine.dispose()
    return _taken(folder, STORE_FILE)


@cache
def _office() -> bytes:
    folder = Path(tempfile.mkdtemp())
    database = open_database(folder)
    migrate_office(database)
    database.close()
    return _taken(folder, _OFFICE_FILE)


def _taken(folder: Path, name: str) -> bytes:
    """Return the one file that closing left behind."""
    assert [path.name for path in folder.iterdir()] == [name]
    content = (folder / name).read_bytes()
    shutil.rmtree(folder)
    return content
