"""The office is killed at any byte of an upload: it goes on from what it has, byte for byte."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.alone import only_one
from app.domain.events import Receipt
from app.errors import LocalFault
from app.office import records
from app.office.context import Office
from app.office.lots import Stretch
from app.office.tables import RecordRow, SubmissionRow, UploadRow
from app.protocol.record import HEADER_BYTES, write_pack
from tests.office.house import (
    OfficeProcess,
    OpenHere,
    Served,
    Village,
    enrolled,
    noise,
    patch_head,
    wait_for,
    wait_for_size,
)


@pytest.fixture
def process(tmp_path: Path, database_url: str) -> Iterator[OfficeProcess]:
    running = OfficeProcess(tmp_path / "office", database_url)
    yield running
    running.kill()


@pytest.mark.slow
def test_upload_goes_on_byte_for_byte_after_kills_at_many_offsets(
    process: OfficeProcess, open_here: OpenHere
) -> None:
    opened = open_here()
    folder = opened.settings.folder
    process.start()
    village = enrolled(opened, process.url)
    submission = village.submit(
        {"ktp": noise(300_000, 1), "kk": noise(5, 2), "akta": noise(70_000)}
    )
    pack = submission.pack
    ends = [len(write_pack(submission.records[:count])) for count in range(1, 5)]
    cuts = [
        1,
        HEADER_BYTES,
        ends[0] - 1,
        ends[0],
        ends[0] + HEADER_BYTES + 1,
        200_000,
        ends[1],
        ends[2] + 1,
        ends[3] - 1,
    ]
    upload = village.create(process.url, len(pack)).split("/", 3)[3]
    part = folder / "uploads" / f"{upload.rsplit('/', 1)[1]}.part"
    offset = 0
    for cut in cuts:
        with socket.create_connection(process.address) as wire:
            wire.sendall(patch_head(village, f"{process.url}/{upload}", offset, len(pack) - offset))
            wire.sendall(pack[offset:cut])
            wait_for_size(part, cut)
            process.kill()
        process.start()
        assert part.read_bytes() == pack[:cut]
        offset = village.offset(f"{process.url}/{upload}")
        assert offset == cut
    assert village.patch(f"{process.url}/{upload}", offset, pack[offset:]).status_code == 204
    (event,) = village.pull(process.url)
    assert isinstance(event.body, Receipt)
    for record in submission.records:
        assert (folder / "blobs" / record.digest[:2] / record.digest).read_bytes() == record.sealed
    assert not part.exists()


@pytest.mark.slow
def test_kills_at_chance_moments_lose_and_double_nothing(
    process: OfficeProcess, open_here: OpenHere
) -> None:
    opened = open_here()
    process.start()
    village = enrolled(opened, process.url)
    submissions = [village.submit({"ktp": noise(20_000, seed)}) for seed in range(12)]
    pack = write_pack(record for one in submissions for record in one.records)
    upload = village.create(process.url, len(pack)).split("/", 3)[3]
    for round_number in range(8):
        offset = village.offset(f"{process.url}/{upload}")
        assert offset <= len(pack)
        with socket.create_connection(process.address) as wire:
            wire.sendall(patch_head(village, f"{process.url}/{upload}", offset, len(pack) - offset))
            # Whatever the office is doing with these bytes, it dies in the middle of it.
            wire.sendall(pack[offset : offset + 9_000 + 4_001 * round_number])
            process.kill()
        process.start()
    offset = village.offset(f"{process.url}/{upload}")
    if offset < len(pack):
        assert village.patch(f"{process.url}/{upload}", offset, pack[offset:]).status_code == 204
    wait_for(lambda: len(village.pull(process.url)) == len(submissions))
    events = village.pull(process.url)
    assert [event.number for event in events] == list(range(1, 13))
    receipted = [event.body for event in events if isinstance(event.body, Receipt)]
    assert sorted(receipt.manifest_digest for receipt in receipted) == sorted(
        one.record.digest for one in submissions
    )


def test_a_manifest_kept_but_not_yet_read_is_read_at_the_next_start(
    served: Served, village: Village
) -> None:
    office = served.office
    submission = village.submit({})
    _keep_only(office, village, submission.record.sealed, submission.record.digest, kind=1)
    records.catch_up(office)
    (event,) = village.pull(served.url)
    assert isinstance(event.body, Receipt)
    records.catch_up(office)
    assert len(village.pull(served.url)) == 1


def test_a_complete_submission_without_receipt_gets_it_at_the_next_start(
    served: Served, village: Village
) -> None:
    office = served.office
    submission = village.submit()
    village.send(served.url, write_pack([submission.record]))
    blob = submission.blobs[0]
    _keep_only(office, village, blob.sealed, blob.digest, kind=2)
    assert village.pull(served.url) == []
    records.catch_up(office)
    assert len(village.pull(served.url)) == 1
    with office.database.read() as session:
        assert session.scalars(select(SubmissionRow.received_at)).one() is not None


def test_a_record_taken_twice_after_a_kill_between_file_and_row_stands_once(
    served: Served, village: Village
) -> None:
    office = served.office
    submission = village.submit()
    upload = village.create(served.url, len(submission.pack))
    upload_id = upload.rsplit("/", 1)[1]
    half = len(submission.pack) - 10
    with socket.create_connection(served.address) as wire:
        wire.sendall(patch_head(village, upload, 0, len(submission.pack)))
        wire.sendall(submission.pack[:half])
        wait_for_size(office.uploads.path(upload_id), half)
    assert village.offset(upload) == half
    # As if the boundary had never been written: everything is looked at again.
    with office.database.write() as session:
        session.execute(update(UploadRow).values(taken_bytes=0))
    office.uploads.forget(upload_id)
    assert village.patch(upload, half, submission.pack[half:]).status_code == 204
    assert len(village.pull(served.url)) == 1


@pytest.mark.parametrize("left", [0, 100, None])
def test_a_part_file_that_a_power_cut_shortened_goes_on_behind_the_last_record(
    served: Served, village: Village, left: int | None
) -> None:
    office = served.office
    submission = village.submit({"ktp": noise(9_000), "kk": noise(9_000, 2)})
    upload = village.create(served.url, len(submission.pack))
    upload_id = upload.rsplit("/", 1)[1]
    taken = sum(HEADER_BYTES + len(one.sealed) for one in submission.records[:2])
    assert village.patch(upload, 0, submission.pack[: taken + 500]).status_code == 204
    office.uploads.forget(upload_id)
    if left is None:
        office.uploads.path(upload_id).unlink()
    else:
        os.truncate(office.uploads.path(upload_id), left)
    assert village.offset(upload) == taken
    assert village.patch(upload, taken, submission.pack[taken:]).status_code == 204
    assert len(village.pull(served.url)) == 1
    for record in submission.records:
        assert office.blobs.read(record.digest) == record.sealed


def _keep_only(office: Office, village: Village, sealed: bytes, digest: str, *, kind: int) -> None:
    """Leave what a kill leaves right after a record's row was written."""
    source = office.settings.folder / "stretch"
    source.write_bytes(sealed)
    assert office.blobs.keep_stretches(source, [Stretch(0, len(sealed), digest)]) == 1
    with office.database.write() as session:
        session.add(
            RecordRow(
                digest=digest,
                kind=kind,
                size_bytes=len(sealed),
                device_id=village.trusted.device_id,
                received_at=office.clock.now(),
            )
        )


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a signal")
def test_a_stop_lets_go_of_slow_senders_and_keeps_their_bytes(
    process: OfficeProcess, open_here: OpenHere
) -> None:
    opened = open_here()
    folder = opened.settings.folder
    process.start()
    village = enrolled(opened, process.url)
    pack = village.submit({"ktp": noise(50_000)}).pack
    upload = village.create(process.url, len(pack))
    part = folder / "uploads" / f"{upload.rsplit('/', 1)[1]}.part"
    with socket.create_connection(process.address) as wire:
        wire.sendall(patch_head(village, upload, 0, len(pack)) + pack[:30_000])
        wait_for_size(part, 30_000)
        # The server ends by the signal itself once its house is in order.
        assert process.stop() in (0, -signal.SIGTERM)
    assert part.read_bytes() == pack[:30_000]


def _held(folder: Path) -> AbstractContextManager[None]:
    return only_one(folder, "server.lock", "office_in_use")


def test_a_second_server_on_the_same_folder_is_refused(
    tmp_path: Path, process: OfficeProcess
) -> None:
    process.start()
    with pytest.raises(LocalFault) as fault, _held(tmp_path / "office"):
        pass
    assert fault.value.code == "office_in_use"
    process.kill()
    with _held(tmp_path / "office"):
        pass
