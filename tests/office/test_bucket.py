"""Records in an S3-compatible store: a real one, over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from moto.server import ThreadedMotoServer

from app.errors import LocalFault
from app.office.backup import back_up
from app.office.blobs import Blobs
from app.office.context import Office
from app.protocol.record import RecordKind, new_record, write_pack
from tests.office.house import OpenHere, enrolled, noise, open_at, serve

_BUCKET = "records"
#: The server looks whether somebody signed, not who.
_SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20261122/us-east-1/s3/aws4_request"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = f"http://{host}:{port}"
    requests.put(f"{found}/{_BUCKET}", timeout=30).raise_for_status()
    yield found
    server.stop()


def _bucket(address: str, place: Path) -> dict[str, str]:
    """Return the settings of an office with a corner of the bucket."""
    url = f"s3://{_BUCKET}/{place.name}?endpoint={address}"
    return {"blobs_url": url, "blobs_key": "key", "blobs_secret": "secret"}


@pytest.fixture
def office(open_here: OpenHere, tmp_path: Path, address: str) -> Office:
    return open_here(**_bucket(address, tmp_path))


def test_a_pack_is_kept_in_the_bucket_and_receipted(
    office: Office, tmp_path: Path, address: str
) -> None:
    with serve(office) as served:
        kiosk = enrolled(office, served.url)
        submission = kiosk.submit({"ktp": noise(1_200_000), "kk": noise(1_200_000, 2)})
        assert kiosk.send(served.url, submission.pack).status_code == 204
        assert len(kiosk.pull(served.url)) == 1
    for record in submission.records:
        name = f"{tmp_path.name}/{record.digest[:2]}/{record.digest}"
        found = requests.get(f"{address}/{_BUCKET}/{name}", headers=_SIGNED, timeout=30)
        assert found.content == record.sealed
        assert office.blobs.read(record.digest) == record.sealed
    assert not [path for path in (tmp_path / "office" / "blobs").rglob("*") if path.is_file()]


def test_a_lost_or_changed_object_is_a_missing_record(
    office: Office, tmp_path: Path, address: str
) -> None:
    with serve(office) as served:
        kiosk = enrolled(office, served.url)
        submission = kiosk.submit()
        kiosk.send(served.url, submission.pack)
    digest = submission.blobs[0].digest
    url = f"{address}/{_BUCKET}/{tmp_path.name}/{digest[:2]}/{digest}"
    requests.put(url, data=b"something else", headers=_SIGNED, timeout=30).raise_for_status()
    with pytest.raises(LocalFault, match="record_missing"):
        office.blobs.read(digest)
    requests.delete(url, headers=_SIGNED, timeout=30).raise_for_status()
    assert not office.blobs.has(digest)
    with pytest.raises(LocalFault, match="record_missing"):
        office.blobs.read(digest)


def test_a_torn_record_keeps_what_stands_before_it(office: Office) -> None:
    with serve(office) as served:
        kiosk = enrolled(office, served.url)
        submission = kiosk.submit({"ktp": noise(5_000), "kk": noise(5_000, 2)})
        torn = submission.pack[:-1] + bytes([submission.pack[-1] ^ 1])
        assert kiosk.send(served.url, torn).status_code == 422
    kept = [office.blobs.has(record.digest) for record in submission.records]
    assert kept == [True, True, False]


def test_a_store_that_is_away_puts_kiosks_off_and_loses_nothing(
    open_here: OpenHere, tmp_path: Path, address: str
) -> None:
    office = open_here(**_bucket("http://127.0.0.1:9", tmp_path))
    with serve(office) as served:
        kiosk = enrolled(office, served.url)
        pack = kiosk.submit().pack
        upload = kiosk.create(served.url, len(pack))
        answer = kiosk.patch(upload, 0, pack)
        assert (answer.status_code, answer.json()["code"]) == (503, "blobs_away")
        # Whoever reads it on the line sees no gap that nobody fills.
        assert "{" not in answer.json()["title"]
        assert int(answer.headers["Retry-After"]) > 0
    office = open_here(**_bucket(address, tmp_path))
    with serve(office) as served:
        upload = f"{served.url}/{upload.split('/', 3)[3]}"
        assert kiosk.offset(upload) == len(pack)
        assert len(kiosk.pull(served.url)) == 1


def test_a_backup_brings_the_bucket_s_records_home(office: Office, tmp_path: Path) -> None:
    with serve(office) as served:
        kiosk = enrolled(office, served.url)
        submission = kiosk.submit()
        kiosk.send(served.url, submission.pack)
    (tmp_path / "disk").mkdir()
    report = back_up(office, tmp_path / "disk")
    assert (report.files, report.copied, report.missing) == (2, 2, 0)
    for record in submission.records:
        path = Path(report.folder) / "blobs" / record.digest[:2] / record.digest
        assert path.read_bytes() == record.sealed


def test_a_lot_from_before_there_was_a_bucket_is_read_and_settled_into_it(
    office: Office, tmp_path: Path
) -> None:
    records = [new_record(RecordKind.BLOB, noise(900, number)) for number in range(2)]
    Blobs(tmp_path / "office" / "blobs").keep([write_pack(records)])()
    for _ in range(2):
        for record in records:
            assert office.blobs.read(record.digest) == record.sealed
        office.blobs.settle(0.0)
    assert not [path for path in (tmp_path / "office" / "blobs").rglob("*") if path.is_file()]


def test_a_pack_that_comes_whole_waits_in_no_lot(office: Office, tmp_path: Path) -> None:
    with serve(office) as served:
        kiosk = enrolled(office, served.url)
        submission = kiosk.submit({"ktp": noise(900)})
        assert kiosk.bring(served.url, submission.pack, kiosk.new_id()).status_code == 201
    assert not list((tmp_path / "office" / "blobs" / "lots").iterdir())
    for record in submission.records:
        assert office.blobs.read(record.digest) == record.sealed


def test_an_address_that_names_no_bucket_is_refused(tmp_path: Path) -> None:
    for wrong in ("http://bucket", "s3://", "s3://bucket?secret=told"):
        with pytest.raises(LocalFault, match="blobs_url_wrong"):
            open_at(tmp_path / "office", blobs_url=wrong)
