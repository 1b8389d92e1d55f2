"""Records live in their lot until they are settled, and nobody who reads one can tell."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from app.errors import LocalFault
from app.office.blobs import Blobs
from app.office.lots import Lots
from app.protocol.record import HEADER_BYTES, Record, RecordKind, new_record, write_pack
from tests.crash.children import dies_at
from tests.office.house import noise

#: Reading it is a true error of input: nothing is mapped where it begins.
UNREADABLE = Path("/proc/self/mem")
unreadable = pytest.mark.skipif(sys.platform != "linux", reason="needs a file that gives EIO")


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


def _spoilt(folder: Path, at: int, bits: int) -> None:
    """Turn bits of one byte of the only lot."""
    (lot,) = _lots(folder)
    content = bytearray(lot.read_bytes())
    content[at] ^= bits
    lot.write_bytes(content)


@pytest.mark.parametrize("place", ["mark", "kind", "longer", "shorter", "much longer"])
def test_a_rotten_header_hides_no_record_behind_it(folder: Path, blobs: Blobs, place: str) -> None:
    records = _records(4)
    blobs.keep([write_pack(records[:2]), write_pack(records[2:])])()
    second = HEADER_BYTES + len(records[0].sealed)
    at, bits = {
        "mark": (0, 1), "kind": (3, 0x80), "longer": (7, 0x01), "shorter": (6, 0x02),
        "much longer": (5, 0x40),
    }[place]  # fmt: skip
    _spoilt(folder, second + at, bits)
    again = Blobs(folder)
    for _ in range(2):
        _assert_held(again, [records[0], *records[2:]])
        again.settle(0.0)
    assert _lots(folder) == []


def test_what_looks_like_a_header_inside_a_record_is_none(folder: Path, blobs: Blobs) -> None:
    inner = write_pack(_records(30, 70))[:900]
    records = [new_record(RecordKind.BLOB, inner * 40), *_records(2)]
    blobs.keep([write_pack(records)])()
    _spoilt(folder, 0, 1)
    again = Blobs(folder)
    _assert_held(again, records[1:])
    again.settle(0.0)
    _assert_held(again, records[1:])


@unreadable
def test_a_lot_that_cannot_be_read_stays_and_holds_up_no_other(folder: Path, blobs: Blobs) -> None:
    records = _records(2)
    bad = folder / "lots" / "bad.0.lot"
    bad.symlink_to(UNREADABLE)
    blobs.keep([write_pack(records)])()
    (good,) = set(_lots(folder)) - {bad}
    os.utime(good, (time.time() + 3600,) * 2)
    for _ in range(2):
        _assert_held(blobs, records)
        assert not blobs.has("0" * 64)
        blobs.settle(0.0)
        assert _lots(folder) == [bad]


@unreadable
def test_a_record_that_the_disk_does_not_give_back_is_missing_like_a_rotten_one(
    folder: Path, blobs: Blobs
) -> None:
    kept, lost = _records(2)
    blobs.keep([write_pack([kept, lost])])()
    blobs.settle(0.0)
    blobs.path(lost.digest).unlink()
    blobs.path(lost.digest).symlink_to(UNREADABLE)
    with pytest.raises(LocalFault, match="record_missing"):
        blobs.read(lost.digest)
    _assert_held(blobs, [kept])
    # It came again.
    blobs.keep([write_pack([lost])])()
    assert blobs.read(lost.digest) == lost.sealed


def test_a_lot_that_was_taken_away_while_it_was_written_is_not_called_kept(
    folder: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a successor's start beside a worker that should be gone."""
    (record,) = _records(1)

    def start_another(lots: Path) -> None:
        for lot in lots.iterdir():
            os.truncate(lot, 10)
        Blobs(folder).clear_unfinished()

    monkeypatch.setattr("app.office.lots.sync_folder", start_another)
    with pytest.raises(LocalFault, match="office_folder_unusable"):
        blobs.keep([write_pack([record])])()


def test_settling_ends_after_the_lot_it_is_at_when_the_office_ends(
    folder: Path, blobs: Blobs
) -> None:
    for record in _records(3):
        blobs.keep([write_pack([record])])()
    blobs.settle(0.0, lambda: len(_lots(folder)) < 3)
    assert len(_lots(folder)) == 2


def test_a_torn_lot_that_cannot_be_settled_keeps_no_office_from_starting(
    folder: Path, blobs: Blobs
) -> None:
    kept, cut = _records(2)
    blobs.keep([write_pack([kept, cut])])()
    (lot,) = _lots(folder)
    os.truncate(lot, lot.stat().st_size - 1)
    # No folder can be made there, as on a disk that is full.
    own = folder / kept.digest[:2]
    own.write_bytes(b"")
    blobs.clear_unfinished()
    assert _lots(folder) == [lot]
    own.unlink()
    blobs.clear_unfinished()
    _assert_held(blobs, [kept])
    assert _lots(folder) == []
