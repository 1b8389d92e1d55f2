"""Moves a restored store into its place, at whatever start of the program comes next.

Never deletes what was there before, and costs a start that has nothing to move three looks at
the disk.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.alone import only_one
from app.security.durable import sync_folder
from app.security.key_store import KEY_FILE, KEY_MARK_FILE, NAME_FILE
from app.storage.faults import as_faults
from app.storage.store import STORE_FILE

#: A copy that is being made; without a process at it, what one left that died.
UNFINISHED = "restoring"
#: A folder of this name is whole and checked: from there every start goes on until it is in place.
READY = "restored"
_MOVING = "restored-moving"
#: Lies in it and names the folder for what was there before.
ASIDE_FILE = "aside"
ASIDE_PREFIX = "before-restore-"
LOCK_FILE = "restore.lock"
_PARTS = (
    f"{STORE_FILE}-wal",
    f"{STORE_FILE}-shm",
    STORE_FILE,
    KEY_MARK_FILE,
    KEY_FILE,
    NAME_FILE,
    "blobs",
)


@contextmanager
def only_restorer(folder: Path) -> Iterator[None]:
    """Hold what is being put back for this process: two would move each other's files.

    Raises:
        LocalFault: ``restore_under_way``.
    """
    with only_one(folder, LOCK_FILE, "restore_under_way"):
        yield


def finish_restore(folder: Path) -> bool:
    """Move a restored store into place if one is ready; tell whether one was.

    A copy that was never finished goes: it may be what fills the disk.

    Raises:
        LocalFault: ``restore_under_way`` when another process is at it; ``disk_full``, ...
    """
    with as_faults(folder):
        if not any((folder / name).is_dir() for name in (UNFINISHED, READY, _MOVING)):
            return False
        with only_restorer(folder):
            return move_in(folder)


def move_in(folder: Path) -> bool:
    """Do what ``finish_restore`` does, where ``only_restorer`` is held already.

    Every step can be repeated: names move only where they are missing, and none is moved onto
    another.
    """
    with as_faults(folder):
        ready, moving = folder / READY, folder / _MOVING
        shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
        if ready.is_dir():
            ready.rename(moving)
            sync_folder(folder)
        if not moving.is_dir():
            return False
        if (moving / STORE_FILE).exists():
            _put_aside(folder, folder / (moving / ASIDE_FILE).read_text("ascii"))
        for name in _PARTS:
            if (moving / name).exists():
                (moving / name).rename(folder / name)
        sync_folder(folder)
        shutil.rmtree(moving)
    return True


def _put_aside(folder: Path, aside: Path) -> None:
    """Move what is in the place; the restored store comes first, so none of this is of it."""
    for name in _PARTS:
        if (folder / name).exists():
            aside.mkdir(mode=0o700, exist_ok=True)
            (folder / name).rename(_free(aside / name))
    sync_folder(folder)


def _free(wanted: Path) -> Path:
    """Return a name that nothing has: what lies aside may be the only one of its kind."""
    free, number = wanted, 1
    while free.exists():
        number += 1
        free = wanted.with_name(f"{wanted.name}.{number}")
    return free


def stores_aside(folder: Path) -> tuple[Path, ...]:
    """Return the folders of stores that a restore moved aside."""
    return tuple(sorted(folder.glob(f"{ASIDE_PREFIX}*")))
