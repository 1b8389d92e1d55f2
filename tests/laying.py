"""Empty stores and offices with what every one of them would make anew: once a process.

Tables are made by the real migrations, statements compiled by the real library.

A test that looks at migrations opens an untouched folder instead.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.util import LRUCache

from app.domain.catalogue import Catalogue
from app.domain.clock import Clock, Dice
from app.office.context import Office, OfficeSettings
from app.office.database import Database, open_database
from app.office.migrating import migrate as migrate_office
from app.office.opening import open_office
from app.storage.connecting import make_engine
from app.storage.migrating import migrate as migrate_store
from app.storage.store import STORE_FILE, Store

_OFFICE_FILE = "office.db"
#: Dialect and compiled statements by database library: who comes later compiles none of them again.
#: They belong together, as the dialect is part of what a statement is found by.
_KNOWN: dict[str, tuple[Any, Any]] = {}
_MOST_STATEMENTS = 3000


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


def open_laid(
    settings: OfficeSettings, clock: Clock, dice: Dice, load_shipped: Callable[[], Catalogue]
) -> Office:
    """Open an office; in its folder it finds an empty database, if it has none."""
    if not settings.database_url:
        lay_office(settings.folder)
    office = open_office(settings, clock, dice, load_shipped)
    remember_statements(office.database.engine)
    # Its ways of reading and writing have taken theirs over from the engine before.
    return replace(office, database=Database(office.database.engine))


def open_laid_store(folder: Path, key: bytes, clock: Clock) -> Store:
    """Open a kiosk's store; in its folder it finds an empty one, if it has none."""
    lay_store(folder, key)
    store = Store.open(folder, key, clock)
    remember_statements(store._engine, store._writing.kw["bind"])
    return store


def remember_statements(*engines: Any) -> None:  # noqa: ANN401 - engines and their variants
    """Let an engine use what the engines before it compiled."""
    for engine in engines:
        library = str(engine.dialect.dbapi.__name__)
        engine.dialect, engine._compiled_cache = _KNOWN.setdefault(
            library, (engine.dialect, LRUCache(_MOST_STATEMENTS))
        )


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
