"""The backup page: what an operator sees before, meanwhile and after; a real store and stick."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.security.key_store import StoreKey
from app.services.backing_up import Backups, put_back, read_last
from app.ui.operator.backup import BackupScreen
from tests.builders import STORE_KEY, filled_draft, make_kiosk
from tests.fakes import FakeClock, FakeKeyRing
from tests.ui.making import StillRoad
from tests.ui.operating import Stand


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "STIK"
    folder.mkdir()
    return folder


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path) -> Iterator[Stand]:
    kiosk = make_kiosk(tmp_path / "kiosk", clock=FakeClock())
    stand = Stand(qtbot, kiosk, StillRoad(), backups=Backups(kiosk, StoreKey(STORE_KEY, "file")))
    yield stand
    stand.close()


def _open(stand: Stand) -> BackupScreen:
    stand.open("settings")
    stand.press("settings_backup")
    screen = stand.window.screen_
    assert isinstance(screen, BackupScreen)
    return screen


def test_an_operator_chooses_a_stick_and_makes_a_backup(stand: Stand, stick: Path) -> None:
    filled_draft(stand.kiosk)
    screen = _open(stand)
    assert stand.sees("Belum ada tempat untuk cadangan")
    assert not stand.find(QPushButton, "primary").isEnabled()
    screen._chosen(stick)
    stand.until_seen("Belum ada cadangan")
    stand.press("primary")
    stand.until_seen("Cadangan selesai: 4 berkas, 4 baru")
    assert stand.sees("Cadangan terakhir")
    assert (last := read_last(stand.kiosk.store.folder)) is not None
    assert last.folder.startswith(str(stick))


def test_the_code_on_the_screen_opens_the_backup_elsewhere(
    stand: Stand, stick: Path, tmp_path: Path
) -> None:
    screen = _open(stand)
    screen._chosen(stick)
    stand.until_seen("Belum ada kode pemulihan")
    stand.press("new_code")
    code = stand.find(QLabel, "recovery_code").text()
    assert not stand.sees("Belum ada kode pemulihan")
    stand.press("primary")
    stand.until_seen("Cadangan selesai")
    assert not stand.sees(code)
    clock = stand.kiosk.clock
    put_back(tmp_path / "new", stick, FakeKeyRing(is_there=False), clock, lambda: code)
    assert (tmp_path / "new" / "store.db").exists()


def test_a_stick_pulled_out_is_told_and_nothing_is_begun(stand: Stand, stick: Path) -> None:
    screen = _open(stand)
    screen._chosen(stick)
    stand.until_seen("Belum ada cadangan")
    shutil.rmtree(stick)
    stand.press("primary")
    stand.until_seen("Disk atau stik cadangan tidak terpasang")
    assert not stand.find(QPushButton, "primary").isEnabled()


def test_the_kiosks_own_folder_is_refused(stand: Stand) -> None:
    screen = _open(stand)
    screen._chosen(stand.kiosk.store.folder)
    stand.until_seen("Cadangan tidak boleh di folder kiosk sendiri")


def test_a_chosen_folder_is_not_called_ready_before_there_is_a_backup(
    stand: Stand, stick: Path
) -> None:
    screen = _open(stand)
    screen._chosen(stick)
    stand.until_seen("Belum ada cadangan")
    assert not stand.sees("Cadangan siap")
    stand.press("primary")
    stand.until_seen("Cadangan siap")


def test_why_the_last_backup_failed_is_shown(stand: Stand, stick: Path) -> None:
    screen = _open(stand)
    screen._chosen(stick)
    stand.until_seen("Tempatnya sudah dipilih")
    Backups(stand.kiosk, StoreKey(STORE_KEY, "file")).make(stick)
    (folder,) = stick.iterdir()
    shutil.rmtree(folder)
    folder.write_bytes(b"no folder")
    stand.press("primary")
    stand.until_seen("Cadangan terakhir gagal dibuat")
    assert stand.sees("Disk atau stik cadangan bermasalah")


def test_today_leads_to_the_backup_that_was_never_made(stand: Stand, stick: Path) -> None:
    Backups(stand.kiosk, StoreKey(STORE_KEY, "file")).choose(stick)
    clock = stand.kiosk.clock
    assert isinstance(clock, FakeClock)
    clock.pass_time(4 * 86_400)
    stand.open("today")
    stand.until_seen("Belum ada satu pun cadangan")
    stand.press("do_backup_never")
    assert isinstance(stand.window.screen_, BackupScreen)
    stand.until_seen("Tempatnya sudah dipilih")
