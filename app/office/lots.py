"""Lots: records that came together as one file, which is where they live until they are settled.

One file and one wait for the disk then stand for hundreds. Settling gives each record a file of
its own and drops the lot: when nobody is sending, or when lots have become many. Never changes a
lot, and never reads one that is still being written.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from app.errors import RemoteError
from app.office.disk import is_unreadable
from app.protocol.record import HEADER_BYTES, HEADER_MARK, RecordHeader, read_header
from app.protocol.sealing import digest_of
from app.security.durable import sync_folder

_log = logging.getLogger(__name__)
_SUFFIX = ".lot"
#: More lots than these, or more bytes in them, do not wait until it is quiet: settling needs as
#: much room again.
_MOST_LOTS, _MOST_BYTES = 4096, 256 * 1024 * 1024
#: Settled before it is seen again whether somebody sends: less than a tenth of a second's work.
_LOTS_AT_ONCE, _BYTES_AT_ONCE = 32, 4 * 1024 * 1024
#: Hashed at most where headers have rotted, whatever looks like one.
_MOST_TRIED_BYTES = 256 * 1024 * 1024


class Stretch(msgspec.Struct, frozen=True):
    """Where a record stands in a file."""

    start: int
    length: int
    #: SHA-256 as announced.
    digest: str


class _Place(msgspec.Struct, frozen=True):
    lot: Path
    stretch: Stretch


class Lots:
    """The lots of a folder; thread-safe, and other processes may write and settle beside it.

    Args:
        folder: made when absent; holds nothing else.
        most_lots: that wait to be settled.
        most_bytes: in them.
    """

    def __init__(
        self, folder: Path, most_lots: int = _MOST_LOTS, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._most_lots, self._most_bytes = most_lots, most_bytes
        #: By digest, of the lots that were looked into: a lot never changes.
        self._places: dict[str, _Place] = {}
        self._seen: frozenset[Path] = frozenset()
        #: Lots that the disk does not give back: what can be read of them is read where it is.
        self._left: set[Path] = set()
        self._lock = threading.Lock()

    def write(self, name: str, packs: Sequence[bytes]) -> None:
        """Write packs as a lot; their records are safe when this returns.

        Its name says how long it will be, so that nobody takes it for whole before it is.
        """
        lot = self._folder / f"{name}.{sum(map(len, packs))}{_SUFFIX}"
        try:
            with lot.open("xb") as file:
                file.writelines(packs)
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self._folder)
            # A start beside a worker that should be gone takes its lot for a torn one.
            lot.stat()
        except OSError:
            lot.unlink(missing_ok=True)
            raise

    def size(self, digest: str) -> int | None:
        """Return the length of a record's sealed bytes, None when no lot holds it."""
        place = self._place(digest)
        return None if place is None else place.stretch.length

    def read(self, digest: str) -> bytes | None:
        """Return a record's sealed bytes as they are, None when no lot holds it."""
        place = self._place(digest)
        if place is None:
            return None
        try:
            with place.lot.open("rb") as file:
                file.seek(place.stretch.start)
                return file.read(place.stretch.length)
        except OSError as error:
            if isinstance(error, FileNotFoundError) or is_unreadable(error):
                return None
            raise

    def due(self, rested_s: float) -> list[Path]:
        """Return the next lots to settle, the oldest first; a few, and then it is asked again.

        Any when none has come for so long, by a clock that may have been set back; otherwise only
        what is more than may wait.
        """
        found = sorted(
            (stat.st_mtime, stat.st_size, lot)
            for lot, stat in self._whole()
            if lot not in self._left
        )
        now = time.time()
        is_quiet = all(abs(now - written_at) >= rested_s for written_at, _, _ in found)
        count, size, taken_bytes = len(found), sum(size for _, size, _ in found), 0
        due: list[Path] = []
        for _, its_bytes, lot in found[:_LOTS_AT_ONCE]:
            has_room = count <= self._most_lots and size <= self._most_bytes
            if taken_bytes >= _BYTES_AT_ONCE or (has_room and not is_quiet):
                break
            due.append(lot)
            count, size, taken_bytes = count - 1, size - its_bytes, taken_bytes + its_bytes
        return due

    def leave_if_unreadable(self, lot: Path) -> bool:
        """Tell whether a lot must stay as it is, because the disk does not give all of it back."""
        try:
            lot.read_bytes()
        except OSError as error:
            if not is_unreadable(error):
                raise
            _log.error("a lot that cannot be read stays: %s", lot.name)
            self._left.add(lot)
        return lot in self._left

    def torn(self) -> list[Path]:
        """Return the lots that are not whole; while nobody writes, a power cut left them so."""
        whole = {lot for lot, _ in self._whole()}
        return sorted(set(self._folder.iterdir()) - whole)

    def _place(self, digest: str) -> _Place | None:
        with self._lock:
            place = self._places.get(digest)
            if place is None or not place.lot.exists():
                self._look()
                place = self._places.get(digest)
            return place

    def _look(self) -> None:
        """Forget lots that went, and look into those that came."""
        try:
            here = frozenset(lot for lot, _ in self._whole())
        except FileNotFoundError:
            here = frozenset()
        if not self._seen <= here:
            kept = ((digest, one) for digest, one in self._places.items() if one.lot in here)
            self._places = dict(kept)
        for lot in here - self._seen:
            self._look_into(lot)
        self._seen = here

    def _look_into(self, lot: Path) -> None:
        try:
            for stretch in stretches_of(lot):
                self._places[stretch.digest] = _Place(lot, stretch)
        except OSError as error:
            if not is_unreadable(error):
                raise

    def _whole(self) -> Iterator[tuple[Path, os.stat_result]]:
        for entry in os.scandir(self._folder):
            try:
                stat = entry.stat()
            except FileNotFoundError:
                continue
            if entry.name.endswith(f".{stat.st_size}{_SUFFIX}"):
                yield self._folder / entry.name, stat


def stretches_of(lot: Path) -> Iterator[Stretch]:
    """Yield where the records of a lot stand, as far as it is one; none when it is gone.

    Behind a header that has rotted it goes on with the next whose record's bytes prove it.
    """
    try:
        file = lot.open("rb")
    except FileNotFoundError:
        return
    with file:
        size = os.fstat(file.fileno()).st_size
        at, searched_from = 0, 0
        while at < size:
            file.seek(at)
            header = _header_of(file.read(HEADER_BYTES))
            end = at + HEADER_BYTES + (header.length_bytes if header else 0)
            if header is None or end > size:
                # Its own length may be what has rotted in the header before.
                found = _next_proven(file, searched_from)
                if found is None:
                    return
                at = found
                continue
            yield Stretch(at + HEADER_BYTES, header.length_bytes, header.digest)
            at, searched_from = end, at + 1


def _header_of(untrusted: bytes) -> RecordHeader | None:
    try:
        return read_header(untrusted)
    except RemoteError:
        return None


def _next_proven(file: BinaryIO, at: int) -> int | None:
    """Return where the next header stands whose record is here with the bytes it announces."""
    file.seek(0)
    content = file.read()
    left = _MOST_TRIED_BYTES
    while left > 0 and (at := content.find(HEADER_MARK, at)) >= 0:
        begins = at + HEADER_BYTES
        header = _header_of(content[at:begins])
        if header is not None:
            sealed = content[begins : begins + header.length_bytes]
            left -= len(sealed)
            if len(sealed) == header.length_bytes and digest_of(sealed) == header.digest:
                return at
        at += 1
    return None
