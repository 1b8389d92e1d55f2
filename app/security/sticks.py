"""Files on sticks: written beside the old one, read back, and only then given their name.

Never knows what is in them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.errors import LocalFault
from app.security.durable import sync_folder

PART = ".tmp"
_STEP_BYTES = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
#: What a stick pulled out looks like, from its folder being gone to its driver saying so.
_GONE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN}
)

#: Told (bytes written, bytes read back); may raise to break off.
Told = Callable[[int, int], None]


@contextmanager
def stick_faults() -> Iterator[None]:
    """Convert errors of files on a stick.

    Raises:
        LocalFault: ``stick_full``, ``stick_read_only``, ``stick_gone``, else ``stick_failing``.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise LocalFault("stick_full") from error
        if error.errno in _READ_ONLY:
            raise LocalFault("stick_read_only") from error
        if error.errno in _GONE:
            raise LocalFault("stick_gone") from error
        raise LocalFault("stick_failing") from error


def write_to_stick(folder: Path, name: str, pieces: Iterable[bytes], told: Told) -> None:
    """Write a file that is there whole under its name, or not there.

    What is true if the stick is pulled or the power goes:

    1. while it is written, and while it is read back: a ``.tmp`` file that nobody reads, which the
       next writing removes; every other file is as it was;
    2. after the rename: the whole file, because its bytes were on the stick before its name;
    3. after the folder was synced: the same, and now the name survives too. The stick may go.

    Args:
        folder: on the stick.
        name: of the file; one that is there under it stays until the new one takes its place.
        pieces: its bytes.
        told: hears how far it is.

    Raises:
        LocalFault: as ``stick_faults``; ``stick_failing`` also when other bytes come back than
            were written. Nothing is left behind where the stick still lets us.
    """
    part, target = folder / f"{name}{PART}", folder / name
    with stick_faults():
        device = folder.stat().st_dev
        part.unlink(missing_ok=True)
        try:
            size, digest = _write(part, pieces, told)
            if _read_back(part, size, told) != digest:
                raise LocalFault("stick_failing")
            part.replace(target)
            sync_folder(folder)
            # A stick that was pulled may leave an empty folder of the machine's own in its place.
            if target.stat().st_dev != device:
                raise LocalFault("stick_gone")
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def remove_from_stick(paths: Iterable[Path]) -> None:
    """Delete files; a stick that does not let us keeps them, which does no harm."""
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def files_on_stick(folder: Path) -> tuple[Path, ...]:
    """Return the plain files of a folder, no link among them, by name.

    Raises:
        LocalFault: as ``stick_faults``.
    """
    with stick_faults():
        return tuple(
            Path(entry.path)
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)
            if entry.is_file(follow_symlinks=False)
        )


def free_bytes(folder: Path) -> int | None:
    """Return the room on a stick; None where its driver does not say."""
    with stick_faults():
        usage = shutil.disk_usage(folder)
    return usage.free if usage.total else None


def _write(part: Path, pieces: Iterable[bytes], told: Told) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with part.open("xb") as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size += len(piece)
            told(size, 0)
        file.flush()
        os.fsync(file.fileno())
        forget_cached(file.fileno())
    return size, digest.hexdigest()


def _read_back(part: Path, size: int, told: Told) -> str:
    digest, read = hashlib.sha256(), 0
    with part.open("rb") as file:
        forget_cached(file.fileno())
        while piece := file.read(_STEP_BYTES):
            digest.update(piece)
            read += len(piece)
            told(size, read)
    return digest.hexdigest()


def forget_cached(descriptor: int) -> None:
    """Let the machine forget what it knows of a file, so that the stick itself is read."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
