"""Files that survive a power cut whole or not at all; knows nothing of what is in them."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_READ_BYTES = 1024 * 1024


def write_private(path: Path, content: bytes) -> None:
    """Write a small file that only its owner reads; after a power cut it is there whole or not."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    if os.name == "nt":
        return  # NTFS journals names itself, and a folder cannot be opened for syncing.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, also on a stick, which knows no rights: none are set."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def dropped_when_it_fails(copy: Path) -> Iterator[None]:
    """Remove a copy that nothing will name when what it is for fails: one a night fills a disk."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            copy.unlink()
        raise


def sync_file(path: Path) -> None:
    """Make the bytes of a file durable that something else wrote."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file of any size, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
