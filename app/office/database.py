"""The office's one database: opening, reading, and writing one transaction at a time.

Writers stand in line in both databases (BEGIN IMMEDIATE on SQLite, an advisory lock on PostgreSQL):
events get their numbers without gaps and two records of one submission never miss each other.

What a kiosk brings is committed lazily: the line moves on without waiting for the disk, and before
a kiosk is answered ``make_durable`` waits once for all of it, together with whoever else waits.
Never holds a table's rules.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DisconnectionError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import BugError, LocalFault
from app.office.disk import disk_faults, is_disk_full

if TYPE_CHECKING:
    import psycopg

#: Any number will do as long as it stays the same: "LOKT".
_WRITER_LOCK = 0x4C4F4B54
_CHORES_LOCK = _WRITER_LOCK + 1
_BUSY_MS = 15_000
_CONNECT_S = 10
_RESTED_S = 5.0
#: A commit that has written anything waits until the log is on the disk up to its own end.
_FLUSH = (
    "SELECT CASE WHEN pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn() "
    "THEN pg_logical_emit_message(true, 'loket', '') END"
)
#: One journey for all. A writer that hangs elsewhere must not hang every thread here. Whatever is
#: asked while writing has its index; a plan made while a table was small would read all of it
#: for every row that refers to it, until the database next looks how much it has grown. With an
#: index for everything one plan does for all values: making one each time took longer than asking.
_WRITER_BEGINS = (
    "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; "
    "SET LOCAL plan_cache_mode = force_generic_plan; "
    f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
)
# ``hide_parameters`` below: an error's text reaches the log, and the values may be somebody's name.


class Database:
    """Sessions over one engine; thread-safe, a session itself belongs to one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine
        if engine.dialect.name == "postgresql":
            # Each of its questions sees a moment of its own anyway: beginning and ending something
            # around them would cost two journeys.
            self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        # A transaction begins with one journey, where the driver would make one more of its own.
        self._writing = self._reading.execution_options(is_write=True)
        self._writing_lazily = self._reading.execution_options(is_write=True, is_lazy=True)
        # Threads of this process queue here instead of polling SQLite's busy handler.
        self._turn = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session for reading; what it sees is one moment in SQLite."""
        with _faults(), Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, *, is_lazy: bool = False) -> Iterator[Session]:
        """Give a session whose changes are committed together at the end, or not at all.

        Args:
            is_lazy: the commit does not wait for the disk; ``make_durable`` does, before anybody is
                told. Whatever is committed later is never durable without what was before.
        """
        engine = self._writing_lazily if is_lazy else self._writing
        with (
            _faults(),
            self._turn,
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def make_durable(self) -> None:
        """Wait until all that was committed is on the disk; nobody's turn is taken."""
        with _faults():
            if self.engine.dialect.name == "postgresql":
                with self.engine.begin() as connection:
                    connection.exec_driver_sql(_FLUSH)
            elif self.engine.url.database:
                _sync_log(Path(f"{self.engine.url.database}-wal"))

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Tell whether no other process is in such a block; it counts until the block ends.

        SQLite has one process that serves, so there is nobody else. The lock is a connection's own:
        it ends with the process however that ends.
        """
        if self.engine.dialect.name == "sqlite":
            yield True
            return
        with _faults(), self.engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            taken = connection.scalar(text(f"SELECT pg_try_advisory_lock({_CHORES_LOCK})"))
            try:
                yield bool(taken)
            finally:
                if taken:
                    connection.execute(text(f"SELECT pg_advisory_unlock({_CHORES_LOCK})"))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(folder: Path, url: str = "") -> Database:
    """Connect to the database of ``url``, or to ``office.db`` in the folder.

    Raises:
        LocalFault: ``database_away``, or ``database_url_wrong``.
    """
    try:
        engine = _sqlite_engine(folder) if not url else _engine_of_url(url)
    except (ArgumentError, ImportError, SQLAlchemyError):
        # The address may hold a password: it goes into no message.
        raise LocalFault("database_url_wrong") from None
    event.listen(engine, "begin", _begin)
    return Database(engine)


def _doubt_rested(engine: Engine) -> None:
    """Try a connection that has rested before it is used.

    Trying each one costs a journey every time; one that died in use makes the library drop all that
    are older, so that a restart of the database costs a busy office one answer that says "later".
    """

    def rest(_connection: object, record: ConnectionPoolEntry | None) -> None:
        if record is not None:
            record.info["rests_since"] = time.monotonic()

    def wake(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) < _RESTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool then connects anew.
            raise DisconnectionError from error

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", wake)


def _sqlite_engine(folder: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{folder / 'office.db'}",
        pool_size=8,
        max_overflow=64,
        pool_timeout=60,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _engine_of_url(url: str) -> Engine:
    address = make_url(url)
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() != "postgresql":
        raise LocalFault("database_url_wrong")
    engine = create_engine(
        address,
        pool_size=8,
        max_overflow=64,
        pool_timeout=60,
        hide_parameters=True,
        connect_args={
            "client_encoding": "utf8",
            "connect_timeout": _CONNECT_S,
            # A database that vanished without a word is noticed within half a minute.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 4,
            "tcp_user_timeout": 30_000,
        },
    )
    _doubt_rested(engine)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions begin where we say, not where the driver guesses.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("is_write", False)
    is_lazy = connection.get_execution_options().get("is_lazy", False)
    if connection.dialect.name == "sqlite":
        if is_write:
            level = "NORMAL" if is_lazy else "FULL"
            connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
    elif is_write:
        commit = "SET LOCAL synchronous_commit = off; " if is_lazy else ""
        wait = f"SET LOCAL lock_timeout = {_BUSY_MS}; "
        connection.exec_driver_sql(f"BEGIN; {commit}{wait}{_WRITER_BEGINS}")


@contextmanager
def last_of(session: Session) -> Iterator[Connection]:
    """Let a transaction's last statements, whose answers nobody needs, travel with its commit.

    A fault of theirs is raised by the end, and then nothing of it counts.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        with driver.pipeline():
            yield connection
            connection.exec_driver_sql("COMMIT")
    else:
        yield connection


