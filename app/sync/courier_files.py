"""Looks at courier files without opening a seal: names, headers, digests.

Never believes a length before it is bounded, and never holds more than one record in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from app.errors import RemoteError
from app.protocol.courier import MOST_RECORDS, CourierName, read_name
from app.protocol.record import HEADER_BYTES, Record, RecordHeader, read_header
from app.protocol.sealing import digest_of
from app.security.sticks import files_on_stick, stick_faults

#: A stick may hold anything; so many files of ours are looked at.
_MOST_FILES = 2000


class CourierFile(msgspec.Struct, frozen=True):
    """A file on a stick whose name is one of ours."""

    path: Path
    name: CourierName


def courier_files(folder: Path) -> tuple[CourierFile, ...]:
    """Return the courier files of a folder, by name.

    Raises:
        LocalFault: as ``stick_faults``.
    """
    found = []
    for path in files_on_stick(folder):
        name = read_name(path.name)
        if name is not None:
            found.append(CourierFile(path, name))
    return tuple(found[:_MOST_FILES])


def records_in(path: Path) -> Iterator[Record]:
    """Yield the records of a file one by one, each with its digest checked.

    Raises:
        RemoteError: ``pack_torn`` with ``record``, counted from 1.
        LocalFault: as ``stick_faults``.
    """
    with stick_faults(), path.open("rb") as file:
        number = 1
        while head := file.read(HEADER_BYTES):
            header = _header(head, number)
            sealed = file.read(header.length_bytes)
            if len(sealed) != header.length_bytes or digest_of(sealed) != header.digest:
                raise _torn(number)
            yield Record(header.kind, header.digest, sealed)
            number += 1
            if number > MOST_RECORDS + 1:
                raise _torn(number)


def digests_in(path: Path) -> tuple[str, ...] | None:
    """Return the digests that a file's headers name, the note's left out; None if it is torn."""
    try:
        with stick_faults(), path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            headers = list(_headers(file, size))
    except RemoteError:
        return None
    return tuple(header.digest for header in headers[1:])


def _headers(file: BinaryIO, size: int) -> Iterator[RecordHeader]:
    at = 0
    for number in range(1, MOST_RECORDS + 2):
        if at == size:
            return
        file.seek(at)
        header = _header(file.read(HEADER_BYTES), number)
        at += HEADER_BYTES + header.length_bytes
        if at > size:
            raise _torn(number)
        yield header
    raise _torn(MOST_RECORDS + 2)


def _header(untrusted: bytes, number: int) -> RecordHeader:
    try:
        return read_header(untrusted)
    except RemoteError:
        raise _torn(number) from None


def _torn(number: int) -> RemoteError:
    return RemoteError("pack_torn", is_retryable=False, record=number)
