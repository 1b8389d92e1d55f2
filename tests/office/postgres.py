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


def _marked(fixture: str, postgres: str = "laid") -> pytest.MarkDecorator:
    # None is what a test without the mark has: those of a module share an office with it.
    here = pytest.param(None, id="sqlite")
    there = pytest.param(postgres, id="postgres", marks=pytest.mark.postgres)
    return pytest.mark.parametrize(fixture, [here, there], indirect=True)


#: A test with this mark runs on SQLite and on PostgreSQL: its office is opened on ``database_url``.
on_both = _marked("database_url")
#: As ``on_both``, and there are no tables yet.
on_both_untouched = _marked("database_url", "untouched")
#: As ``on_both``, for an office that the tests of a module share.
on_both_shared = _marked("shared_database_url")


class Cluster:
    """A running server.

    Args:
        socket_folder: where it listens.
    """

    def __init__(self, socket_folder: Path) -> None:
        self.socket_folder = socket_folder
        #: A database with the office's tables was made; the others are copies of it.
        self.is_laid = False

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
        options = f"-k {home} -c listen_addresses='' -c fsync={'on' if is_durable else 'off'}"
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


def new_database(cluster: Cluster) -> str:
    """Make an empty database and return its address."""
    name = next(_names)
    _say(cluster, f"CREATE DATABASE {name}")
    return cluster.url(name)


@contextmanager
def laid_database(cluster: Cluster) -> Iterator[str]:
    """Give the address of a database with the office's tables, until the block ends.

    They are made by the real migrations, once a cluster: copying takes a quarter of that time.
    """
    if not cluster.is_laid:
        _say(cluster, f"CREATE DATABASE {_LAID}")
        database = open_database(cluster.socket_folder, cluster.url(_LAID))
        migrate(database)
        # A database that somebody is connected to cannot be copied.
        database.close()
        cluster.is_laid = True
    name = next(_names)
    _say(cluster, f"CREATE DATABASE {name} TEMPLATE {_LAID}")
    try:
        yield cluster.url(name)
    finally:
        _say(cluster, f"DROP DATABASE {name} WITH (FORCE)")


def _say(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def _programs() -> Path:
    if found := shutil.which("initdb"):
        return Path(found).parent
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