def _sync_log(log: Path) -> None:
    """Wait for SQLite's log: a lazy commit is in it, and it is synced before it is begun anew."""
    with disk_faults():
        try:
            handle = os.open(log, os.O_RDWR)
        except FileNotFoundError:
            return
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _faults() -> Iterator[None]:
    """Convert the library's errors of circumstance; errors of ours pass as they are."""
    try:
        yield
    except OperationalError as error:
        if error.orig is not None and is_disk_full(error.orig):
            raise LocalFault("office_full") from error
        raise LocalFault("database_away") from error
    except SQLAlchemyError as error:
        # PostgreSQL repeats the failing row in its message, and the row may be somebody's: the
        # kind of error and the constraint must do.
        raise BugError("database_refused", kind=_kind(error)) from None
    except _of_the_driver() as error:
        # What travels in a pipeline fails where no statement stands.
        from psycopg import OperationalError as DriverError
        from psycopg.errors import PipelineAborted

        if isinstance(error, DriverError) and not isinstance(error, PipelineAborted):
            raise LocalFault("database_away") from error
        raise BugError("database_refused", kind=_kind(error)) from None


def _of_the_driver() -> tuple[type[psycopg.Error], ...]:
    """Return what PostgreSQL's driver raises, where it is in use: SQLite never reads it."""
    if "psycopg" not in sys.modules:
        return ()
    import psycopg

    return (psycopg.Error,)


def _kind(error: SQLAlchemyError | psycopg.Error) -> str:
    cause = getattr(error, "orig", None) or error
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None) or ""
    return f"{type(cause).__name__} {constraint}".strip()
