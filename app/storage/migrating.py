"""Brings a store to this program's tables, each migration with its record in a transaction.

Never imports Alembic when there is nothing to do: the kiosk starts faster without it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine

from app.errors import LocalFault
from app.storage.connecting import HOW_TO_BEGIN

#: Every migration of this program, oldest first; a test holds it against ``migrations``.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")


def migrate(engine: Engine, revisions: tuple[str, ...] = REVISIONS) -> None:
    """Run the migrations that the store lacks, in order.

    What is true if it dies: each migration and the record of it are one transaction, so the store
    stands exactly at one revision and the next start goes on from there; a new store is made in one
    transaction, whole or not at all. Two processes may do this at once: the second waits, then
    finds nothing to do.

    Args:
        engine: the store's.
        revisions: those this program knows; handed in by tests only.

    Raises:
        LocalFault: ``store_newer`` when the store stands at a revision this program does not know.
    """
    with engine.connect() as connection:
        at = _at(connection)
        missing = _missing(at, revisions) if at else revisions[-1:]
        connection.rollback()
        connection.execution_options(**{HOW_TO_BEGIN: "BEGIN IMMEDIATE"})
        # Rebuilding a table must not delete the rows that point to it; SQLite hears this pragma
        # outside transactions only, hence past SQLAlchemy.
        connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        for revision in missing:
            _step(connection, revision)
        # The pragma dies with the connection.
        connection.invalidate()


def is_current(connection: Connection) -> bool:
    """Tell whether the store stands at the newest revision; raises ``store_newer``."""
    return not _missing(_at(connection), REVISIONS)


def _at(connection: Connection) -> str:
    """Return the store's revision, empty for a new store."""
    if not connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    ).first():
        return ""
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row else ""


def _missing(at: str, revisions: tuple[str, ...]) -> tuple[str, ...]:
    if not at:
        return revisions
    if at not in revisions:
        raise LocalFault("store_newer")
    return revisions[revisions.index(at) + 1 :]


def _step(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with connection.begin():
        # Another process may have done it while this one waited for the lock.
        if _at(connection) < revision:
            command.upgrade(config, revision)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise LocalFault("store_torn")
