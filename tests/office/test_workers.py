"""Several workers on one folder and one database: which of them a request reaches makes no odds."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from app.domain.events import Receipt
from app.errors import UserError
from app.office.context import Office, OfficeSettings
from app.office.database import open_database
from app.office.tables import ApplicationRow, DecisionRow, EventRow, RecordRow, UploadRow
from tests.office.house import (
    CHECKOUT,
    Served,
    Village,
    enrolled,
    noise,
    open_at,
    patch_head,
    serve,
    wait_for,
    wait_for_size,
)
from tests.office.postgres import Cluster, new_database

pytestmark = pytest.mark.postgres
_KIOSKS = 8


@pytest.fixture
def url(cluster: Cluster) -> str:
    return new_database(cluster)


@pytest.fixture
def workers(tmp_path: Path, url: str) -> Iterator[tuple[Served, Served]]:
    """Two workers, each with an address of its own."""
    with ExitStack() as stack:
        offices = []
        for _ in range(2):
            office = open_at(tmp_path / "office", database_url=url, workers=2)
            stack.callback(office.close)
            offices.append(stack.enter_context(serve(office)))
        yield offices[0], offices[1]


def _at(upload: str, worker: Served) -> str:
    """Return the same upload's address at a worker."""
    return f"{worker.url}/{upload.split('/', 3)[3]}"


def _all_at_once(*doings: Callable[[], object]) -> None:
    barrier = threading.Barrier(len(doings))
    failed: list[BaseException] = []

    def do(doing: Callable[[], object]) -> None:
        barrier.wait(20)
        try:
            doing()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=do, args=(doing,)) for doing in doings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed


def _count(office: Office, table: type[object]) -> int:
    with office.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _numbers(office: Office) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    with office.database.read() as session:
        for row in session.scalars(select(EventRow).order_by(EventRow.number)):
            numbers.setdefault(row.device_id, []).append(row.number)
    return numbers


def test_two_workers_that_get_the_same_packs_of_eight_kiosks_make_one_application_each(
    workers: tuple[Served, Served],
) -> None:
    office = workers[0].office
    kiosks = [enrolled(office, workers[0].url, f"K{chr(65 + n)}Z") for n in range(_KIOSKS)]
    submissions = [kiosk.submit({"ktp": noise(9_000, n)}) for n, kiosk in enumerate(kiosks)]
    pack = b"".join(one.pack for one in submissions)

    def bring(kiosk: Village, worker: Served) -> Callable[[], object]:
        return lambda: kiosk.send(worker.url, pack).raise_for_status()

    _all_at_once(*(bring(kiosk, workers[n % 2]) for n, kiosk in enumerate(kiosks)))

    assert _count(office, ApplicationRow) == _KIOSKS
    assert _count(office, DecisionRow) == _KIOSKS
    assert _count(office, RecordRow) == 2 * _KIOSKS
    for n, (kiosk, one) in enumerate(zip(kiosks, submissions, strict=True)):
        told = [event.body for event in kiosk.pull(workers[n % 2].url)]
        assert [body.submission_id for body in told if isinstance(body, Receipt)] == [
            one.manifest.submission_id
        ]
    for numbers in _numbers(office).values():
        assert numbers == list(range(1, len(numbers) + 1))
    assert not list(office.uploads.folder.iterdir())


def test_whole_packs_that_come_to_two_workers_at_once_are_received_once(
    workers: tuple[Served, Served],
) -> None:
    office = workers[0].office
    kiosks = [enrolled(office, workers[0].url, f"K{chr(65 + n)}Z") for n in range(_KIOSKS)]
    packs = [(kiosk, kiosk.submit({"ktp": noise(9_000)}).pack, kiosk.new_id()) for kiosk in kiosks]

    def bring(kiosk: Village, pack: bytes, name: str, worker: Served) -> Callable[[], object]:
        return lambda: kiosk.bring(worker.url, pack, name).raise_for_status()

    _all_at_once(*(bring(*one, worker) for one in packs for worker in workers))

    assert _count(office, ApplicationRow) == _KIOSKS
    assert _count(office, UploadRow) == _KIOSKS
    assert list(_numbers(office).values()) == [[1]] * _KIOSKS
    assert not list(office.uploads.folder.iterdir())


def test_an_upload_is_gone_on_with_at_another_worker_and_the_first_one_writes_no_more(
    workers: tuple[Served, Served],
) -> None:
    first, second = workers
    kiosk = enrolled(first.office, first.url)
    submission = kiosk.submit({"ktp": noise(40_000)})
    upload = kiosk.create(first.url, len(submission.pack))
    half = len(submission.pack) // 2
    with socket.create_connection(first.address) as wire:
        wire.sendall(patch_head(kiosk, upload, 0, len(submission.pack)))
        wire.sendall(submission.pack[:half])
        wait_for_size(first.office.uploads.path(upload.rsplit("/", 1)[1]), half)
        assert kiosk.offset(_at(upload, second)) == half
        # The half-dead connection comes to life again, with bytes that nobody asked for any more.
        wire.sendall(b"x" * (len(submission.pack) - half))
        assert b" 409 " in wire.recv(4096).splitlines()[0]
    assert kiosk.patch(_at(upload, second), half, submission.pack[half:]).status_code == 204
    assert kiosk.offset(upload) == len(submission.pack)
    assert len(kiosk.pull(first.url)) == 1
    assert second.office.blobs.read(submission.blobs[0].digest) == submission.blobs[0].sealed


