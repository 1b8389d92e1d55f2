"""What a disk may do to us: full, gone, or forgetful of names; converts its errors once."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import LocalFault


@contextmanager
def disk_faults() -> Iterator[None]:
    """Convert errors of files.

    Raises:
        LocalFault: ``office_full``, else ``office_folder_unusable``.
    """
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise LocalFault("office_full") from error
        raise LocalFault("office_folder_unusable") from error


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error of files or of SQLite means that the disk is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def is_unreadable(error: OSError) -> bool:
    """Tell whether the disk does not give back what it took; asking again will not help."""
    return error.errno in (errno.EIO, errno.EBADMSG)
