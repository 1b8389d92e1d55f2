"""A full disk and one that may not be written: told, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import LocalFault
from app.services import documents, drafts
from app.services.finalizing import finalize
from app.services.kiosk import Kiosk
from app.storage.store import Store
from app.sync.courier_writing import CourierWriting
from tests.builders import (
    PIN,
    SERVICE,
    STORE_KEY,
    close_kiosk,
    enrol,
    filled_draft,
    jpeg_page,
    make_kiosk,
)
from tests.fakes import FakeClock

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk needs root"
)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this machine mounts nothing")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def kiosk(disk: Path) -> Iterator[Kiosk]:
    made = replace(make_kiosk(disk / "kiosk"), least_free_bytes=0)
    yield made
    close_kiosk(made)


def _fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return ballast


def test_answers_acknowledged_before_the_disk_was_full_are_kept(kiosk: Kiosk, disk: Path) -> None:
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    ballast = _fill(disk)
    kept = ""

    def save_until_it_fails() -> None:
        nonlocal kept
        for number in range(10_000):
            value = f"{'x' * 90} {number}"
            drafts.save_answer(kiosk, draft.application_id, "full_name", value)
            kept = value

    with pytest.raises(LocalFault) as caught:
        save_until_it_fails()
    assert caught.value.code == "disk_full"
    ballast.unlink()
    assert drafts.load_draft(kiosk, draft.application_id).answers.get("full_name", "") == kept
    drafts.save_answer(kiosk, draft.application_id, "email", "a@b.example")


def test_a_page_that_finds_no_room_leaves_nothing(kiosk: Kiosk, disk: Path) -> None:
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    ballast = _fill(disk)
    with pytest.raises(LocalFault, match="disk_full"):
        documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", jpeg_page("KTP"))
    assert not list((disk / "kiosk").glob("blobs/*/*"))
    ballast.unlink()
    assert documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", jpeg_page("KTP"))


def test_freezing_on_a_full_disk_leaves_the_draft(kiosk: Kiosk, disk: Path) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    ballast = _fill(disk)
    with pytest.raises(LocalFault, match="disk_full"):
        finalize(kiosk, draft.application_id, "id")
    ballast.unlink()
    assert finalize(kiosk, draft.application_id, "id").reference.startswith("TRM-00001-")


def _leave(disk: Path, free_bytes: int) -> None:
    (disk / "ballast").unlink(missing_ok=True)
    size = shutil.disk_usage(disk).free - free_bytes
    (disk / "ballast").write_bytes(bytes(size))


def test_new_pages_leave_the_room_that_what_waits_needs_to_go(
    kiosk: Kiosk, disk: Path, tmp_path: Path
) -> None:
    kiosk = replace(kiosk, least_free_bytes=1_000_000)
    enrol(kiosk)
    draft = filled_draft(kiosk)
    page_id = draft.pages[0].id
    _leave(disk, 900_000)
    with pytest.raises(LocalFault, match="disk_nearly_full"):
        documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", jpeg_page("KTP"))
    with pytest.raises(LocalFault, match="disk_nearly_full"):
        documents.retake_page(kiosk, page_id, jpeg_page("KTP"))
    drafts.save_answer(kiosk, draft.application_id, "email", "a@b.example")
    _leave(disk, 450_000)
    with pytest.raises(LocalFault, match="disk_nearly_full"):
        finalize(kiosk, draft.application_id, "id")
    _leave(disk, 700_000)
    reference = finalize(kiosk, draft.application_id, "id").reference
    _leave(disk, 450_000)
    stick = tmp_path / "stick"
    stick.mkdir()
    writing = CourierWriting(kiosk.store, kiosk.clock)
    written = writing.write(stick, lambda _: None, threading.Event())
    assert written.references == (reference,)


def test_a_first_open_on_a_full_disk_is_told_and_works_later(disk: Path) -> None:
    ballast = _fill(disk)
    with pytest.raises(LocalFault, match="disk_full"):
        Store.open(disk / "kiosk", STORE_KEY, FakeClock())
    ballast.unlink()
    Store.open(disk / "kiosk", STORE_KEY, FakeClock()).close()


def test_a_disk_that_may_not_be_written_is_told(disk: Path) -> None:
    Store.open(disk / "kiosk", STORE_KEY, FakeClock()).close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(LocalFault) as caught:
        Store.open(disk / "kiosk", STORE_KEY, FakeClock())
    assert caught.value.code == "disk_read_only"
