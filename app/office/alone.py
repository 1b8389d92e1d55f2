"""One server to a folder: two would each believe to own an upload. Commands may run beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.errors import LocalFault

_FILE_NAME = "server.lock"


@contextmanager
def only_server(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it however the process ends.

    Raises:
        LocalFault: ``office_in_use``.
    """
    with (folder / _FILE_NAME).open("a+b") as file:
        try:
            _lock(file)
        except OSError:
            raise LocalFault("office_in_use") from None
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
