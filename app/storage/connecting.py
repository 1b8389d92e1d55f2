"""How connections to the encrypted file are made and begin; owns every pragma.

Never decides what is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy.orm import Session

#: How long one writer waits for another before ``store_busy``.
BUSY_TIMEOUT_MS = 3000
#: Decrypted pages kept per connection, at most: of 100,000 applications, every index that lists and
#: searches walk (with half of this, a search decrypted the same pages again each time).
_CACHE_KIB = 32 * 1024
#: Set on a connection before its transaction begins.
HOW_TO_BEGIN = "loket_begin"
PRAGMAS = (
    # The driver decrypts; freed memory is not wiped (it costs a third of every query) since
    # whoever reads this process's memory has the key anyway.
    "PRAGMA cipher_memory_security = OFF",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    f"PRAGMA cache_size = -{_CACHE_KIB}",
)


def connect(path: Path, key: bytes, *, journal: str = "WAL") -> driver.Connection:
    """Open the file with a raw key (no derivation, so it costs nothing); set every pragma.

    Args:
        path: of the store.
        key: 32 bytes.
        journal: another one than the store's own is for copies, which are one file without a log.
    """
    connection = driver.connect(str(path), isolation_level=None, check_same_thread=False)
    # The cipher prints its errors to stderr otherwise; they come to us as exceptions already.
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    for pragma in PRAGMAS:
        connection.execute(pragma)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    return connection


def make_engine(path: Path, key: bytes) -> Engine:
    """Return the store's one engine.

    A small pool keeps the decrypted pages of a connection warm between transactions; a connection
    is used by one thread at a time. The driver begins nothing itself: each transaction says BEGIN
    or BEGIN IMMEDIATE here, so that changes of the schema are inside it too.
    """
    engine = create_engine(
        "sqlite://",
        module=driver,
        creator=lambda: connect(path, key),
        poolclass=QueuePool,
        pool_size=3,
        max_overflow=5,
        pool_use_lifo=True,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    options: Any = connection.get_execution_options()
    connection.exec_driver_sql(options.get(HOW_TO_BEGIN, "BEGIN"))


def in_driver(session: Session) -> Callable[..., sqlite3.Cursor]:
    """Return the driver's own ``execute`` inside the session's transaction.

    For the few statements that must cost no more than the disk does: SQLAlchemy takes five times
    as long to hand one over as SQLite to run it. Its errors become faults like all others.
    """
    connection: Any = session.connection().connection.driver_connection
    execute: Callable[..., sqlite3.Cursor] = connection.execute
    return execute
