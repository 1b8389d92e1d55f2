"""Brings the office's database to this program's tables.

Refuses one that a newer program has changed.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.errors import LocalFault
from app.office.database import Database

FOLDER = Path(__file__).parent / "migrations"
#: Every migration, oldest first; a test holds it against the files.
REVISIONS = tuple(f"{number:04d}" for number in range(1, 17))


def migrate(database: Database) -> None:
    """Run the missing migrations, all in one transaction with their record.

    Two processes may do this at once: the second waits, then finds nothing to do.

    Raises:
        LocalFault: ``office_newer``.
    """
    with database.read() as session:
        if _at(session.connection()) == REVISIONS[-1]:
            return
    with database.write() as session:
        connection = session.connection()
        at = _at(connection)
        if at and at not in REVISIONS:
            raise LocalFault("office_newer")
        if at != REVISIONS[-1]:
            _upgrade(connection)


def _at(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def _upgrade(connection: Connection, to: str = "head") -> None:
    # Imported here: a start with nothing to do is faster without it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
