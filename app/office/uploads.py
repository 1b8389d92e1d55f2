"""Uploads on the disk: part files, who may write to one, and records taken out while they arrive.

The size of a part file is the one truth about how much has come; no other count of it exists that a
kill could leave behind. Records are taken out from the last boundary noted in the database, so that
after a kill at any byte the same bytes are simply looked at again. Knows nothing of HTTP.
"""

from __future__ import annotations

import os
import threading
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import RemoteError, UserError
from app.office.disk import disk_faults
from app.office.records import Whole, boundary_of, take_records
from app.office.turns import Claim, OwnTurn, SharedTurn, Turn
from app.protocol.record import HEADER_BYTES, RecordHeader, RecordKind, read_header

if TYPE_CHECKING:
    from app.office.context import Office

#: Suffixes of an upload's files: what has come, and whose turn it is.
PART = ".part"
TURN = ".turn"
#: Records taken in one transaction.
_MOST_AT_ONCE = 32


class LiveUpload:
    """One open upload; every method is for worker threads and holds the upload's own small lock.

    Args:
        upload_id: its name in the address.
        path: its part file, which exists.
        length_bytes: how long it will be.
        taken_bytes: end of the last record taken out.
        device_id: who sends it.
        turn: who may write to it.
    """

    def __init__(
        self,
        upload_id: str,
        path: Path,
        length_bytes: int,
        taken_bytes: int,
        device_id: str,
        turn: Turn,
    ) -> None:
        self.id = upload_id
        self.length_bytes = length_bytes
        self.device_id = device_id
        self._path = path
        self._taken_bytes = taken_bytes
        #: Bytes of the next record with its header, once that was read.
        self._next: int | None = None
        self._turn = turn

    def claim(self, claim: Claim, offset: int | None = None, *, may_overlap: bool = False) -> int:
        """Take the upload over from whoever was writing, and return how many bytes there are.

        From now on the predecessor can write nothing more, so the answer stays true until the
        claimant writes.

        Args:
            claim: the newest request's.
            offset: where the request wants to go on; None only asks.
            may_overlap: it may begin with bytes that are here already; see ``append``.

        Raises:
            RemoteError: ``offset_wrong``; then nothing is taken over.
        """
        with self._turn.held():
            size = self._size()
            if offset is not None and (offset > size or (offset < size and not may_overlap)):
                raise RemoteError("offset_wrong", offset=size)
            self._turn.give(claim)
            return size

    def append(self, claim: Claim, offset: int, chunk: bytes) -> int:
        """Write a chunk at its place and return where the next one begins.

        Bytes that are here already are compared and passed over, never written again.

        Raises:
            RemoteError: ``upload_taken_over`` when a newer request holds the upload,
                ``upload_too_long``, ``offset_wrong`` when what is here is something else.
            LocalFault: ``office_full``; what fitted is kept.
        """
        with self._turn.held():
            self._check_owner(claim)
            end = offset + len(chunk)
            if end > self.length_bytes:
                raise RemoteError("upload_too_long", is_retryable=False)
            size = self._size()
            if offset > size:
                raise RemoteError("offset_wrong", offset=size)
            with disk_faults(), self._path.open("r+b", buffering=0) as file:
                known = min(size, end) - offset
                if known and not _is_there(file, offset, chunk[:known]):
                    raise RemoteError("offset_wrong", offset=size)
                _write_at(file.fileno(), offset + known, chunk[known:])
            return end

    def cut_back(self, claim: Claim, offset: int) -> None:
        """Forget the bytes from ``offset`` on, whose checksum was wrong."""
        with self._turn.held():
            self._check_owner(claim)
            with disk_faults(), self._path.open("r+b") as file:
                file.truncate(offset)
                os.fsync(file.fileno())

    def take(self, office: Office, claim: Claim | None = None) -> None:
        """Take out every record that is whole by now.

        Each one is durable under ``blobs/`` before the boundary moves; a kill in between repeats
        the work for those records and changes nothing. What is below the boundary is never read
        again, so the part file itself needs no sync for it.

        Raises:
            RemoteError: ``pack_torn``; ``upload_taken_over``.
        """
        with self._turn.held():
            if claim is not None:
                self._check_owner(claim)
            size = self._size()
            if self._turn.was_away():
                self._taken_bytes, self._next = boundary_of(office, self.id), None
            while records := self._whole_records(size):
                # After a fault the same stretch is taken again, whatever of it was kept.
                take_records(office, self.id, self.device_id, self._path, records)
                self._taken_bytes, self._next = _end(records[-1]), None
            if size == self.length_bytes and self._taken_bytes != size:
                raise RemoteError("pack_torn", is_retryable=False)

    def is_complete(self) -> bool:
        """Tell whether every byte has come and every record was taken."""
        with self._turn.held():
            return self._taken_bytes == self.length_bytes

    def is_of(self, claim: Claim) -> bool:
        """Tell whether no newer request has taken the upload over."""
        with self._turn.held():
            return self._turn.is_of(claim)

    def sync(self) -> None:
        """Make what has come durable; what was taken out is so without its part file."""
        with self._turn.held():
            if self._taken_bytes != self.length_bytes:
                self._sync()

    def end(self) -> None:
        """Delete the part file; whoever still writes has lost the upload."""
        with self._turn.held():
            self._turn.end()
            self._path.unlink(missing_ok=True)

    def _check_owner(self, claim: Claim) -> None:
        if not self._turn.is_of(claim):
            raise RemoteError("upload_taken_over")

    def _whole_records(self, size: int) -> list[Whole]:
        """Return the records that are whole by now, not too many at once."""
        records: list[Whole] = []
        if self._next is not None and self._taken_bytes + self._next > size:
            return records
        at = self._taken_bytes
        with self._path.open("rb") as file:
            while size - at >= HEADER_BYTES and len(records) < _MOST_AT_ONCE:
                file.seek(at)
                try:
                    header = self._checked(read_header(file.read(HEADER_BYTES)), at)
                except RemoteError:
                    # What stands before the torn one is taken first.
                    if records:
                        break
                    raise
                start, at = at + HEADER_BYTES, at + HEADER_BYTES + header.length_bytes
                if at > size:
                    self._next = at - self._taken_bytes if not records else None
                    break
                records.append(Whole(header, start))
        return records

    def _checked(self, header: RecordHeader, at: int) -> RecordHeader:
        # Events travel the other way, and a record must end inside its pack: no need to wait for
        # the bytes.
        end = at + HEADER_BYTES + header.length_bytes
        if header.kind is RecordKind.EVENT or end > self.length_bytes:
            raise RemoteError("pack_torn", is_retryable=False)
        return header

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            raise UserError("upload_gone") from None

    def _sync(self) -> None:
        if self._path.exists():
            with disk_faults(), self._path.open("r+b") as file:
                os.fsync(file.fileno())


