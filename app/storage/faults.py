"""Turns what SQLite and the file system say into faults a person can be told.

Never puts a statement, a value or a path of a person's file into a fault.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlcipher3.dbapi2 as driver
from sqlalchemy.exc import DBAPIError

from app.errors import AppError, BugError, LocalFault

_FULL = 13
_READ_ONLY = 8
_BUSY = 5
_LOCKED = 6
_IO = 10
_CORRUPT = 11
_CANT_OPEN = 14
_NOT_A_DATABASE = 26
_CODES = {
    _FULL: "disk_full",
    _READ_ONLY: "disk_read_only",
    _BUSY: "store_busy",
    _LOCKED: "store_busy",
    _IO: "disk_failing",
    _CORRUPT: "store_torn",
    _CANT_OPEN: "store_unreachable",
    _NOT_A_DATABASE: "store_torn",
}
#: Less than this free and a failed write is put down to a full disk: SQLite says a plain I/O error
#: when it is the shared-memory file that finds no room.
_NO_ROOM_BYTES = 1 << 20


@contextmanager
def as_faults(folder: Path) -> Iterator[None]:
    """Convert errors of SQLite and of files, raised inside, into ``AppError``.

    Args:
        folder: the data folder, whose free room tells a full disk from a failing one.

    Raises:
        LocalFault: ``disk_full``, ``disk_read_only``, ``disk_failing``, ``store_busy``,
            ``store_torn``, ``store_unreachable``.
        BugError: ``store_refused`` for anything else (a constraint of ours, a wrong statement).
    """
    try:
        yield
    except DBAPIError as error:
        raise fault_of(error.orig, folder) from error
    except driver.Error as error:
        raise fault_of(error, folder) from error
    except OSError as error:
        raise _of_file_error(error, folder) from error


def fault_of(error: BaseException | None, folder: Path) -> AppError:
    """Return the fault that one error of the driver stands for."""
    extended = getattr(error, "sqlite_errorcode", None)
    code = _CODES.get(extended & 0xFF, "") if isinstance(extended, int) else ""
    if not code:
        return BugError("store_refused", reason=getattr(error, "sqlite_errorname", "unknown"))
    if code in ("disk_failing", "store_unreachable"):
        if _is_full(folder):
            code = "disk_full"
        elif not os.access(folder, os.W_OK):
            code = "disk_read_only"
    return LocalFault(code)


def _of_file_error(error: OSError, folder: Path) -> LocalFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or _is_full(folder):
        return LocalFault("disk_full")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return LocalFault("disk_read_only")
    return LocalFault("disk_failing")


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM_BYTES
    except OSError:
        return False
