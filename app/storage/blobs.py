"""Sealed bytes as files named by their SHA-256; a file under its name is always whole.

Never holds anything in clear: whoever puts bytes here has sealed them.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from app.errors import LocalFault
from app.protocol.sealing import digest_of
from app.security.durable import sync_folder
from app.storage.faults import as_faults

_PART = ".part"


class Blobs:
    """The folder ``blobs/<2 hex>/<digest>``; safe to use from several threads and processes.

    Args:
        folder: where the blobs stand; made when absent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with as_faults(folder.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, sealed: bytes) -> str:
        """Keep sealed bytes and return their digest; doing it twice is harmless.

        What is true if it dies: before the rename only a ``.part`` file exists, which the sweep
        removes; after the rename the blob is whole under its name. When this returns, the bytes and
        the name are on the disk.

        Raises:
            LocalFault: ``disk_full``, ``disk_read_only`` or ``disk_failing``; nothing is left
                behind.
        """
        digest = digest_of(sealed)
        path = self.path(digest)
        with as_faults(self._folder):
            if path.exists() and path.stat().st_size == len(sealed):
                path.touch()  # young again for the sweep, until a row names it
                return digest
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self._folder)
            part = path.with_name(f"{secrets.token_hex(8)}{_PART}")
            try:
                _write_synced(part, sealed)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            sync_folder(path.parent)
        return digest

    def read(self, digest: str) -> bytes:
        """Return the bytes of one blob, checked against its name.

        Raises:
            LocalFault: ``blob_missing``, or ``blob_torn`` when the disk changed it.
        """
        with as_faults(self._folder):
            try:
                sealed = self.path(digest).read_bytes()
            except FileNotFoundError:
                raise LocalFault("blob_missing") from None
        if digest_of(sealed) != digest:
            raise LocalFault("blob_torn")
        return sealed

    def path(self, digest: str) -> Path:
        """Return where a blob stands or would stand."""
        return self._folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Tell whether the blob is here."""
        return self.path(digest).exists()

    def delete(self, digest: str) -> None:
        """Remove one blob; absent is fine."""
        with as_faults(self._folder):
            self.path(digest).unlink(missing_ok=True)

    def older_than(self, age_s: float) -> Iterator[Path]:
        """Yield every file, whole or not, that the disk's own clock calls ``age_s`` old."""
        with as_faults(self._folder):
            probe = self._folder / f"{secrets.token_hex(8)}{_PART}"
            probe.touch()
            now = probe.stat().st_mtime
            probe.unlink()
            for path in sorted(self._folder.glob("*/*")):
                # Another thread may delete its page, or give a part its name, while this one looks;
                # and what the system does not let us see must not hide the others.
                with suppress(OSError):
                    found = path.stat()
                    if stat.S_ISREG(found.st_mode) and now - found.st_mtime >= age_s:
                        yield path


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        path.chmod(0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