def test_an_upload_that_changes_workers_at_each_piece_takes_every_record_once(
    workers: tuple[Served, Served],
) -> None:
    kiosk = enrolled(workers[0].office, workers[0].url)
    pack = b"".join(kiosk.submit({"ktp": noise(3_000, n)}).pack for n in range(4))
    upload = kiosk.create(workers[0].url, len(pack))
    step = len(pack) // 7 + 1
    for n, offset in enumerate(range(0, len(pack), step)):
        at = _at(upload, workers[n % 2])
        assert kiosk.patch(at, offset, pack[offset : offset + step]).status_code == 204
    assert len(kiosk.pull(workers[1].url)) == 4
    with workers[0].office.database.read() as session:
        assert session.scalars(select(UploadRow.state)).all() == ["complete"]
        assert session.scalars(select(UploadRow.taken_bytes)).all() == [len(pack)]


def test_two_requests_for_one_upload_at_two_workers_never_mix_their_bytes(
    workers: tuple[Served, Served],
) -> None:
    kiosk = enrolled(workers[0].office, workers[0].url)
    submission = kiosk.submit({"ktp": noise(300_000)})
    upload = kiosk.create(workers[0].url, len(submission.pack))
    codes: list[int] = []

    def send(worker: Served) -> Callable[[], object]:
        return lambda: codes.append(
            kiosk.patch(_at(upload, worker), 0, submission.pack, Loket_Overlap="yes").status_code
        )

    _all_at_once(send(workers[0]), send(workers[1]), send(workers[0]), send(workers[1]))
    at = kiosk.offset(upload)
    if at < len(submission.pack):
        assert kiosk.patch(upload, at, submission.pack[at:]).status_code == 204
    assert set(codes) <= {204, 409}
    assert [type(event.body) for event in kiosk.pull(workers[1].url)] == [Receipt]


def test_what_another_worker_ended_is_forgotten(workers: tuple[Served, Served]) -> None:
    first, second = workers
    kiosk = enrolled(first.office, first.url)
    pack = kiosk.submit().pack
    upload = kiosk.create(first.url, len(pack))
    assert kiosk.patch(_at(upload, second), 0, pack).status_code == 204
    name = upload.rsplit("/", 1)[1]
    assert first.office.uploads.known(name) is not None
    first.office.uploads.forget_gone()
    assert first.office.uploads.known(name) is None


def test_chores_are_done_by_one_worker_at_a_time(tmp_path: Path, url: str) -> None:
    with (
        closing(open_database(tmp_path, url)) as first,
        closing(open_database(tmp_path, url)) as other,
    ):
        with first.alone() as is_first, other.alone() as is_other:
            assert (is_first, is_other) == (True, False)
        with other.alone() as is_other:
            assert is_other


def test_several_workers_on_sqlite_are_refused(tmp_path: Path) -> None:
    from app.bootstrap import MachineClock, MachineDice
    from app.office.serving import run_office
    from tests.office.house import small_catalogue

    settings = OfficeSettings(tmp_path / "office", workers=2)
    with pytest.raises(UserError, match="workers_need_postgresql"):
        run_office(settings, MachineClock(), MachineDice(), small_catalogue)


def test_a_killed_worker_is_replaced_and_workers_end_with_their_parent(
    tmp_path: Path, url: str
) -> None:
    command = [sys.executable, "-m", "app", "office", "serve", "--data", str(tmp_path / "office")]
    command += ["--port", "0", "--workers", "2", "--database", url]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        address = json.loads(parent.stdout.readline())["url"]
        try:
            wait_for(lambda: _answers(address), 60)
            wait_for(lambda: len(_children(parent.pid)) == 2, 60)
            killed = _children(parent.pid)[0]
            os.kill(killed, signal.SIGKILL)
            wait_for(lambda: len(set(_children(parent.pid)) - {killed}) == 2, 60)
            wait_for(lambda: _answers(address), 60)
            left = _children(parent.pid)
        finally:
            parent.kill()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left), 60)


def _answers(address: str) -> bool:
    return requests.get(f"{address}/v1/health", timeout=60).status_code == 200


def _children(parent: int) -> list[int]:
    """Return the workers; the process that keeps track of shared memory is none."""
    found = []
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            found.append(int(pid))
    return found
