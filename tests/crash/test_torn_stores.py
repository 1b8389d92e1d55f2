"""What a bad disk or a power cut leaves of the store's files: told, or mended, never made worse."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errors import LocalFault
from app.security.key_store import StoreKey
from app.services.doctor import examine
from app.storage.settings import read_setting, write_setting
from app.storage.store import STORE_FILE, Store
from tests.fakes import FakeClock

KEY = bytes(range(32))
_PAGE_BYTES = 4096


def _say(store: Store, value: str) -> None:
    with store.write() as session:
        write_setting(session, "said", value)


def _said(folder: Path) -> str:
    store = Store.open(folder, KEY, FakeClock())
    with store.read() as session:
        said = read_setting(session, "said")
    store.close()
    return said or ""


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A store as a power cut leaves it: ten commits, the last five only in the log."""
    store = Store.open(tmp_path / "kiosk", KEY, FakeClock())
    for number in range(5):
        _say(store, f'"{number}"')
    store.close()
    store = Store.open(tmp_path / "kiosk", KEY, FakeClock())
    for number in range(5, 10):
        _say(store, f'"{number}"')
    shutil.copytree(tmp_path / "kiosk", tmp_path / "left")
    store.close()
    return tmp_path / "left"


def _codes(folder: Path) -> set[str]:
    report = examine(folder, FakeClock(), lambda: StoreKey(KEY, "file"), lambda: "1")
    return {str(finding.params.get("code", finding.code)) for finding in report.findings}


def test_every_commit_is_there_after_a_power_cut(left: Path) -> None:
    assert (left / f"{STORE_FILE}-wal").stat().st_size > 0
    assert _said(left) == '"9"'


@pytest.mark.parametrize("harm", ["gone", "empty", "rubbish", "half"])
def test_the_shared_memory_file_is_made_anew(left: Path, harm: str) -> None:
    shm = left / f"{STORE_FILE}-shm"
    content = shm.read_bytes()
    if harm == "gone":
        shm.unlink()
    else:
        shm.write_bytes({"empty": b"", "rubbish": b"\x5a" * 32768, "half": content[:100]}[harm])
    assert _said(left) == '"9"'


def test_a_log_cut_off_anywhere_ends_at_a_commit(left: Path, tmp_path: Path) -> None:
    wal = left / f"{STORE_FILE}-wal"
    whole = wal.read_bytes()
    chance = random.Random(1)
    seen = set()
    for length in (0, 1, 31, 32, *(chance.randrange(len(whole)) for _ in range(12)), len(whole)):
        shutil.copytree(left, tmp_path / "cut")
        (tmp_path / "cut" / wal.name).write_bytes(whole[:length])
        seen.add(int(_said(tmp_path / "cut").strip('"')))
        shutil.rmtree(tmp_path / "cut")
    assert seen >= {4, 9}
    assert all(4 <= one <= 9 for one in seen)


@pytest.mark.parametrize("harm", ["rubbish after", "rubbish instead", "flip"])
def test_rubbish_in_the_log_ends_it_at_the_commit_before(left: Path, harm: str) -> None:
    wal = left / f"{STORE_FILE}-wal"
    content = bytearray(wal.read_bytes())
    if harm == "rubbish after":
        content += b"\xa5" * 9000
    elif harm == "rubbish instead":
        content[:] = b"\xa5" * len(content)
    else:
        content[len(content) // 2] ^= 1
    wal.write_bytes(content)
    said = int(_said(left).strip('"'))
    assert said == {"rubbish after": 9, "rubbish instead": 4}.get(harm, said)
    assert 4 <= said <= 9


def _flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


@pytest.mark.parametrize("which", [lambda _: 0, lambda pages: pages // 2, lambda pages: pages - 1])
def test_one_bit_that_flips_anywhere_is_told_by_the_doctor(
    left: Path, which: Callable[[int], int]
) -> None:
    assert _said(left) == '"9"'
    path = left / STORE_FILE
    page = which(path.stat().st_size // _PAGE_BYTES)
    _flipped(path, page * _PAGE_BYTES + 1000)
    before = path.read_bytes()
    assert _codes(left) & {"store_torn", "store_damaged"}
    assert path.read_bytes() == before


def test_a_bit_that_flips_under_data_is_a_fault_and_no_other_datas_end(left: Path) -> None:
    store = Store.open(left, KEY, FakeClock())
    for number in range(300):
        with store.write() as session:
            write_setting(session, f"name{number}", '"' + "x" * 900 + '"')
    store.close()
    path = left / STORE_FILE
    _flipped(path, (path.stat().st_size // _PAGE_BYTES - 20) * _PAGE_BYTES + 2000)
    store = Store.open(left, KEY, FakeClock())
    read: list[str] = []
    for number in range(300):
        try:
            with store.read() as session:
                read.append("whole" if read_setting(session, f"name{number}") else "gone")
        except LocalFault as fault:
            read.append(fault.code)
    store.close()
    assert set(read) == {"whole", "store_torn"}
    assert read.count("whole") > 200
