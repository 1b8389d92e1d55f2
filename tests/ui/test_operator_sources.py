"""The operator chooses where pages come from, tries it, and names a folder; also by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.services import capturing
from app.ui.operator.sources import SourcesScreen
from app.ui.widgets.page_picture import PagePicture
from tests.builders import make_kiosk
from tests.fakes import FakeClock
from tests.ui.fed_camera import FedCameras, scene
from tests.ui.making import StillRoad
from tests.ui.operating import Stand
from tests.ui.papers import paper
from tests.ui.scanners import GLASS, TRAY, FakeScanner, ailing, sources_of

_TRAY = msgspec.structs.replace(TRAY, id="fake-tray#feeder")


@pytest.fixture
def scanners() -> list[FakeScanner]:
    return [FakeScanner(), FakeScanner(_TRAY, [paper("ktp")])]


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path, scanners: list[FakeScanner]) -> Iterator[Stand]:
    clock = FakeClock()
    kiosk = make_kiosk(tmp_path / "kiosk", clock=clock)
    kiosk = replace(kiosk, capture=sources_of(clock, scanners))
    kiosk.capture.find(Event())
    stand = Stand(qtbot, kiosk, StillRoad())
    yield stand
    stand.close()


@pytest.fixture
def cameras(stand: Stand) -> FedCameras:
    return FedCameras(stand.window, "Webcam")


def _open(stand: Stand) -> SourcesScreen:
    stand.open("settings")
    stand.press("settings_sources")
    screen = stand.window.screen_
    assert isinstance(screen, SourcesScreen)
    return screen


def _picture(stand: Stand) -> QImage:
    found = [one for one in stand.window.findChildren(PagePicture) if one.isVisible()]
    return found[0].picture if found else QImage()


def test_everything_there_is_stands_with_its_state_and_one_is_chosen_once(
    stand: Stand, cameras: FedCameras
) -> None:
    _open(stand)
    cards = {
        one: stand.find(QAbstractButton, f"source_{one}").accessibleDescription()
        for one in (GLASS.id, _TRAY.id, "camera:Webcam", "file")
    }
    assert cards[GLASS.id] == "Kaca pemindai · Siap"
    assert cards[_TRAY.id] == "Pengumpan kertas pemindai · Siap"
    assert cards["camera:Webcam"] == "Kamera · Siap"
    stand.press(f"source_{_TRAY.id}")
    stand.press("primary")
    chosen = capturing.chosen(stand.kiosk)
    assert chosen is not None
    assert chosen.id == _TRAY.id
    stand.press("back")
    stand.press("settings_sources")
    assert stand.find(QAbstractButton, f"source_{_TRAY.id}").isChecked()


def test_the_whole_page_is_worked_by_keyboard(stand: Stand, cameras: FedCameras) -> None:
    screen = _open(stand)
    stand.key(Qt.Key.Key_Tab)
    for _ in range(12):
        if stand.focused.objectName().startswith("source_"):
            break
        stand.key(Qt.Key.Key_Tab)
    stand.key(Qt.Key.Key_Down)
    stand.key(Qt.Key.Key_Space)
    marked = stand.focused.objectName().removeprefix("source_")
    reached = set()
    for _ in range(12):
        stand.key(Qt.Key.Key_Tab)
        reached.add(stand.focused.objectName())
    assert {"try_source", "find_sources", "choose_folder", "primary", "back"} <= reached
    screen.setFocus()
    stand.key(Qt.Key.Key_Return)
    chosen = capturing.chosen(stand.kiosk)
    assert chosen is not None
    assert chosen.id == marked


def test_a_try_shows_one_page_and_keeps_nothing(
    stand: Stand, cameras: FedCameras, scanners: list[FakeScanner]
) -> None:
    _open(stand)
    stand.press(f"source_{_TRAY.id}")
    stand.press("try_source")
    assert stand.sees("Yang terlihat oleh Fujitsu fi-7160")
    assert not _picture(stand).isNull()
    (wish,) = scanners[1].wishes
    assert wish.most_pages == 1
    assert scanners[1].is_closed
    assert capturing.chosen(stand.kiosk) is None, "a try chooses nothing"


def test_a_try_that_fails_says_why_and_the_list_shows_it(
    stand: Stand, cameras: FedCameras, scanners: list[FakeScanner]
) -> None:
    scanners[0].fault = "scanner_jammed"
    _open(stand)
    stand.press(f"source_{GLASS.id}")
    stand.press("try_source")
    assert stand.sees("Kertas tersangkut di pemindai")
    card = stand.find(QAbstractButton, f"source_{GLASS.id}")
    assert card.accessibleDescription() == "Kaca pemindai · Perlu diperiksa"
    assert card.isChecked(), "what was marked stays marked"


def test_a_camera_is_tried_through_its_own_page(
    stand: Stand, cameras: FedCameras, qtbot: QtBot
) -> None:
    _open(stand)
    stand.press("source_camera:Webcam")
    stand.press("try_source")
    assert stand.screen == "camera"
    cameras.source.feed(scene("ktp", "far"))
    stand.settle()
    stand.press("primary")
    assert stand.screen == "operator_sources"
    assert stand.sees("Yang terlihat oleh Webcam")
    assert not _picture(stand).isNull()
    assert stand.find(QAbstractButton, "source_camera:Webcam").isChecked()


def test_looking_again_finds_what_was_plugged_in_and_what_is_gone(
    stand: Stand, cameras: FedCameras, scanners: list[FakeScanner]
) -> None:
    _open(stand)
    stand.press(f"source_{_TRAY.id}")
    scanners.append(FakeScanner(msgspec.structs.replace(GLASS, id="new#flatbed", label="Epson")))
    stand.press("find_sources")
    assert stand.find(QAbstractButton, "source_new#flatbed").accessibleName() == "Epson"
    assert stand.find(QAbstractButton, f"source_{_TRAY.id}").isChecked()
    assert stand.find(QPushButton, "find_sources").isEnabled()
    assert not stand.sees("Mencari pemindai")


def test_what_is_not_there_cannot_be_tried(
    stand: Stand, cameras: FedCameras, scanners: list[FakeScanner]
) -> None:
    scanners[0] = ailing("absent", "scanner_lost")
    stand.kiosk.capture.find(Event())
    _open(stand)
    stand.press(f"source_{GLASS.id}")
    stand.press("try_source")
    assert stand.sees("Alat ini tidak ditemukan")
    stand.press("source_file")
    stand.press("try_source")
    assert stand.sees("tidak perlu dicoba")
    assert scanners[0].wishes == []


def test_a_folder_is_named_with_what_happens_to_its_files(
    stand: Stand, cameras: FedCameras, tmp_path: Path
) -> None:
    screen = _open(stand)
    assert stand.sees("lalu dihapus dari folder")
    assert stand.sees("Belum ada folder")
    folder = tmp_path / "Pindaian"
    folder.mkdir()
    screen.watch_folder(folder)
    stand.settle()
    assert capturing.folder(stand.kiosk) == folder
    assert stand.find(QLabel, "folder_now").text() == str(folder)
    assert stand.find(QAbstractButton, "source_folder").isVisible()
    stand.press("leave_folder")
    assert capturing.folder(stand.kiosk) is None
    screen.watch_folder(tmp_path / "none")
    stand.settle()
    assert stand.sees("Folder itu tidak ada")


def test_the_page_made_anew_keeps_what_is_marked(stand: Stand, cameras: FedCameras) -> None:
    _open(stand)
    stand.press(f"source_{_TRAY.id}")
    stand.press("language")
    assert stand.find(QAbstractButton, f"source_{_TRAY.id}").isChecked()
    assert (
        stand.find(QAbstractButton, f"source_{_TRAY.id}").accessibleDescription().endswith("Ready")
    )
