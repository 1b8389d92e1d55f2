"""Sealed records as files under ``blobs/``, named by their SHA-256.

Never unseals one, never changes one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from app.errors import LocalFault
from app.office.disk import disk_faults
from app.office.lots import rested_lots, settle_lot, write_lot
from app.protocol.record import Record
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
        """Finish lots and remove what a kill left half copied.

        For the one process that serves, at its start: nobody else writes here.
        """
        with disk_faults():
            for lot in rested_lots(self._unfinished, 0.0):
                settle_lot(lot, self.path, self._write, is_proving=True)
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
        mine = _mine()
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

    def keep(self, records: Sequence[Record]) -> None:
        """Keep records from memory, durable when this returns.

        They are safe as one lot; files of their own, which are read, become so by ``settle``. A
        kill leaves at most a lot and files that nobody knows of.

        Args:
            records: no two with one digest, which the caller has proven.

        Raises:
            LocalFault: ``office_full``, ``office_folder_unusable``; they can be kept later.
        """
        with disk_faults():
            lot = write_lot(self._unfinished, f"{_mine()}.{secrets.token_hex(8)}", records)
            for record in records:
                self._write(record.digest, record.sealed)
            # Whoever settled it meanwhile, after minutes of ours, may have seen other files.
            lot.stat()

    def settle(self, rested_s: float) -> None:
        """Make the files of records durable that were kept so long ago, and drop their lots."""
        with disk_faults():
            for lot in rested_lots(self._unfinished, rested_s):
                settle_lot(lot, self.path, self._write, is_proving=False)

    def _write(self, digest: str, sealed: bytes) -> None:
        """Give a record a file of its own, whole under its name but not yet durable."""
        # Names as plain text: of hundreds in a row paths would take longer than the disk.
        part = f"{self._unfinished}/{digest}.{_mine()}"
        try:
            with open(part, "wb") as file:  # noqa: PTH123
                file.write(sealed)
            _give_name(part, f"{self._folder}/{digest[:2]}/{digest}")
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise

    def _settle(self, unfinished: Sequence[Path], digests: Sequence[str]) -> None:
        at_once(sync_file, unfinished)
        folders = {self.path(digest).parent for digest in digests}
        for path, digest in zip(unfinished, digests, strict=True):
            _give_name(os.fspath(path), os.fspath(self.path(digest)))
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


def _mine() -> str:
    """Return what no other thread's unfinished files are named."""
    return f"{os.getpid()}.{threading.get_ident()}"


def _give_name(unfinished: str, path: str) -> None:
    try:
        os.replace(unfinished, path)  # noqa: PTH105
    except FileNotFoundError:
        Path(path).parent.mkdir(exist_ok=True)
        os.replace(unfinished, path)  # noqa: PTH105


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
