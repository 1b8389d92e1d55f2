"""The worker process: replaced when it hangs or dies, and bounded."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from app.domain.catalogue import Look
from app.errors import BugError, LocalFault, UserError
from app.imaging.lane import _decode
from app.imaging.limits import MOST_WORKER_BYTES
from app.imaging.pool import ImagingPool
from app.imaging.requests import ReadPage
from tests.builders import jpeg_page


@pytest.fixture
def pool(others: set[int | None]) -> Iterator[ImagingPool]:
    made = ImagingPool(deadline_s=60, has_engine=False)
    yield made
    made.close()


@pytest.fixture
def others() -> set[int | None]:
    """Return the processes that were there before; other tests keep a worker of their own."""
    return {child.pid for child in multiprocessing.active_children()}


def _workers(others: set[int | None]) -> list[BaseProcess]:
    return [child for child in multiprocessing.active_children() if child.pid not in others]


def _worker_pid(others: set[int | None]) -> int:
    (worker,) = _workers(others)
    assert worker.pid
    return worker.pid


def test_no_worker_starts_before_it_is_needed(pool: ImagingPool, others: set[int | None]) -> None:
    assert not _workers(others)
    pool.read_pages(jpeg_page("KTP"))
    assert len(_workers(others)) == 1


def test_a_worker_can_be_there_with_all_it_needs_before_the_first_page(
    pool: ImagingPool, others: set[int | None]
) -> None:
    pool.warm()
    pid = _worker_pid(others)
    maps = Path(f"/proc/{pid}/maps")
    assert not maps.exists() or "cv2" in maps.read_text("utf-8")
    (page,) = pool.read_pages(jpeg_page("KTP"))
    assert pool.prepare(page, Look())
    assert _worker_pid(others) == pid


def test_an_answer_of_a_worker_taken_over_is_no_answer() -> None:
    untrusted = b"\x82\xa4type\xa7refusal\xa4code\xa1\xff"
    assert _decode(untrusted) is None


def test_a_worker_that_died_idle_is_replaced_unnoticed(
    pool: ImagingPool, others: set[int | None]
) -> None:
    pool.warm()
    (worker,) = _workers(others)
    worker.kill()
    worker.join()
    assert pool.read_pages(jpeg_page("KTP"))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP is a POSIX signal")
def test_a_file_that_makes_the_worker_die_is_unreadable(
    pool: ImagingPool, others: set[int | None]
) -> None:
    pool.warm()
    os.kill(_worker_pid(others), signal.SIGSTOP)
    death = threading.Timer(0.2, os.kill, (_worker_pid(others), signal.SIGKILL))
    death.start()
    with pytest.raises(UserError, match="file_unreadable"):
        pool.read_pages(jpeg_page("KTP"))
    assert pool.read_pages(jpeg_page("KTP"))
    death.join()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP is a POSIX signal")
def test_a_worker_that_hangs_is_killed_and_replaced(others: set[int | None]) -> None:
    pool = ImagingPool(deadline_s=0.3)
    pool.warm()
    pid = _worker_pid(others)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(UserError, match="file_unreadable"):
        pool.read_pages(jpeg_page("KTP"))
    assert not _workers(others)
    pool.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the address space")
def test_the_workers_memory_is_bounded(pool: ImagingPool, others: set[int | None]) -> None:
    import resource

    pool.read_pages(jpeg_page("KTP"))
    bounds = resource.prlimit(_worker_pid(others), resource.RLIMIT_AS)
    assert bounds == (MOST_WORKER_BYTES, MOST_WORKER_BYTES)


def test_a_closed_pool_leaves_no_process_and_takes_nothing_more(
    pool: ImagingPool, others: set[int | None]
) -> None:
    pool.warm()
    pool.close()
    assert not _workers(others)
    with pytest.raises(LocalFault, match="imaging_failed"):
        pool.read_pages(jpeg_page("KTP"))


def test_a_pdf_that_unpacks_a_thousandfold_ends_in_words_or_a_picture() -> None:
    pool = ImagingPool(deadline_s=2)
    packer = zlib.compressobj(9)
    block = b"0 0 m 9 9 l S\n" * 100_000
    stream = b"".join(packer.compress(block) for _ in range(200)) + packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    body = b"%PDF-1.7\n"
    for number, content in enumerate(objects, 1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    body += b"trailer\n<</Root 1 0 R/Size 5>>\n%%EOF\n"
    refusals = []
    try:
        (page,) = pool.read_pages(body)
        assert pool.picture(page, 200).startswith(b"\x89PNG")
    except UserError as refusal:
        refusals.append(refusal.code)
    assert refusals in ([], ["file_unreadable"], ["picture_too_large"])
    assert pool.read_pages(jpeg_page("KTP"))
    pool.close()


def test_a_page_of_enormous_paper_is_drawn_small(pool: ImagingPool) -> None:
    import io

    import pypdfium2 as pdfium

    with pdfium.PdfDocument.new() as document:
        document.new_page(1_000_000, 10).close()
        written = io.BytesIO()
        document.save(written)
    (page,) = pool.read_pages(written.getvalue())
    assert len(pool.picture(page, 500)) < 10_000


def test_an_answer_of_nonsense_is_no_page(pool: ImagingPool) -> None:
    with pytest.raises(UserError, match="file_unreadable"):
        pool.picture(ReadPage("image/jpeg", b"\xff\xd8\xffnonsense"), 100)


def test_what_may_take_its_time_has_a_process_of_its_own(
    pool: ImagingPool, others: set[int | None]
) -> None:
    (page,) = pool.read_pages(jpeg_page("KTP"))
    (prepared,) = pool.prepare(page, Look())
    assert len(_workers(others)) == 1
    assert pool.encode(prepared).content
    assert {worker.name for worker in _workers(others)} == {"imaging-now", "imaging-later"}


@pytest.mark.skipif(sys.platform == "win32", reason="niceness is POSIX's")
def test_the_window_goes_first_then_what_is_waited_for_then_the_rest(
    pool: ImagingPool, others: set[int | None]
) -> None:
    (page,) = pool.read_pages(jpeg_page("KTP"))
    (prepared,) = pool.prepare(page, Look())
    pool.encode(prepared)
    nice = {one.name: os.getpriority(os.PRIO_PROCESS, one.pid or 0) for one in _workers(others)}
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert ours + 5 <= nice["imaging-now"] < nice["imaging-later"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP is a POSIX signal")
def test_work_that_is_stopped_ends_at_once_and_the_next_is_done(
    pool: ImagingPool, others: set[int | None]
) -> None:
    pool.warm()
    os.kill(_worker_pid(others), signal.SIGSTOP)
    stop = threading.Event()
    person = threading.Timer(0.2, stop.set)
    person.start()
    with pytest.raises(UserError, match="stopped"):
        pool.read_pages(jpeg_page("KTP"), stop)
    assert pool.read_pages(jpeg_page("KTP"), threading.Event())
    person.join()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP is a POSIX signal")
def test_who_waits_for_a_turn_may_stop_waiting(pool: ImagingPool, others: set[int | None]) -> None:
    pool.warm()
    pid = _worker_pid(others)
    os.kill(pid, signal.SIGSTOP)
    first = threading.Thread(target=pool.read_pages, args=(jpeg_page("KTP"),))
    first.start()
    stop = threading.Event()
    stop.set()
    with pytest.raises(UserError, match="stopped"):
        pool.read_pages(jpeg_page("KTP"), stop)
    os.kill(pid, signal.SIGCONT)
    first.join()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP is a POSIX signal")
def test_closing_does_not_wait_for_what_a_worker_is_doing(
    pool: ImagingPool, others: set[int | None]
) -> None:
    pool.warm()
    os.kill(_worker_pid(others), signal.SIGSTOP)
    faults: list[LocalFault] = []

    def read() -> None:
        try:
            pool.read_pages(jpeg_page("KTP"))
        except LocalFault as fault:
            faults.append(fault)

    reader = threading.Thread(target=read)
    reader.start()
    while not pool._now._turn.locked():
        reader.join(0.01)
    began = time.monotonic()
    pool.close()
    reader.join()
    assert time.monotonic() - began < 30
    assert [fault.code for fault in faults] == ["imaging_failed"]
    assert not _workers(others)


def test_frames_of_a_camera_are_looked_at_one_after_another(pool: ImagingPool) -> None:
    dark = bytes(320 * 240 * 3)
    assert not pool.watch(dark, 320, 240, 3, Look()).is_ready
    assert pool.watch(dark[: 320 * 240], 320, 240, 1, Look()).advice != "good"


@pytest.mark.parametrize(
    ("width", "height", "channels"), [(320, 240, 2), (0, 240, 3), (100_000, 100_000, 3)]
)
def test_a_frame_of_another_size_than_it_claims_is_a_mistake(
    pool: ImagingPool, width: int, height: int, channels: int
) -> None:
    with pytest.raises(BugError, match="frame_malformed"):
        pool.watch(bytes(100), width, height, channels, Look())


def test_without_an_engine_nothing_is_read_and_no_label_is_missed(pool: ImagingPool) -> None:
    look = Look("card", labels=("NIK", "PROVINSI"), reads="ktp")
    (page,) = pool.read_pages(jpeg_page("KTP"))
    (prepared,) = pool.prepare(page, look)
    codes = {finding.code for finding in pool.judge(prepared, look).findings}
    assert not codes & {"not_this_paper", "wrong_side"}
    assert pool.read_text(prepared, look).lines == ()


@pytest.mark.parametrize("has_engine", [True, False])
def test_a_check_takes_a_page_through_all_steps_and_tells_whether_papers_are_read(
    has_engine: bool,
) -> None:
    pool = ImagingPool(has_engine=has_engine)
    assert pool.check() is has_engine
    pool.close()
