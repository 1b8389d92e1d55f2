"""Whose turn it is to write to an upload: the newest request's, in whichever process it arrived.

Within one process a lock of its threads is enough. Several workers share the folder of part files:
there a small file beside each part file carries the system's lock and the name of the newest
request. The system lets go of the lock however a process ends; the name is only ever compared, so
what a kill leaves in it does no harm. Never reads or writes what arrives.
"""

from __future__ import annotations

import itertools
import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from app.office.disk import disk_faults

#: Names claims apart from those of every other process, on this machine or another one.
_PROCESS = secrets.token_bytes(8)
_numbers = itertools.count(1)
_NAME_BYTES = 16


class Claim:
    """One request's right to write to an upload, until a newer request takes it.

    Args:
        on_lost: called from another thread when a newer request has taken over; must not block.
    """

    def __init__(self, on_lost: Callable[[], None] = lambda: None) -> None:
        self.on_lost = on_lost
        self.name = _PROCESS + next(_numbers).to_bytes(_NAME_BYTES - len(_PROCESS))


class Turn(Protocol):
    """Of one upload; every method but ``held`` is called while it is held."""

    def held(self) -> AbstractContextManager[None]:
        """Keep every other writer out."""

    def is_of(self, claim: Claim) -> bool:
        """Tell whether no newer request has taken over."""

    def give(self, claim: Claim | None) -> None:
        """Make a request the newest one; whoever was it hears that it has lost the upload."""

    def was_away(self) -> bool:
        """Tell whether another process may have taken records out since the last question."""

    def end(self) -> None:
        """Forget the upload; whoever still writes has lost it."""


class OwnTurn:
    """Among the threads of the one process that serves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Claim | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other thread out."""
        with self._lock:
            yield

    def is_of(self, claim: Claim) -> bool:
        """Tell whether no newer request has taken over."""
        return self._newest is claim

    def give(self, claim: Claim | None) -> None:
        """Make a request the newest one."""
        if self._newest is not None and self._newest is not claim:
            self._newest.on_lost()
        self._newest = claim

    def was_away(self) -> bool:
        """Nobody else takes anything."""
        return False

    def end(self) -> None:
        """Forget the upload."""
        self.give(None)


class SharedTurn(OwnTurn):
    """Among the threads of several processes that share a folder.

    A request that another process has shut out hears of it at its next byte, not at once: it can
    write nothing, and its own silence ends it.

    Args:
        path: of the small file; made when absent.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file = -1
        self._seen = b""
        self._was_away = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other thread and process out."""
        with super().held():
            with disk_faults():
                # Opened anew each time: a thousand open uploads must not cost as many descriptors.
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                with disk_faults():
                    _lock(self._file)
                    name = os.read(self._file, _NAME_BYTES)
                self._was_away = self._was_away or name != self._seen
                self._seen = name
                yield
            finally:
                os.close(self._file)

    def is_of(self, claim: Claim) -> bool:
        """Tell whether no newer request has taken over, here or in another process."""
        return self._seen == claim.name and super().is_of(claim)

    def give(self, claim: Claim | None) -> None:
        """Make a request the newest one, for every process."""
        super().give(claim)
        if claim is not None:
            with disk_faults():
                os.lseek(self._file, 0, os.SEEK_SET)
                os.write(self._file, claim.name)
            self._seen = claim.name

    def was_away(self) -> bool:
        """Tell whether another process has been at it since the last question."""
        was_away, self._was_away = self._was_away, False
        return was_away

    def end(self) -> None:
        """Forget the upload."""
        super().end()
        self._path.unlink(missing_ok=True)


if sys.platform == "win32":

    def _lock(file: int) -> None:
        raise OSError("several workers need a system with flock")

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
