"""A record: sealed bytes named by their SHA-256, behind a 40-byte header; a pack is a run of them.

offset  bytes  what
0       2      ``LP``
2       1      version, 1
3       1      kind
4       4      length of the sealed bytes, big-endian
8       32     SHA-256 of the sealed bytes
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum

import msgspec

from app.errors import RemoteError
from app.protocol.sealing import digest_of

HEADER_BYTES = 40
#: The largest record anybody takes; a document is refused at capture long before (25 MiB).
MOST_RECORD_BYTES = 32 * 1024 * 1024
#: The largest record of the kinds that are read into memory whole.
MOST_SMALL_RECORD_BYTES = 4 * 1024 * 1024
_HEADER = struct.Struct(">2sBBI32s")
_MAGIC = b"LP"
_VERSION = 1
#: How every header begins.
HEADER_MARK = _MAGIC + bytes([_VERSION])


class RecordKind(IntEnum):
    """What a record holds once unsealed; the number travels."""

    MANIFEST = 1
    BLOB = 2
    EVENT = 3
    SUPPLEMENT = 4
    COURIER_NOTE = 5
    REQUEST = 6
    OPINION = 7


#: What a person waits for: a few KB that go ahead of every document.
FORMS = frozenset({RecordKind.MANIFEST, RecordKind.REQUEST})


class RecordHeader(msgspec.Struct, frozen=True):
    """What stands before the sealed bytes."""

    kind: RecordKind
    digest: str
    length_bytes: int

    def encode(self) -> bytes:
        """Return the 40 bytes that travel."""
        return _HEADER.pack(
            _MAGIC, _VERSION, self.kind, self.length_bytes, bytes.fromhex(self.digest)
        )


class Record(msgspec.Struct, frozen=True):
    """One sealed thing with its name."""

    kind: RecordKind
    digest: str
    sealed: bytes

    def header(self) -> RecordHeader:
        """Return the header that goes before the sealed bytes."""
        return RecordHeader(self.kind, self.digest, len(self.sealed))


def new_record(kind: RecordKind, sealed: bytes) -> Record:
    """Name sealed bytes by their digest."""
    return Record(kind, digest_of(sealed), sealed)


def read_header(untrusted: bytes) -> RecordHeader:
    """Parse the first 40 bytes of a record.

    Raises:
        RemoteError: ``pack_torn`` (not retryable) when they are no header of ours or
            announce too much.
    """
    if len(untrusted) < HEADER_BYTES:
        raise RemoteError("pack_torn", is_retryable=False)
    magic, version, kind, length, digest = _HEADER.unpack(untrusted[:HEADER_BYTES])
    if magic != _MAGIC or version != _VERSION or kind not in RecordKind.__members__.values():
        raise RemoteError("pack_torn", is_retryable=False)
    known = RecordKind(kind)
    most = MOST_RECORD_BYTES if known is RecordKind.BLOB else MOST_SMALL_RECORD_BYTES
    if length > most:
        raise RemoteError("pack_torn", is_retryable=False)
    return RecordHeader(known, digest.hex(), length)


def write_pack(records: Iterable[Record]) -> bytes:
    """Return a pack in memory; for the small ones that carry events."""
    return b"".join(record.header().encode() + record.sealed for record in records)


def read_pack(untrusted: bytes) -> Iterator[Record]:
    """Yield the records of a pack in memory, each with its digest checked.

    Raises:
        RemoteError: ``pack_torn`` when a header or a digest is wrong, or the end is missing.
    """
    at = 0
    while at < len(untrusted):
        header = read_header(untrusted[at : at + HEADER_BYTES])
        at += HEADER_BYTES
        sealed = untrusted[at : at + header.length_bytes]
        if len(sealed) != header.length_bytes or digest_of(sealed) != header.digest:
            raise RemoteError("pack_torn", is_retryable=False)
        at += header.length_bytes
        yield Record(header.kind, header.digest, sealed)
