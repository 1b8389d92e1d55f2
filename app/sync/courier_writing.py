"""Writes what waits here onto a stick, as files that the office can read and nobody else.

Never marks anything as sent or received, and never holds up the link.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from app.domain.clock import Clock
from app.domain.courier import CourierProgress, FilesWritten, IsEnding, LeftOut, TellCourier
from app.domain.words import WIB
from app.errors import LocalFault, UserError
from app.protocol.courier import (
    FORMAT,
    MOST_FILE_BYTES,
    MOST_RECORDS,
    CourierName,
    CourierNote,
    encode_note,
    joined,
    read_name,
)
from app.protocol.record import HEADER_BYTES, RecordHeader
from app.security.sticks import (
    PART,
    files_on_stick,
    free_bytes,
    remove_from_stick,
    write_to_stick,
)
from app.storage import courier, opinions
from app.storage.courier import CourierSender
from app.storage.packs import Candidate, choose
from app.storage.store import Store
from app.sync.courier_files import digests_in

_log = logging.getLogger(__name__)
#: Sectors, names and a torn write's leftovers need some room too.
_SPARE_BYTES = 1024 * 1024
_NOTE_BYTES = 4096
_UNSENDABLE = ("blob_missing", "blob_torn")


class _TornHere(Exception):
    """A record's file on this machine is not what it is called."""

    def __init__(self, digest: str, code: str) -> None:
        super().__init__(code)
        self.digest = digest
        self.code = code


