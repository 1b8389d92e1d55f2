"""Courier files: a pack behind a signed note, on a stick instead of a link; and what comes back.

``LOKET-LET-00007.lpk`` goes to the office: a note of the device, sealed to the office, then the
records that a link carries too. ``LOKET-LET-00007.lpr`` comes back: a note of the office, sealed to
the device, then events as a pull gives them. In clear stand the device's code and a number in the
name, and of each record its kind and its length; nothing of a person.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from app.errors import RemoteError
from app.protocol.keys import Keys
from app.protocol.marks import MOST_MARKS, NOTHING, Mark
from app.protocol.record import (
    HEADER_BYTES,
    Record,
    RecordHeader,
    RecordKind,
    new_record,
    read_header,
)
from app.protocol.sealing import Purpose, peek, seal, sign, squeeze, unseal, unsqueeze, verify

FORMAT = 1
#: FAT32 ends at 4 GiB, and old readers of sticks at half of that.
MOST_FILE_BYTES = 2**31 - 2**20
#: The note names each record, and is read whole.
MOST_RECORDS = 50_000
#: A return file of a device that was away for a year.
MOST_RETURN_BYTES = 64 * 1024 * 1024
MOST_EVENTS = 100_000
_DIGEST_BYTES = 32
_MOST_PLAIN_BYTES = 4 * 1024 * 1024
_MOST_SERIAL = 99_999
_MAGIC = b"LP\x01"
_STEP_BYTES = 1024 * 1024
#: What one look at a file may cost: a forged one can announce a large record at every byte.
_MOST_LOOKED_AT = 4
_COST_OF_A_LOOK = 4096
_NAME = re.compile(r"LOKET-([0-9A-Z]{3})-([0-9]{5})\.(LPK|LPR)", re.ASCII | re.IGNORECASE)

#: Bytes of a file: (offset, size) -> bytes, fewer at its end.
ReadAt = Callable[[int, int], bytes]


class CourierName(msgspec.Struct, frozen=True):
    """A file's name on the stick; sticks may know no small letters."""

    device_code: str
    serial: int
    #: From the office to the device.
    is_return: bool = False

    def __str__(self) -> str:
        return f"LOKET-{self.device_code}-{self.serial:05d}.{'lpr' if self.is_return else 'lpk'}"


class CourierNote(msgspec.Struct, frozen=True):
    """What the device says of a file of its own."""

    format: int
    device_id: str
    #: Counts the device's files.
    serial: int
    #: Number of the last event applied: what the return file must begin after.
    cursor: int
    made_at: datetime
    #: Bytes of the records behind the note, headers included.
    size_bytes: int
    #: Their SHA-256 one after another, 32 bytes each, in order: a record that is not among them was
    #: put there by somebody else, and one that is torn is known by its place.
    digests: bytes
    #: What event ``cursor`` was, and some before it, newest first; see ``app.protocol.marks``.
    heard: tuple[Mark, ...] = ()

    def record_digests(self) -> tuple[str, ...]:
        """Return the digests in hexadecimal."""
        whole = range(0, len(self.digests) - _DIGEST_BYTES + 1, _DIGEST_BYTES)
        return tuple(self.digests[at : at + _DIGEST_BYTES].hex() for at in whole)


class ReturnNote(msgspec.Struct, frozen=True):
    """What the office says of a return file."""

    format: int
    device_id: str
    #: The file continues after this event: the newest that both sides know.
    after: int
    #: Newest event for the device, as with a pull.
    last: int
    #: Events in the file, which may end before ``last``.
    events: int
    made_at: datetime
    #: The newest event that the device had heard by the file that is answered. When ``after`` is
    #: less, the office came back from a backup and does not know it.
    heard: Mark = NOTHING


class OpenedNote(msgspec.Struct, frozen=True):
    """A device's note read but not yet vouched for."""

    note: CourierNote
    signed: bytes

    def verify(self, device_signing: str) -> CourierNote:
        """Return the note once the device's public key vouches for it.

        Raises:
            RemoteError: ``signature_wrong``.
        """
        verify("courier_note", self.signed, device_signing)
        return self.note


class Stretch(msgspec.Struct, frozen=True):
    """One record's place in a file; torn when there is no header."""

    #: From 1; the note is the first.
    number: int
    start: int
    header: RecordHeader | None = None


N = TypeVar("N", CourierNote, ReturnNote)


def read_name(untrusted: str) -> CourierName | None:
    """Return what a file's name says, None when it is none of ours."""
    found = _NAME.fullmatch(untrusted)
    if found is None:
        return None
    code, serial, ending = found.groups()
    return CourierName(code.upper(), int(serial), ending.upper() == "LPR")


def next_serial(serial: int) -> int:
    """Return the number of the next file; five digits are all that a name has."""
    return serial % _MOST_SERIAL + 1


def encode_note(note: CourierNote, keys: Keys, office_recipient: str) -> Record:
    """Sign, squeeze and seal a device's note."""
    return _encode("courier_note", note, keys, office_recipient)


