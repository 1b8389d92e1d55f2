"""Files that no row names are removed; what cannot be removed stops nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.errors import LocalFault
from app.storage.store import Store
from app.storage.sweeping import sweep_orphans
from tests.fakes import FakeClock


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path, bytes(32), FakeClock())
    yield opened
    opened.close()


@contextmanager
def held_by_the_system(path: Path) -> Iterator[None]:
    """Let nobody remove a file, by the means that this system has."""
    if sys.platform == "win32":
        with path.open("rb"):
            yield
    elif os.geteuid() != 0:
        path.parent.chmod(0o500)
        try:
            yield
        finally:
            path.parent.chmod(0o700)
    elif sys.platform != "linux" or subprocess.run(["mount", "--bind", path, path]).returncode:
        pytest.skip("holding a file needs the right to mount")
    else:
        try:
            yield
        finally:
            subprocess.run(["umount", path], check=True)


def test_a_file_that_cannot_be_removed_stays_and_the_others_go(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    paths = [store.blobs.path(store.blobs.put(bytes([number]))) for number in range(3)]
    with held_by_the_system(paths[1]):
        assert sweep_orphans(store, min_age_s=0) == 2
        assert [path.exists() for path in paths] == [False, True, False]
        assert "1 files that nobody needs cannot be removed" in caplog.text
    assert sweep_orphans(store, min_age_s=0) == 1


def test_what_is_no_file_is_passed_over(store: Store) -> None:
    store.blobs.put(b"orphan")
    folder = store.blobs.path("ab" * 32)
    folder.mkdir(parents=True)
    assert sweep_orphans(store, min_age_s=0) == 1
    assert folder.is_dir()


def test_a_folder_that_is_away_is_a_fault_that_can_be_told(store: Store) -> None:
    shutil.rmtree(store.blobs.path("ab").parent.parent)
    with pytest.raises(LocalFault):
        sweep_orphans(store)