class CourierWriting:
    """Writes courier files.

    Args:
        store: what waits.
        clock: when.
        most_file_bytes: no file grows beyond it; what is more goes into the next one.
    """

    def __init__(self, store: Store, clock: Clock, most_file_bytes: int = MOST_FILE_BYTES) -> None:
        self._store = store
        self._clock = clock
        self._most_file_bytes = most_file_bytes
        #: Records found torn here: their submissions stay.
        self._torn: dict[str, str] = {}

    def write(self, folder: Path, tell: TellCourier, stop: IsEnding) -> FilesWritten:
        """Write everything without a receipt, forms first; with nothing to send, the note alone.

        The note alone still asks for an answer: the office learns from it what this kiosk heard.

        What is true if the stick is pulled or the power goes:

        1. after older files were deleted whose every record is at the office: nobody needs them;
        2. after a serial was reserved: it is never used again;
        3. while a file is written or read back: see ``write_to_stick``; older files are untouched;
        4. after a file has its name, before the rows say so: the file is whole and counts at the
           office; here it is not called carried, and the next writing takes its records again;
        5. after that: older files of this kiosk whose every record is in the new ones, or at the
           office, are deleted one by one; each is needless whether it goes or stays.

        Raises:
            UserError: ``not_enrolled``, ``courier_cancelled``.
            LocalFault: ``stick_full`` when not even the first record fits; ``stick_read_only``,
                ``stick_gone``, ``stick_failing``, and the store's.
        """
        sender = self._sender()
        _remove_leftovers(folder, sender.device_code)
        self._tidy(folder, sender.device_code, [], set())
        written: list[CourierName] = []
        done: dict[str, RecordHeader] = {}
        while True:
            candidates = self._candidates()
            left = tuple(one for one in candidates if one.header.digest not in done)
            if written and not left:
                break
            chosen = self._choose(left, folder)
            if not chosen and left:
                if not written:
                    raise LocalFault("stick_full")
                break
            try:
                written.append(self._write_one(folder, sender, chosen, tell, stop))
            except _TornHere as torn:
                self._torn[torn.digest] = torn.code
                continue
            done.update((header.digest, header) for header in chosen)
            self._note_carried(written[-1].serial, set(done))
            if not left:
                break
        self._tidy(folder, sender.device_code, written, set(done))
        return self._report(written, done)

    def _sender(self) -> CourierSender:
        with self._store.read() as session:
            sender = courier.courier_sender(session)
        if sender is None:
            raise UserError("not_enrolled")
        return sender

    def _candidates(self) -> tuple[Candidate, ...]:
        """Return the records of every submission that can go whole, then opinions."""
        today = self._clock.now().astimezone(WIB).date()
        with self._store.read() as session:
            waiting = courier.without_receipt(session)
            said = opinions.unheld(session, today)
        unfit = {one.submission_id for one in waiting if self._fault(one)}
        of_nobody = (Candidate("", header, is_purged=False) for header in said)
        return (
            *(one for one in waiting if one.submission_id not in unfit),
            *(one for one in of_nobody if not self._fault(one)),
        )

    def _fault(self, one: Candidate) -> str:
        if one.is_purged:
            return "record_purged"
        path = self._store.blobs.path(one.header.digest)
        try:
            size = path.stat().st_size
        except OSError:
            return "blob_missing"
        if size != one.header.length_bytes:
            return "blob_torn"
        return self._torn.get(one.header.digest, "")

    def _choose(self, left: tuple[Candidate, ...], folder: Path) -> tuple[RecordHeader, ...]:
        room = self._most_file_bytes
        free = free_bytes(folder)
        if free is not None:
            room = min(room, free - _SPARE_BYTES)
        room -= _NOTE_BYTES + 48 * min(len(left), MOST_RECORDS)
        chosen = choose(left, room)[:MOST_RECORDS]
        # A first record always comes, so that one larger than a pack still travels by link.
        return chosen if _size(chosen) <= room else ()

    def _write_one(
        self,
        folder: Path,
        sender: CourierSender,
        records: tuple[RecordHeader, ...],
        tell: TellCourier,
        stop: IsEnding,
    ) -> CourierName:
        name = self._new_name(folder, sender)
        note = CourierNote(
            format=FORMAT,
            device_id=sender.device_id,
            serial=name.serial,
            cursor=sender.cursor,
            made_at=self._clock.now(),
            size_bytes=_size(records),
            digests=joined([record.digest for record in records]),
            heard=sender.heard,
        )
        sealed = encode_note(note, sender.keys, sender.office_recipient)
        whole = HEADER_BYTES + len(sealed.sealed) + note.size_bytes

        def told(written: int, checked: int) -> None:
            if stop.is_set():
                raise UserError("courier_cancelled")
            if checked:
                tell(CourierProgress("checking", checked, whole))
            else:
                tell(CourierProgress("writing", written, whole))

        def pieces() -> Iterator[bytes]:
            yield sealed.header().encode() + sealed.sealed
            for record in records:
                yield record.encode()
                yield self._content(record.digest)

        write_to_stick(folder, str(name), pieces(), told)
        return name

    def _content(self, digest: str) -> bytes:
        try:
            return self._store.blobs.read(digest)
        except LocalFault as fault:
            if fault.code not in _UNSENDABLE:
                raise
            raise _TornHere(digest, fault.code) from None

    def _new_name(self, folder: Path, sender: CourierSender) -> CourierName:
        """Return a name that is not there: an older copy of this store may have used it before."""
        there = {path.name.upper() for path in files_on_stick(folder)}
        while True:
            with self._store.write() as session:
                name = CourierName(sender.device_code, courier.reserve_serial(session))
            if str(name).upper() not in there:
                return name

    def _note_carried(self, serial: int, on_stick: set[str]) -> None:
        with self._store.write() as session:
            waiting = courier.without_receipt(session)
            behind = {one.submission_id for one in waiting if one.header.digest not in on_stick}
            whole = {one.submission_id for one in waiting} - behind
            courier.note_carried(session, whole, serial, self._clock.now())

    def _tidy(
        self, folder: Path, device_code: str, written: list[CourierName], on_stick: set[str]
    ) -> None:
        """Delete older files of ours that nobody needs any more."""
        for path in files_on_stick(folder):
            name = read_name(path.name)
            if name is None or name.device_code != device_code or name.is_return:
                continue
            if name in written:
                continue
            digests = digests_in(path)
            if digests is None:
                continue
            with self._store.read() as session:
                is_needed = courier.still_wanted(session, digests, on_stick)
            if not is_needed:
                remove_from_stick([path])

    def _report(self, written: list[CourierName], done: dict[str, RecordHeader]) -> FilesWritten:
        with self._store.read() as session:
            waiting = courier.without_receipt(session)
            names = courier.references(session, {one.submission_id for one in waiting})
        faults = {one.submission_id: fault for one in waiting if (fault := self._fault(one))}
        behind = {one.submission_id for one in waiting if one.header.digest not in done}
        left = {
            one.header.digest: one.header
            for one in waiting
            if one.header.digest not in done and one.submission_id not in faults
        }
        for submission_id, code in faults.items():
            _log.error("submission %s does not go along: %s", submission_id, code)
        return FilesWritten(
            names=tuple(str(name) for name in written),
            references=tuple(
                dict.fromkeys(
                    names[one.submission_id] for one in waiting if one.submission_id not in behind
                )
            ),
            size_bytes=_size(tuple(done.values())),
            left_bytes=_size(tuple(left.values())),
            left_out=tuple(LeftOut(names[one], code) for one, code in faults.items()),
        )


def _size(records: tuple[RecordHeader, ...]) -> int:
    return sum(HEADER_BYTES + record.length_bytes for record in records)


def _remove_leftovers(folder: Path, device_code: str) -> None:
    """Remove what was half written when this kiosk's stick was pulled before."""
    half = []
    for path in files_on_stick(folder):
        name = read_name(path.name.removesuffix(PART)) if path.name.endswith(PART) else None
        if name is not None and name.device_code == device_code and not name.is_return:
            half.append(path)
    remove_from_stick(half)
