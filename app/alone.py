"""One process to a folder, where two would each believe to own what lies in it.

Takes a lock of the system; never waits for one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.errors import LocalFault


@contextmanager
def only_one(folder: Path, file_name: str, refusal: str) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it however the process ends.

    Args:
        folder: what is held.
        file_name: the file in it that carries the lock.
        refusal: code of the error when another process holds it.

    Raises:
        LocalFault: with that code.
        OSError: the file cannot be made.
    """
    with (folder / file_name).open("a+b") as file:
        try:
            _lock(file)
        except OSError:
            raise LocalFault(refusal) from None
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
