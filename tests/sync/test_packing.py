"""What goes into a pack, in which order, and that its body is the same bytes from any offset."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.protocol.record import RecordHeader, RecordKind, new_record, write_pack
from app.storage.packs import Candidate, choose
from app.sync.packing import PackBody
from tests.office.house import noise


def header(kind: RecordKind, size: int, name: int) -> RecordHeader:
    return RecordHeader(kind, f"{name:064x}", size)


@given(
    sizes=st.lists(st.integers(0, 300), min_size=1, max_size=5),
    offset=st.integers(0, 1700),
    steps=st.lists(st.integers(1, 90), min_size=1, max_size=8),
)
def test_from_any_offset_the_body_is_the_rest_of_the_pack(
    sizes: list[int], offset: int, steps: list[int]
) -> None:
    records = [new_record(RecordKind.BLOB, noise(size, at)) for at, size in enumerate(sizes)]
    whole = write_pack(records)
    offset = min(offset, len(whole))
    with tempfile.TemporaryDirectory() as folder:
        for record in records:
            (Path(folder) / record.digest).write_bytes(record.sealed)
        body = PackBody(
            [record.header() for record in records], lambda digest: Path(folder) / digest, offset
        )
        assert len(body) == len(whole) - offset
        read = b""
        turn = 0
        while block := body.read(steps[turn % len(steps)]):
            read += block
            turn += 1
        body.close()
    assert read == whole[offset:]


def test_manifests_go_first_then_the_oldest_submissions_blobs_small_before_large() -> None:
    old_form = header(RecordKind.MANIFEST, 3000, 1)
    new_form = header(RecordKind.MANIFEST, 2000, 2)
    large, small, other = (
        header(RecordKind.BLOB, 90_000, 3),
        header(RecordKind.BLOB, 40_000, 4),
        header(RecordKind.BLOB, 10, 5),
    )
    waiting = tuple(
        Candidate(name, one, is_purged=False)
        for name, one in (
            ("old", old_form), ("old", large), ("old", small), ("new", new_form), ("new", other),
        )
    )  # fmt: skip
    assert choose(waiting, 10**7) == (old_form, new_form, small, large, other)


def test_a_pack_ends_before_it_grows_too_long_but_holds_one_record_at_least() -> None:
    records = [header(RecordKind.BLOB, 1000, at) for at in range(5)]
    waiting = tuple(Candidate("one", one, is_purged=False) for one in records)
    assert len(choose(waiting, 2500)) == 2
    assert len(choose(waiting, 10)) == 1


def test_a_document_that_two_submissions_name_travels_once() -> None:
    shared = header(RecordKind.BLOB, 1000, 1)
    waiting = (Candidate("a", shared, is_purged=False), Candidate("b", shared, is_purged=False))
    assert choose(waiting, 10**6) == (shared,)
