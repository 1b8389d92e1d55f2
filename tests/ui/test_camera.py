"""The camera's page: real capture sessions fed with frames, and whatever cameras may do wrong."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QMediaDevices, QVideoFrame
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

import tests.specimens as specimens
from app.domain.catalogue import Look
from app.domain.sources import SourceDescription
from app.imaging.requests import FrameAdvice
from app.ui.applicant.cameras import open_camera
from app.ui.applicant.document import DocumentScreen
from app.ui.camera.camera_screen import CameraScreen
from app.ui.camera.looking import glance, picture_of
from app.ui.camera.view import CameraView
from tests.remembering import RememberingPool
from tests.ui.fed_camera import FedCameras, empty_scene, glare_scene, scene, watch
from tests.ui.making import House, settle
from tests.ui.papers import paper
from tests.ui.person import Person
from tests.ui.scanners import FakeScanner
from tests.ui.test_documents import give, open_need, stored


class WatchedPool(RememberingPool):
    """Takes note of how frames are looked at."""

    def __init__(self) -> None:
        super().__init__(has_engine=False)
        self.looks = 0
        self.most_at_once = 0
        self.threads: set[str] = set()
        self._under_way = 0
        self._counting = threading.Lock()

    def watch(
        self, pixels: bytes, width: int, height: int, channels: int, look: Look
    ) -> FrameAdvice:
        with self._counting:
            self.looks += 1
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            self.threads.add(threading.current_thread().name)
        try:
            return super().watch(pixels, width, height, channels, look)
        finally:
            with self._counting:
                self._under_way -= 1


@pytest.fixture(scope="module")
def pool() -> Iterator[WatchedPool]:
    made = WatchedPool()
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path, qtbot: QtBot, pool: WatchedPool) -> Iterator[House]:
    made = House(tmp_path / "kiosk")
    own = made.kiosk.imaging
    made.kiosk = replace(made.kiosk, imaging=pool)
    yield made
    made.kiosk = replace(made.kiosk, imaging=own)
    made.close()


@pytest.fixture
def cameras(person: Person) -> FedCameras:
    return FedCameras(person.window, "Kamera Meja", "Webcam")


@pytest.fixture
def at_ktp(house: House, person: Person, cameras: FedCameras, qtbot: QtBot) -> DocumentScreen:
    screen = open_need(house, person, "ktp")
    # The library of cameras is loaded in a thread that nobody waits for; a busy machine takes long.
    qtbot.waitUntil(lambda: person.primary() == "Ambil foto", timeout=30_000)
    person.press("primary")
    assert person.place == "camera"
    return screen


def shown(person: Person) -> CameraScreen:
    screen = person.screen
    assert isinstance(screen, CameraScreen)
    return screen


def view(person: Person) -> CameraView:
    (found,) = [one for one in person.screen.findChildren(CameraView) if one.isVisible()]
    return found


def advice(person: Person) -> str:
    label = person.screen.findChildren(QLabel, "advice")[0]
    assert label.accessibleName() == label.text(), "whoever listens is told the same"
    return label.text()


# --- the picture ----------------------------------------------------------------------------------


def test_a_paper_that_lies_well_is_photographed_by_itself_and_becomes_a_page(
    house: House, person: Person, cameras: FedCameras, at_ktp: DocumentScreen
) -> None:
    watch(person.window, cameras.source, scene("ktp"), 3)
    assert person.place == "camera", "a moment's stillness is not enough"
    watch(person.window, cameras.source, scene("ktp"), 9)
    assert person.place == "document"
    (page,) = stored(house, at_ktp)
    assert page.source == "camera"
    assert page.verdict.findings == ()
    assert person.sees("Gambar baik")
    assert not cameras.opened[0].is_open


def test_what_to_do_is_said_in_words_and_the_paper_is_framed(
    person: Person, cameras: FedCameras, at_ktp: DocumentScreen
) -> None:
    source = cameras.source
    watch(person.window, source, empty_scene(), 2)
    assert "Letakkan kertas" in advice(person)
    assert view(person).outline is None
    watch(person.window, source, scene("ktp", "far"), 2)
    assert advice(person) == "Lebih dekat"
    framed = view(person).outline
    assert framed is not None
    truth = specimens.capture(specimens.make("ktp", 1), "far", 1).outline
    for (x, y), (u, v) in zip(sorted(framed.corners), sorted(truth.corners), strict=True):
        assert abs(x - u) < 0.02
        assert abs(y - v) < 0.02
    watch(person.window, source, glare_scene("ktp"), 3)
    assert "pantulan" in advice(person)
    assert person.place == "camera"


def test_one_word_that_differs_does_not_flicker(
    person: Person, cameras: FedCameras, at_ktp: DocumentScreen
) -> None:
    watch(person.window, cameras.source, scene("ktp", "far"), 2)
    said = advice(person)
    watch(person.window, cameras.source, empty_scene(), 1)
    assert advice(person) == said
    watch(person.window, cameras.source, empty_scene(), 1)
    assert advice(person) != said


def test_a_picture_is_taken_by_hand_however_it_looks(
    house: House, person: Person, cameras: FedCameras, at_ktp: DocumentScreen
) -> None:
    watch(person.window, cameras.source, glare_scene("ktp"), 1)
    person.press("primary")
    assert person.place == "document"
    (page,) = stored(house, at_ktp)
    assert page.verdict.findings, "it is judged like any other"
    assert person.primary() == "Foto lagi"


def test_a_paper_photographed_already_waits_to_be_changed(
    house: House, person: Person, cameras: FedCameras, tmp_path: Path
) -> None:
    screen = open_need(house, person, "ktp")
    give(person, screen, tmp_path / "ktp.jpg", paper("ktp"))
    person.press("take_camera")
    watch(person.window, cameras.source, scene("ktp"), 8)
    assert person.place == "camera"
    assert "Ganti kertasnya" in advice(person)
    watch(person.window, cameras.source, empty_scene(), 2)
    watch(person.window, cameras.source, scene("ktp"), 10)
    assert person.place == "document"
    assert len(stored(house, screen)) == 2


def test_a_picture_is_as_large_as_the_camera_can_give(
    house: House, person: Person, cameras: FedCameras
) -> None:
    cameras.largest = (2560, 1440)
    pictures = _take(person)
    small = scene("ktp")
    watch(person.window, cameras.source, small, 9)
    assert cameras.source.is_sharp
    assert person.sees("Foto sedang diambil")
    watch(person.window, cameras.source, small, 6)
    large = small.scaled(small.size() * 2)
    watch(person.window, cameras.source, large, 13)
    (picture,) = pictures
    assert _size(picture) == (small.width() * 2, small.height() * 2)


def test_a_camera_that_fails_at_its_largest_picture_gives_the_one_it_had(
    person: Person, cameras: FedCameras
) -> None:
    cameras.largest = (2560, 1440)
    pictures = _take(person)
    small = scene("ktp")
    watch(person.window, cameras.source, small, 9)
    cameras.source.failed.emit("camera_busy")
    settle(person.window)
    (picture,) = pictures
    assert _size(picture) == (small.width(), small.height())


def test_a_turned_picture_is_kept_turned(person: Person, cameras: FedCameras) -> None:
    pictures = _take(person)
    picture = scene("ktp", "far")
    watch(person.window, cameras.source, picture)
    person.press("turn_camera")
    person.press("primary")
    assert _size(pictures[0]) == (picture.height(), picture.width())


def test_a_picture_claims_no_scanners_resolution() -> None:
    taken = Image.open(io.BytesIO(picture_of(QVideoFrame(scene("ktp")), 0)))
    assert taken.info["dpi"] == (72, 72)
    assert taken.getexif() == {}


# --- frames ---------------------------------------------------------------------------------------


def test_frames_are_looked_at_beside_the_window_one_at_a_time(
    person: Person, cameras: FedCameras, at_ktp: DocumentScreen, pool: WatchedPool
) -> None:
    pool.looks, pool.most_at_once = 0, 0
    pool.threads.clear()
    seen: list[QImage] = []
    shown(person).finder.shown.connect(seen.append)
    for _ in range(12):
        cameras.source.feed(scene("ktp", "far"))
    settle(person.window)
    assert len(seen) == 1, "what came meanwhile was older than the next"
    assert pool.looks == 1
    watch(person.window, cameras.source, scene("ktp", "far"), 2)
    assert pool.looks == 3
    assert pool.most_at_once == 1
    assert threading.main_thread().name not in pool.threads


def test_a_frame_is_made_small_before_anyone_looks_at_it() -> None:
    large = QImage(3840, 2160, QImage.Format.Format_RGB32)
    large.fill(0x808080)
    seen = glance(QVideoFrame(large), is_looked_at=True)
    assert seen is not None
    assert (seen.width, seen.height) == (640, 360)
    assert len(seen.pixels) == 640 * 360 * 4
    assert max(seen.shown.width(), seen.shown.height()) == 1280


def test_nothing_of_the_last_frame_stays_when_the_screen_locks(
    person: Person, cameras: FedCameras, at_ktp: DocumentScreen
) -> None:
    source, finder, picture = cameras.source, shown(person).finder, view(person)
    watch(person.window, source, scene("ktp", "far"), 2)
    assert not picture.picture.isNull()
    assert pixels_held(finder)
    person.window.idle.lock()
    assert picture.picture.isNull()
    assert not source.is_open
    assert not source.session.videoSink().videoFrame().isValid()
    source.feed(scene("ktp"))
    assert pixels_held(finder) == [], "what comes late is dropped"
    settle(person.window)
    assert person.place == "home"
    assert pixels_held(finder) == []
    assert not person.window.findChildren(CameraView)


def pixels_held(finder: object) -> list[object]:
    """Return every frame and picture that the viewfinder holds on to."""
    return [one for one in vars(finder).values() if isinstance(one, QVideoFrame | QImage)]


def test_the_camera_goes_on_when_the_language_changes(
    person: Person, cameras: FedCameras, at_ktp: DocumentScreen
) -> None:
    source = cameras.source
    watch(person.window, source, scene("ktp", "far"), 2)
    person.press("language")
    assert cameras.source is source
    watch(person.window, source, scene("ktp", "far"), 1)
    assert advice(person) == "Closer"
    assert not view(person).picture.isNull()
    person.press("back")
    assert person.place == "document"
    assert not source.is_open


# --- cameras --------------------------------------------------------------------------------------


def test_the_other_camera_is_one_press_away(
    person: Person, cameras: FedCameras, at_ktp: DocumentScreen
) -> None:
    first = cameras.source
    assert person.sees("Kamera: Kamera Meja")
    person.press("next_camera")
    assert not first.is_open
    assert cameras.source is not first
    assert person.sees("Kamera: Webcam")
    watch(person.window, cameras.source, scene("ktp", "far"), 1)
    assert not view(person).picture.isNull()


def test_a_camera_that_comes_off_says_so_and_opens_by_itself_when_it_is_back(
    person: Person, cameras: FedCameras, at_ktp: DocumentScreen
) -> None:
    source = cameras.source
    watch(person.window, source, scene("ktp", "far"), 1)
    cameras.plug()
    settle(person.window)
    assert person.heading() == "Kamera terlepas"
    assert not source.is_open
    assert not person.has("turn_camera")
    cameras.plug("Kamera Meja")
    settle(person.window)
    assert person.heading().startswith("Foto:")
    watch(person.window, cameras.source, scene("ktp", "far"), 1)
    assert not view(person).picture.isNull()


@pytest.mark.parametrize(
    ("fault", "says", "todo"),
    [
        ("camera_busy", "dipakai program lain", "Tutup program lain"),
        ("camera_refused", "tidak boleh memakai kamera", "izin kamera"),
        ("camera_silent", "tidak memberi gambar", "Cabut kabel"),
    ],
)
def test_a_camera_that_does_not_open_is_explained_and_tried_again(
    house: House, person: Person, cameras: FedCameras, fault: str, says: str, todo: str
) -> None:
    cameras.fault = fault
    open_need(house, person, "ktp")
    person.press("primary")
    assert says in person.heading()
    assert person.sees(todo)
    assert person.sees("tetap tersimpan")
    cameras.fault = ""
    person.press("primary")
    assert person.heading().startswith("Foto:")
    assert cameras.source.is_open


def test_where_no_camera_works_a_scanner_takes_the_page(
    house: House, person: Person, cameras: FedCameras
) -> None:
    house.plug(FakeScanner(pages=[paper("ktp")]))
    screen = open_need(house, person, "ktp")
    cameras.plugged = []
    person.press("take_camera")
    assert person.heading() == "Kamera tidak ditemukan"
    assert person.has("take_file")
    person.press("take_flatbed")
    assert person.place == "document"
    (page,) = stored(house, screen)
    assert page.source == "flatbed"


def test_cameras_come_and_go_on_the_papers_page(
    house: House, person: Person, cameras: FedCameras
) -> None:
    cameras.plug()
    open_need(house, person, "ktp")
    assert person.primary() == "Pilih berkas"
    cameras.plug("Kamera Meja")
    settle(person.window)
    assert person.primary() == "Ambil foto"
    cameras.plug()
    settle(person.window)
    assert person.primary() == "Pilih berkas"


def test_a_machine_without_a_camera_shows_the_page_that_says_so(
    house: House, person: Person
) -> None:
    if QMediaDevices.videoInputs():
        pytest.skip("this machine has a camera")
    open_need(house, person, "ktp")
    gone = SourceDescription("camera:gone", "camera", "Webcam")
    open_camera(person.screen, gone, "KTP", Look(), lambda _picture: None)
    settle(person.window)
    assert person.heading() == "Kamera tidak ditemukan"
    person.press("primary")
    assert person.heading() == "Kamera tidak ditemukan"
    person.press("back")
    assert person.place == "document"


def _take(person: Person) -> list[bytes]:
    """Open the camera from the first screen; its pictures go into a list."""
    pictures: list[bytes] = []
    first = SourceDescription("camera:Kamera Meja", "camera", "Kamera Meja")
    look = Look(shape="card")
    open_camera(person.screen, first, "KTP", look, pictures.append)
    settle(person.window)
    return pictures


def _size(picture: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(picture)).size
