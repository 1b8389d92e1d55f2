"""Lots: records that came together as one file, durable before each has a durable file of its own.

One wait for the disk then stands for hundreds. A lot goes when all of its records' own files are
on the disk: minutes later, when the system has written them by itself and asking costs nothing.
Never a place where a record is looked for, but at a start after a power cut.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from app.errors import RemoteError
from app.protocol.record import HEADER_BYTES, Record, RecordHeader, read_header, write_pack
from app.protocol.sealing import digest_of
from app.security.durable import digest_of_file, sync_file, sync_folder

_SUFFIX = ".lot"


def write_lot(folder: Path, name: str, records: Sequence[Record]) -> Path:
    """Write a lot and return its file; its records are safe when this returns."""
    lot = folder / f"{name}{_SUFFIX}"
    with lot.open("xb") as file:
        file.write(write_pack(records))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return lot


def rested_lots(folder: Path, rested_s: float) -> list[Path]:
    """Return the lots that were written so long ago, by a clock that may have been set back."""
    now = time.time()
    lots = sorted(folder.glob(f"*{_SUFFIX}"))
    return [lot for lot in lots if abs(now - lot.stat().st_mtime) >= rested_s]


def settle_lot(
    lot: Path,
    path_of: Callable[[str], Path],
    write: Callable[[str, bytes], None],
    *,
    is_proving: bool,
) -> None:
    """Make the file of each record of a lot durable, and remove the lot.

    What is true if it dies: the lot is there until all of it is done, and may be settled again.

    Args:
        lot: its file; its end may be torn, of which nobody was told anything.
        path_of: tells where the file of a record is or would be.
        write: puts sealed bytes there, for a file that is not, or not whole.
        is_proving: look at the bytes too: a power cut may leave a name without them.
    """
    folders = set()
    with lot.open("rb") as file:
        for header, start in _records(file):
            path = path_of(header.digest)
            if not path.exists() or (is_proving and digest_of_file(path) != header.digest):
                file.seek(start)
                sealed = file.read(header.length_bytes)
                if digest_of(sealed) != header.digest:
                    continue
                write(header.digest, sealed)
            sync_file(path)
            folders.add(path.parent)
    for folder in folders | {folder.parent for folder in folders}:
        sync_folder(folder)
    lot.unlink()


def _records(file: BinaryIO) -> Iterator[tuple[RecordHeader, int]]:
    at = 0
    while True:
        file.seek(at)
        try:
            header = read_header(file.read(HEADER_BYTES))
        except RemoteError:
            return
        yield header, at + HEADER_BYTES
        at += HEADER_BYTES + header.length_bytes
