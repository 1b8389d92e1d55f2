"""Moves a restored store into its place, at whatever start of the program comes next.

Never deletes what was there before, and costs a start that has nothing to move two looks at the
disk.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from app.security.durable import sync_folder
from app.security.key_store import KEY_FILE, NAME_FILE
from app.storage.faults import as_faults
from app.storage.store import KEY_MARK_FILE, STORE_FILE

#: A folder of this name is whole and checked: from there every start goes on until it is in place.
READY = "restored"
_MOVING = "restored-moving"
#: Lies in it and names the folder for what was there before.
ASIDE_FILE = "aside"
ASIDE_PREFIX = "before-restore-"
_PARTS = (
    f"{STORE_FILE}-wal",
    f"{STORE_FILE}-shm",
    STORE_FILE,
    KEY_MARK_FILE,
    KEY_FILE,
    NAME_FILE,
    "blobs",
)


def finish_restore(folder: Path) -> bool:
    """Move a restored store into place if one is ready; tell whether one was.

    Every step can be repeated: names move only where they are missing.
    """
    with as_faults(folder):
        ready, moving = folder / READY, folder / _MOVING
        if ready.is_dir():
            aside = folder / (ready / ASIDE_FILE).read_text("ascii")
            for name in _PARTS:
                if (folder / name).exists():
                    aside.mkdir(mode=0o700, exist_ok=True)
                    (folder / name).rename(aside / name)
            sync_folder(folder)
            ready.rename(moving)
            sync_folder(folder)
        if not moving.is_dir():
            return False
        for name in _PARTS:
            if (moving / name).exists():
                (moving / name).rename(folder / name)
        sync_folder(folder)
        shutil.rmtree(moving)
    return True


def stores_aside(folder: Path) -> tuple[Path, ...]:
    """Return the folders of stores that a restore moved aside."""
    return tuple(sorted(folder.glob(f"{ASIDE_PREFIX}*")))
