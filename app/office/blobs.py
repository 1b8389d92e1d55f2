"""Sealed records as files under ``blobs/``, named by their SHA-256.

Never unseals one, never changes one.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from app.errors import LocalFault
from app.office.disk import disk_faults
from app.security.durable import sync_file, sync_folder

_STEP_BYTES = 1024 * 1024
#: They only ever wait, for the disk or for a store.
_THREADS = 16
_waiting = ThreadPoolExecutor(_THREADS, "sync")


def _begin_anew() -> None:
    """Have threads of one's own: those of the process that one was forked from are not here."""
    global _waiting  # noqa: PLW0603
    _waiting = ThreadPoolExecutor(_THREADS, "sync")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)

_Each = TypeVar("_Each")


class Stretch(msgspec.Struct, frozen=True):
    """Where a record stands in a file."""

    start: int
    length: int
    #: SHA-256 as announced.
    digest: str


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

    def size(self, digest: str) -> int:
        """Return the size of a record's file.

        Raises:
            FileNotFoundError: there is none.
        """
        return self.path(digest).stat().st_size

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

    def keep_stretches(self, source: Path, stretches: Sequence[Stretch]) -> int:
        """Copy stretches of a file into records of their own, durable when this returns.

        The bytes are hashed as they are copied: what is kept is what was named, whatever the source
        held. A kill leaves at most files in ``tmp`` that the next start removes.

        Args:
            source: the part file of an upload.
            stretches: in their order in it.

        Returns:
            How many were kept: all before the first whose bytes are not the announced ones.

        Raises:
            LocalFault: ``office_full``, ``office_folder_unusable``; they can be kept later.
        """
        mine = f"{os.getpid()}.{threading.get_ident()}"
        unfinished = [
            self._unfinished / f"{one.digest}.{mine}.{number}"
            for number, one in enumerate(stretches)
        ]
        kept = 0
        with disk_faults():
            try:
                for one, path in zip(stretches, unfinished, strict=True):
                    if _copy(source, one, path) != one.digest:
                        break
                    kept += 1
                self._settle(unfinished[:kept], [one.digest for one in stretches[:kept]])
            finally:
                for path in unfinished:
                    path.unlink(missing_ok=True)
        return kept

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Keep records from memory, durable when this returns; a kill as in ``keep_stretches``.

        Args:
            contents: sealed bytes by their digest, which the caller has proven.

        Raises:
            LocalFault: ``office_full``, ``office_folder_unusable``; they can be kept later.
        """
        mine = f"{os.getpid()}.{threading.get_ident()}"
        paths = {digest: self._unfinished / f"{digest}.{mine}" for digest in contents}

        def write(digest: str) -> None:
            with paths[digest].open("wb", buffering=0) as file:
                file.write(contents[digest])
                os.fsync(file.fileno())

        with disk_faults():
            try:
                at_once(write, list(contents))
                self._give_names(list(paths.values()), list(contents))
            except OSError:
                for path in paths.values():
                    path.unlink(missing_ok=True)
                raise

    def _settle(self, unfinished: Sequence[Path], digests: Sequence[str]) -> None:
        at_once(sync_file, unfinished)
        self._give_names(unfinished, digests)

    def _give_names(self, unfinished: Sequence[Path], digests: Sequence[str]) -> None:
        folders = {self.path(digest).parent for digest in digests}
        for folder in folders:
            folder.mkdir(exist_ok=True)
        for path, digest in zip(unfinished, digests, strict=True):
            path.replace(self.path(digest))
        at_once(sync_folder, [*folders, self._folder])


def at_once(do: Callable[[_Each], None], each: Sequence[_Each]) -> None:
    """Do something that only waits, for several at the same time.

    The file system writes its journal once for those who wait together.
    """
    if len(each) == 1:
        do(each[0])
        return

    def do_some(first: int) -> None:
        for one in each[first::_THREADS]:
            do(one)

    list(_waiting.map(do_some, range(min(_THREADS, len(each)))))


def _copy(source: Path, stretch: Stretch, target: Path) -> str:
    digest = hashlib.sha256()
    left = stretch.length
    with source.open("rb") as reader, target.open("wb") as writer:
        reader.seek(stretch.start)
        while left:
            step = reader.read(min(left, _STEP_BYTES))
            if not step:
                break
            digest.update(step)
            writer.write(step)
            left -= len(step)
    return digest.hexdigest()
