"""Sealed records as files under ``blobs/``, named by their SHA-256.

Never unseals one, never changes one.
"""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from app.errors import LocalFault, RemoteError
from app.office.disk import disk_faults
from app.security.durable import sync_folder

_STEP_BYTES = 1024 * 1024


class Blobs:
    """The folder of records.

    Args:
        folder: made when absent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / "tmp"
        self._unfinished.mkdir(parents=True, exist_ok=True)

    def clear_unfinished(self) -> None:
        """Remove what a kill left half copied; for the one process that serves, at its start."""
        for left_over in self._unfinished.iterdir():
            left_over.unlink()

    def path(self, digest: str) -> Path:
        """Return where a record is or would be."""
        return self._folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Tell whether the record's file is there."""
        return self.path(digest).is_file()

    def read(self, digest: str) -> bytes:
        """Return a record's sealed bytes.

        Raises:
            LocalFault: ``record_missing`` when the file is gone or its bytes are no longer the ones
                it is named by.
        """
        try:
            content = self.path(digest).read_bytes()
        except FileNotFoundError:
            raise LocalFault("record_missing", digest=digest) from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise LocalFault("record_missing", digest=digest)
        return content

    def keep_stretch(self, source: Path, start: int, length: int, digest: str) -> None:
        """Copy a stretch of a file into a record of its own, durable when this returns.

        The bytes are hashed as they are copied: what is kept is what was named, whatever the source
        held. A kill leaves at most a file in ``tmp`` that the next start removes.

        Args:
            source: the part file of an upload.
            start: first byte.
            length: how many.
            digest: the SHA-256 announced.

        Raises:
            RemoteError: ``pack_torn`` when the bytes are not the announced ones; nothing is kept.
            LocalFault: ``office_full``, ``office_folder_unusable``; the stretch can be kept later.
        """
        unfinished = self._unfinished / f"{digest}.{os.getpid()}.{threading.get_ident()}"
        target = self.path(digest)
        with disk_faults():
            try:
                if _copy(source, start, length, unfinished) != digest:
                    raise RemoteError("pack_torn", is_retryable=False)
                target.parent.mkdir(exist_ok=True)
                unfinished.replace(target)
                sync_folder(target.parent)
                sync_folder(self._folder)
            finally:
                unfinished.unlink(missing_ok=True)


def _copy(source: Path, start: int, length: int, target: Path) -> str:
    digest = hashlib.sha256()
    left = length
    with source.open("rb") as reader, target.open("wb") as writer:
        reader.seek(start)
        while left:
            step = reader.read(min(left, _STEP_BYTES))
            if not step:
                break
            digest.update(step)
            writer.write(step)
            left -= len(step)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()
