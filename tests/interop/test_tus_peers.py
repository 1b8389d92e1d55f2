"""Programs of others speak tus with ours: two clients with our office, our client with a server.

None of them is changed. The line breaks once, so that each goes on from an offset.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tusclient.client import TusClient

from app.bootstrap import MachineClock
from app.domain.events import Receipt
from app.errors import RemoteError
from app.protocol.record import RecordHeader, RecordKind, new_record, write_pack
from app.sync.enrolling import Never
from app.sync.link import Link
from app.sync.packing import PackBody
from bench.link_clients import NODE_FOLDER, install_peers
from tests.link import WeakLink
from tests.office.house import Served, Submission, Village, enrolled, noise, open_at, serve

OFFICE_ID = "tarempa"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    office = open_at(tmp_path / "office")
    with serve(office) as running:
        yield running
    office.close()


@pytest.fixture
def village(served: Served) -> Village:
    return enrolled(served.office, served.url)


@pytest.fixture
def weak(served: Served) -> Iterator[WeakLink]:
    with WeakLink(served.address) as link:
        yield link


@pytest.fixture(scope="module")
def node() -> str:
    """Return the program that runs the peers written in JavaScript, with all they need."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")
    if failure := install_peers():
        pytest.skip(f"the peers' packages could not be installed: {failure}")
    return program


def _pack_file(folder: Path, village: Village) -> tuple[Submission, Path]:
    submission = village.submit({"ktp": noise(150_000), "kk": noise(40_000, 2)})
    path = folder / "waiting.pack"
    path.write_bytes(submission.pack)
    return submission, path


def _assert_received(served: Served, village: Village, submission: Submission) -> None:
    (event,) = village.pull(served.url)
    assert isinstance(event.body, Receipt)
    assert event.body.manifest_digest == submission.record.digest
    for record in submission.records:
        assert served.office.blobs.path(record.digest).read_bytes() == record.sealed


def test_tuspy_brings_a_pack_over_a_line_that_breaks(
    tmp_path: Path, served: Served, village: Village, weak: WeakLink
) -> None:
    submission, path = _pack_file(tmp_path, village)
    weak.cut_after(90_000, "fin")
    client = TusClient(f"{weak.url}/v1/packs", headers=village.headers())
    # By its name the library opens the file once for each question, and closes none.
    with path.open("rb") as stream:
        client.uploader(file_stream=stream, retries=5, retry_delay=1).upload()
    _assert_received(served, village, submission)
    assert weak.cuts_made == 1
    assert weak.all_up_bytes < 1.05 * len(submission.pack)


def test_tuspy_brings_a_pack_in_chunks(tmp_path: Path, served: Served, village: Village) -> None:
    submission, path = _pack_file(tmp_path, village)
    client = TusClient(f"{served.url}/v1/packs", headers=village.headers())
    with path.open("rb") as stream:
        client.uploader(file_stream=stream, chunk_size=50_001).upload()
    _assert_received(served, village, submission)


def test_tus_js_client_brings_a_pack_over_a_line_that_breaks(
    tmp_path: Path, served: Served, village: Village, weak: WeakLink, node: str
) -> None:
    submission, path = _pack_file(tmp_path, village)
    weak.cut_after(90_000, "fin")
    environment = {
        **os.environ,
        "TUS_HEADERS": json.dumps({"Authorization": f"Bearer {village.token}"}),
        "TUS_RETRY_MS": "500",
    }
    done = subprocess.run(
        [node, str(NODE_FOLDER / "tusjs_client.mjs"), f"{weak.url}/v1/packs", "0", str(path)],
        input="go\n",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["ready", "done"], done.stderr
    _assert_received(served, village, submission)
    assert weak.cuts_made == 1
    assert weak.all_up_bytes < 1.05 * len(submission.pack)


@contextmanager
def _reference_server(node: str, folder: Path) -> Iterator[tuple[str, int]]:
    """Run the reference server; it lives where our office would, and bears our office's name."""
    environment = {
        **os.environ,
        "TUS_PATH": "/v1/packs",
        "TUS_HEADERS": json.dumps({"Loket-Office": OFFICE_ID}),
    }
    folder.mkdir()
    with subprocess.Popen(
        [node, str(NODE_FOLDER / "tus_server.mjs"), str(folder), "127.0.0.1", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        _, port = process.stdout.readline().split()
        try:
            yield "127.0.0.1", int(port)
        finally:
            process.kill()


def test_our_client_brings_a_pack_to_the_reference_server_over_a_line_that_breaks(
    tmp_path: Path, node: str
) -> None:
    records = [new_record(RecordKind.BLOB, noise(size, size)) for size in (3_000, 90_000, 60_000)]
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    for record in records:
        (blobs / record.digest).write_bytes(record.sealed)
    headers = [RecordHeader(one.kind, one.digest, len(one.sealed)) for one in records]
    arrived = tmp_path / "arrived"
    with (
        _reference_server(node, arrived) as address,
        WeakLink(address) as weak,
        _link(weak.url) as link,
    ):
        whole = PackBody(headers, blobs.joinpath)
        path = link.create(len(whole))
        weak.cut_after(70_000, "fin")
        with pytest.raises(RemoteError), closing(whole):
            link.send(path, 0, whole, 0)
        offset = link.offset(path)
        assert 60_000 < offset <= 70_000
        rest = PackBody(headers, blobs.joinpath, offset)
        assert link.send(path, offset, rest, 0).offset_bytes == len(whole)
        kept = arrived / path.rsplit("/", 1)[1]
        assert kept.read_bytes() == write_pack(records)


@contextmanager
def _link(url: str) -> Iterator[Link]:
    link = Link(url, MachineClock(), Never(), office_id=OFFICE_ID)
    yield link
    link.close()
