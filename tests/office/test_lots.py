"""Records live in their lot until they are settled, and nobody who reads one can tell."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import pytest

from app.errors import LocalFault
from app.office.blobs import Blobs
from app.office.lots import Lots
from app.protocol.record import Record, RecordKind, new_record, write_pack
from tests.crash.children import dies_at
from tests.office.house import noise


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder: Path) -> Blobs:
    return Blobs(folder)


def _records(count: int, seed: int = 0) -> list[Record]:
    return [new_record(RecordKind.BLOB, noise(900 + n, seed + n)) for n in range(count)]


def _lots(folder: Path) -> list[Path]:
    return sorted((folder / "lots").iterdir(), key=lambda lot: lot.stat().st_mtime_ns)


def _assert_held(blobs: Blobs, records: list[Record]) -> None:
    for record in records:
        assert blobs.has(record.digest)
        assert blobs.size(record.digest) == len(record.sealed)
        assert blobs.read(record.digest) == record.sealed


def test_a_record_is_read_from_its_lot_and_then_from_its_own_file(
    folder: Path, blobs: Blobs
) -> None:
    # Another process, which learns of lots and of settling by the folder alone.
    other = Blobs(folder)
    first, second = _records(3), _records(3, 10)
    blobs.keep([write_pack(first[:2]), write_pack(first[2:])])()
    _assert_held(other, first)
    assert len(_lots(folder)) == 1
    assert not blobs.path(first[0].digest).exists()
    blobs.keep([write_pack(second)])()
    _assert_held(other, [*first, *second])
    blobs.settle(0.0)
    assert _lots(folder) == []
    assert blobs.path(first[0].digest).read_bytes() == first[0].sealed
    for reader in (blobs, other):
        _assert_held(reader, [*first, *second])
        assert not reader.has("0" * 64)
    with pytest.raises(LocalFault, match="record_missing"):
        other.read("0" * 64)


def test_nobody_settles_while_somebody_sends_unless_lots_are_many(tmp_path: Path) -> None:
    few, small = Lots(tmp_path, most_lots=2), Lots(tmp_path, most_bytes=2_500)
    for number, record in enumerate(_records(4)):
        few.write(str(number), [write_pack([record])])
        os.utime(few.due(0.0)[-1], (number, number))
    oldest = few.due(0.0)
    assert few.due(60.0) == oldest
    few.write("now", [write_pack(_records(1, 50))])
    assert few.due(60.0) == oldest[:3]
    assert small.due(60.0) == oldest[:3]
    assert Lots(tmp_path).due(60.0) == []


def test_a_lot_that_is_being_written_is_neither_read_nor_settled(
    folder: Path, blobs: Blobs
) -> None:
    (record,) = _records(1)
    blobs.keep([write_pack([record])])()
    (lot,) = _lots(folder)
    whole = lot.read_bytes()
    lot.write_bytes(whole[:-1])
    assert not blobs.has(record.digest)
    blobs.settle(0.0)
    assert lot.exists()
    lot.write_bytes(whole)
    _assert_held(blobs, [record])


def test_a_start_after_a_power_cut_takes_out_of_a_torn_lot_what_is_whole_in_it(
    folder: Path, blobs: Blobs
) -> None:
    kept, cut = _records(2), _records(3, 10)
    blobs.keep([write_pack(cut)])()
    (lot,) = _lots(folder)
    os.truncate(lot, lot.stat().st_size - 1)
    lot.with_name("emptied.4097.lot").write_bytes(bytes(4096))
    blobs.keep([write_pack(kept)])()
    again = Blobs(folder)
    again.clear_unfinished()
    assert len(_lots(folder)) == 1
    _assert_held(again, [*kept, *cut[:2]])
    assert not again.has(cut[2].digest)


def test_one_rotten_record_spoils_no_other_and_is_missing(folder: Path, blobs: Blobs) -> None:
    records = _records(3)
    blobs.keep([write_pack(records)])()
    (lot,) = _lots(folder)
    content = lot.read_bytes()
    lot.write_bytes(content.replace(records[1].sealed, bytes(len(records[1].sealed))))
    for _ in range(2):
        _assert_held(blobs, [records[0], records[2]])
        with pytest.raises(LocalFault, match="record_missing"):
            blobs.read(records[1].digest)
        blobs.settle(0.0)
    assert not blobs.has(records[1].digest)


def test_a_file_that_rots_beside_its_lot_is_read_from_the_lot(folder: Path, blobs: Blobs) -> None:
    (record,) = _records(1)
    blobs.keep([write_pack([record])])()
    own = blobs.path(record.digest)
    own.parent.mkdir()
    own.write_bytes(b"rot")
    assert blobs.read(record.digest) == record.sealed
    blobs.settle(0.0)
    _assert_held(blobs, [record])


def test_a_disk_that_fails_a_settling_leaves_everything_readable(
    folder: Path, blobs: Blobs
) -> None:
    records = _records(3)
    blobs.keep([write_pack(records)])()
    (folder / "tmp").rmdir()
    with pytest.raises(LocalFault, match="office_folder_unusable"):
        blobs.settle(0.0)
    _assert_held(blobs, records)
    (folder / "tmp").mkdir()
    blobs.settle(0.0)
    _assert_held(blobs, records)
    assert _lots(folder) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_kill_at_any_step_of_settling_loses_nothing(
    tmp_path: Path, folder: Path, blobs: Blobs
) -> None:
    records = _records(2)
    step, is_dead = 0, True
    while is_dead:
        step += 1
        if not _lots(folder):
            blobs.keep([write_pack(records)])()
        is_dead = dies_at(step, tmp_path, partial(blobs.settle, 0.0))
        again = Blobs(folder)
        again.clear_unfinished()
        _assert_held(again, records)
        for record in records:
            again.path(record.digest).unlink(missing_ok=True)
    assert step > 8