def open_note(sealed: bytes, office_identity: str) -> OpenedNote:
    """Unseal and parse a device's note; the caller looks up the device and calls ``verify``.

    Raises:
        RemoteError: ``record_unreadable`` or ``courier_note_malformed`` (not retryable).
    """
    signed = unsqueeze(unseal(sealed, office_identity), _MOST_PLAIN_BYTES)
    note = _parse(peek(signed), CourierNote)
    is_fit = (
        note.format == FORMAT
        and 0 < note.serial <= _MOST_SERIAL
        and note.cursor >= 0
        and note.made_at.tzinfo is not None
        and len(note.digests) % _DIGEST_BYTES == 0
        and len(note.digests) <= MOST_RECORDS * _DIGEST_BYTES
        and len(note.heard) <= MOST_MARKS
    )
    if not is_fit:
        raise RemoteError("courier_note_malformed", is_retryable=False)
    return OpenedNote(note, signed)


def encode_return_note(note: ReturnNote, keys: Keys, device_recipient: str) -> Record:
    """Sign, squeeze and seal the office's note."""
    return _encode("return_note", note, keys, device_recipient)


def open_return_note(
    sealed: bytes, identity: str, office_signing: str, device_id: str
) -> ReturnNote:
    """Unseal, verify and parse the office's note.

    Raises:
        RemoteError: ``record_unreadable``, ``signature_wrong`` or ``courier_note_malformed`` (none
            retryable).
    """
    signed = unsqueeze(unseal(sealed, identity), _MOST_PLAIN_BYTES)
    note = _parse(verify("return_note", signed, office_signing), ReturnNote)
    if note.format != FORMAT or note.device_id != device_id:
        raise RemoteError("courier_note_malformed", is_retryable=False)
    return note


def joined(digests: Sequence[str]) -> bytes:
    """Return digests as a note holds them."""
    return b"".join(bytes.fromhex(digest) for digest in digests)


def walk(read_at: ReadAt, size_bytes: int) -> Iterator[Stretch]:
    """Yield every record of a file that is whole, and each place where one is torn.

    After a torn record the next one is looked for: where its header said, else at the next bytes
    that begin a whole record. A forged file costs at most four times what it is long.
    """
    walking = _Walking(read_at, size_bytes)
    at, number = 0, 1
    while at < size_bytes and number <= MOST_RECORDS + 1:
        header = walking.whole_at(at)
        yield Stretch(number, at, header)
        if header is not None:
            at += HEADER_BYTES + header.length_bytes
        else:
            at = walking.next_after(at)
        number += 1


class _Walking:
    def __init__(self, read_at: ReadAt, size_bytes: int) -> None:
        self._read_at = read_at
        self._size = size_bytes
        self._left = (_MOST_LOOKED_AT - 1) * size_bytes

    def whole_at(self, at: int) -> RecordHeader | None:
        """Return the header of the record that begins here, when all of it is as announced."""
        header = self._header_at(at)
        if header is None:
            return None
        digest, place = hashlib.sha256(), at + HEADER_BYTES
        end = place + header.length_bytes
        self._left -= header.length_bytes
        while place < end:
            piece = self._read_at(place, min(_STEP_BYTES, end - place))
            if not piece:
                return None
            digest.update(piece)
            place += len(piece)
        return header if digest.hexdigest() == header.digest else None

    def next_after(self, at: int) -> int:
        """Return where to go on after a torn record: the end when nothing more is found."""
        header = self._header_at(at)
        if header is not None:
            end = at + HEADER_BYTES + header.length_bytes
            if end == self._size or self._header_at(end) is not None:
                return end
        place = at + 1
        while place < self._size and self._left > 0:
            window = self._read_at(place, _STEP_BYTES)
            found = window.find(_MAGIC)
            while found >= 0 and self._left > 0:
                self._left -= _COST_OF_A_LOOK
                if self.whole_at(place + found) is not None:
                    return place + found
                found = window.find(_MAGIC, found + 1)
            place += max(1, len(window) - len(_MAGIC) + 1)
        return self._size

    def _header_at(self, at: int) -> RecordHeader | None:
        if self._left < -self._size:
            return None
        try:
            header = read_header(self._read_at(at, HEADER_BYTES))
        except RemoteError:
            return None
        return header if at + HEADER_BYTES + header.length_bytes <= self._size else None


def _encode(purpose: Purpose, note: CourierNote | ReturnNote, keys: Keys, recipient: str) -> Record:
    signed = sign(purpose, msgspec.json.encode(note), keys.signing)
    return new_record(RecordKind.COURIER_NOTE, seal(squeeze(signed), recipient))


def _parse(payload: bytes, kind: type[N]) -> N:
    try:
        return msgspec.json.decode(payload, type=kind)
    except (ValueError, RecursionError):
        # Bytes that are no UTF-8, and brackets without end, are errors of their own in msgspec.
        raise RemoteError("courier_note_malformed", is_retryable=False) from None
