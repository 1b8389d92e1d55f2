"""A PostgreSQL server of the tests' own, in a folder that goes away."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from app.office.database import open_database
from app.office.migrating import migrate

_names = (f"office_{number}" for number in itertools.count(1))
_LAID = "laid"
#: Who was killed may still be connected.
_LEAVE = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
#: What a test has changed when it has changed more than rows.
_SHAPE = """
    SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute),
        (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc),
        (SELECT count(*) FROM pg_constraint), version_num FROM alembic_version
"""
#: As replicas do it: no trigger forbids it.
_EMPTY = """
    SET session_replication_role = replica;
    DO $$ DECLARE one text; BEGIN
        FOR one IN SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE format('DELETE FROM %I', one); END LOOP;
        FOR one IN SELECT sequencename FROM pg_sequences
        LOOP PERFORM setval(one::regclass, 1, false); END LOOP;
    END $$
"""


#: Where a test's office keeps its tables: whatever asks for an address runs on each of them.
BOTH = (
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgres", id="postgres", marks=pytest.mark.postgres),
)
#: For what is about a file of SQLite.
on_sqlite = pytest.mark.parametrize("database_url", BOTH[:1], indirect=True)
#: For what is too dear to be run twice.
on_postgres = pytest.mark.parametrize("database_url", BOTH[1:], indirect=True)
on_postgres_shared = pytest.mark.parametrize("shared_database_url", BOTH[1:], indirect=True)


class Cluster:
    """A running server.

    Args:
        socket_folder: where it listens.
    """

    def __init__(self, socket_folder: Path) -> None:
        self.socket_folder = socket_folder
        #: Of the database with the office's tables that the others are copies of, once it is made.
        self.shape: tuple[object, ...] | None = None
        #: Copies that nobody uses now.
        self.empty: list[str] = []

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.socket_folder}"


@contextmanager
def running_cluster(folder: Path, *, is_durable: bool = False) -> Iterator[Cluster]:
    """Make and run a server, or skip the test with the reason.

    Args:
        folder: unused; the server's own is short.
        is_durable: it waits for the disk, as a real one does.
    """
    del folder
    programs = _programs()
    owner = _owner()
    # The path of a socket is short, and its folder must be reachable for the server's account.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as place:
        home = Path(place)
        if owner is not None:
            shutil.chown(home, *owner)
        data = home / "data"
        how = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        make: list[Path | str] = [programs / "initdb", "-D", data, *how]
        _run(owner, make)
        options = f"-k {home} -c listen_addresses=''"
        if not is_durable:
            options += " -c fsync=off -c full_page_writes=off -c autovacuum=off"
            options += " -c wal_level=minimal -c max_wal_senders=0"
        start: list[Path | str] = [
            programs / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            home / "log",
            "-o",
            options,
            "start",
        ]
        _run(owner, start)
        try:
            yield Cluster(home)
        finally:
            _run(owner, [programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"])


def dump(url: str, to: Path) -> None:
    """Copy a database into a file as the office's manual says."""
    _run(None, [_programs() / "pg_dump", "-Fc", "-f", to, url])


def put_back(dumped: Path, url: str) -> None:
    """Fill an empty database from such a file, as the manual says."""
    how = ["--no-owner", "--exit-on-error", "-d", url]
    _run(None, [_programs() / "pg_restore", *how, dumped])


def new_database(cluster: Cluster) -> str:
    """Make an empty database and return its address."""
    name = next(_names)
    _say(cluster, f"CREATE DATABASE {name}")
    return cluster.url(name)


@contextmanager
def copied_database(cluster: Cluster, url: str) -> Iterator[str]:
    """Give the address of a copy of a database that nobody uses, until the block ends."""
    name = _copy(cluster, url.partition("@/")[2].partition("?")[0])
    try:
        yield cluster.url(name)
    finally:
        _say(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def laid_database(cluster: Cluster) -> Iterator[str]:
    """Give the address of a database with the office's empty tables, until the block ends.

    They are made by the real migrations, once a cluster. Whoever comes next gets the same database,
    emptied: each new one would be three hundred files.
    """
    if cluster.shape is None:
        _say(cluster, f"CREATE DATABASE {_LAID}")
        database = open_database(cluster.socket_folder, cluster.url(_LAID))
        migrate(database)
        # A database that somebody is connected to cannot be copied.
        database.close()
        with psycopg.connect(cluster.url(_LAID), autocommit=True) as connection:
            cluster.shape = connection.execute(_SHAPE).fetchone()
    name = cluster.empty.pop() if cluster.empty else _copy(cluster, _LAID)
    try:
        yield cluster.url(name)
    finally:
        if _is_emptied(cluster, name):
            cluster.empty.append(name)
        else:
            _say(cluster, f"DROP DATABASE {name} WITH (FORCE)")


def _copy(cluster: Cluster, source: str) -> str:
    name = next(_names)
    _say(cluster, f"CREATE DATABASE {name} TEMPLATE {source}")
    return name


def _is_emptied(cluster: Cluster, name: str) -> bool:
    """Empty every table of a copy; false where a test has changed more than rows."""
    with psycopg.connect(cluster.url(name), autocommit=True) as connection:
        connection.execute(_LEAVE)
        if connection.execute(_SHAPE).fetchone() != cluster.shape:
            return False
        connection.execute(_EMPTY)
    return True


def _say(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def _programs() -> Path:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not folders:
        pytest.skip("no PostgreSQL server on this machine (initdb not found)")
    return folders[-1].parent


def _owner() -> tuple[int, int] | None:
    """Return user and group that the server must run as; it refuses to run as root."""
    if sys.platform == "win32":
        pytest.skip("the tests' own PostgreSQL server is made on Unix only")
    if os.geteuid() != 0:
        return None
    import pwd

    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("running as root and there is no account postgres")
    return account.pw_uid, account.pw_gid


def _run(owner: tuple[int, int] | None, command: Sequence[Path | str]) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        cwd="/tmp",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=owner[0] if owner is not None else None,
        group=owner[1] if owner is not None else None,
        extra_groups=[] if owner is not None else None,
    )