class Uploads:
    """The open uploads of this process, one object each, and their folder.

    Args:
        folder: of the part files; made when absent.
        is_shared: other processes use the folder too.
    """

    def __init__(self, folder: Path, *, is_shared: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._is_shared = is_shared
        self._live: dict[str, LiveUpload] = {}
        self._lock = threading.Lock()

    def path(self, upload_id: str) -> Path:
        """Return where the part file of an upload is."""
        return self.folder / f"{upload_id}{PART}"

    def known(self, upload_id: str) -> LiveUpload | None:
        """Return the upload when this process has touched it before."""
        with self._lock:
            return self._live.get(upload_id)

    def keep(
        self, upload_id: str, length_bytes: int, taken_bytes: int, device_id: str
    ) -> LiveUpload:
        """Remember an upload, as ``LiveUpload``.

        When two requests touch it at once, both get the first one's object.
        """
        turn = SharedTurn(self.folder / f"{upload_id}{TURN}") if self._is_shared else OwnTurn()
        path = self.path(upload_id)
        fresh = LiveUpload(upload_id, path, length_bytes, taken_bytes, device_id, turn)
        with self._lock:
            return self._live.setdefault(upload_id, fresh)

    def end(self, upload_id: str) -> None:
        """Delete an upload's files and drop it."""
        live = self.known(upload_id)
        if live is not None:
            live.end()
        else:
            for suffix in (PART, TURN):
                (self.folder / f"{upload_id}{suffix}").unlink(missing_ok=True)
        self.forget(upload_id)

    def forget(self, upload_id: str) -> None:
        """Drop an upload from memory: the next question reads how it stands."""
        with self._lock:
            self._live.pop(upload_id, None)

    def files(self) -> list[Path]:
        """Return the files of every upload, open or not."""
        return [path for path in self.folder.iterdir() if path.suffix in (PART, TURN)]

    def forget_gone(self) -> None:
        """Drop what another process has ended."""
        with self._lock:
            known = list(self._live)
        gone = [upload_id for upload_id in known if not self.path(upload_id).exists()]
        with self._lock:
            for upload_id in gone:
                self._live.pop(upload_id, None)


def _end(record: Whole) -> int:
    return record.start + record.header.length_bytes


def _is_there(file: RawIOBase, offset: int, content: bytes) -> bool:
    """Tell whether a file holds these bytes at an offset."""
    file.seek(offset)
    return file.read(len(content)) == content


def _write_at(descriptor: int, offset: int, chunk: bytes) -> None:
    """Write all of a chunk at an offset, whatever the file's position is."""
    view = memoryview(chunk)
    while view:
        if hasattr(os, "pwrite"):
            written = os.pwrite(descriptor, view, offset)
        else:
            os.lseek(descriptor, offset, os.SEEK_SET)
            written = os.write(descriptor, view)
        offset += written
        view = view[written:]
