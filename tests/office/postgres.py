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

_names = (f"office_{number}" for number in itertools.count(1))


class Cluster:
    """A running server.

    Args:
        socket_folder: where it listens.
    """

    def __init__(self, socket_folder: Path) -> None:
        self.socket_folder = socket_folder

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
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return cluster.url(name)


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
