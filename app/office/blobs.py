"""Sealed records under ``blobs/``, named by their SHA-256: in files of their own, or in lots.

Never unseals one, never changes one.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from app.errors import LocalFault
from app.office.disk import disk_faults, is_unreadable
from app.office.lots import Lots, Stretch, stretches_of
from app.protocol.sealing import digest_of
from app.security.durable import sync_file, sync_folder

_log = logging.getLogger(__name__)
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


class Blobs:
    """The folder of records.

    Args:
        folder: made when absent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / "tmp"
        self._unfinished.mkdir(parents=True, exist_ok=True)
        self._lots = Lots(folder / "lots")

    def clear_unfinished(self) -> None:
        """Remove what a kill left half copied, and take out of torn lots what is whole in them.

        For the one process that serves, at its start: nobody else writes here. A torn lot for which
        the disk has no room, or that it does not give back, stays until the next start.
        """
        with disk_faults():
            for lot in self._lots.torn():
                try:
                    with disk_faults():
                        self._settle_lot(lot)
                except LocalFault as fault:
                    _log.error("a torn lot stays: %s", fault)
            for left_over in self._unfinished.iterdir():
                left_over.unlink()

    def path(self, digest: str) -> Path:
        """Return where a record's own file is or would be."""
        return self._folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Tell whether the record is there.

        Raises:
            LocalFault: as ``size``.
        """
        try:
            self.size(digest)
        except FileNotFoundError:
            return False
        return True

    def size(self, digest: str) -> int:
        """Return the size of a record.

        Raises:
            FileNotFoundError: there is none.
        """
        # Its own file once more: a settling may have moved it there in between.
        for look in (self._own_size, self._lots.size, self._own_size):
            if (size := look(digest)) is not None:
                return size
        raise FileNotFoundError

    def read(self, digest: str) -> bytes:
        """Return a record's sealed bytes.

        Raises:
            LocalFault: ``record_missing`` when it is gone, or the disk does not give back the bytes
                that it is named by; ``office_folder_unusable``.
        """
        with disk_faults():
            for look in (self._own_bytes, self._lots.read, self._own_bytes):
                content = look(digest)
                if content is not None and digest_of(content) == digest:
                    return content
        raise LocalFault("record_missing", digest=digest)

    def _own_size(self, digest: str) -> int | None:
        try:
            return self.path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def _own_bytes(self, digest: str) -> bytes | None:
        try:
            return self.path(digest).read_bytes()
        except OSError as error:
            if isinstance(error, FileNotFoundError) or is_unreadable(error):
                return None
            raise

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
                self._name(unfinished[:kept], [one.digest for one in stretches[:kept]])
            finally:
                for path in unfinished:
                    path.unlink(missing_ok=True)
        return kept

    def keep(self, packs: Sequence[bytes]) -> Callable[[], None]:
        """Begin to keep the records of packs as one lot; return what waits until it is durable.

        A kill leaves at most a lot with records that nobody knows of. Whoever waits may see
        LocalFault: ``office_full``, ``office_folder_unusable``; they can be kept later.

        Args:
            packs: each whole, its digests proven.
        """
        return _waiting.submit(self._write_lot, packs).result

    def _write_lot(self, packs: Sequence[bytes]) -> None:
        with disk_faults():
            self._lots.write(f"{_mine()}.{secrets.token_hex(8)}", packs)

    def settle(self, rested_s: float, is_over: Callable[[], bool] = lambda: False) -> None:
        """Give records of lots places of their own; for one process at a time.

        All of them when nothing has come for so long. Whoever comes meanwhile ends it soon,
        unless lots are more than may wait; so does ``is_over``, asked before each lot. One that the
        disk does not give back stays. What is true if it dies, or finds the disk full, after each
        step of a lot:

        1. Some of its records have places of their own, durable; all are read from the lot as well.
        2. All have; the lot says nothing new. It is settled again.
        3. The lot is gone.
        """
        with disk_faults():
            while due := self._lots.due(rested_s):
                for lot in due:
                    if is_over():
                        return
                    if not self._lots.leave_if_unreadable(lot):
                        self._settle_lot(lot)

    def _settle_lot(self, lot: Path) -> None:
        left = list(stretches_of(lot))
        while left:
            # One whose bytes have changed on the disk is as good as gone, those behind it are not.
            kept = self.keep_stretches(lot, left)
            if kept < len(left):
                _log.error("a record has rotted in its lot: %s", left[kept].digest)
            left = left[kept + 1 :]
        lot.unlink()

    def _name(self, unfinished: Sequence[Path], digests: Sequence[str]) -> None:
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
