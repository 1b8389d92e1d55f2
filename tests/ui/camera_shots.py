"""The camera's page in all its states for the gallery, and the choice of where pages come from."""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton

from app.services import capturing, documents, drafts
from app.services.operators import OperatorView
from app.ui.applicant import route
from app.ui.applicant.journey import journey_of
from app.ui.operator.session import Session
from app.ui.operator.sources import SourcesScreen
from app.ui.operator.trying import Trial
from app.ui.window import Window
from tests.ui.fed_camera import FedCameras, empty_scene, glare_scene, scene, watch
from tests.ui.making import House, settle, started
from tests.ui.papers import paper
from tests.ui.scanners import GLASS, TRAY, FakeScanner, ailing
from tests.ui.shots import Shot

_NAMES = ("HD Webcam C920", "IPEVO V4K")


def _open(house: House, window: Window, *names: str, need: str = "ktp") -> FedCameras:
    cameras = FedCameras(window, *names)
    journey = journey_of(house.kiosk, started(house.kiosk))
    if need == "birth_proof":
        documents.add_pages(
            house.kiosk, journey.id, need, "birth_certificate", paper("birth_certificate")
        )
        journey = journey_of(house.kiosk, drafts.load_draft(house.kiosk, journey.id))
    route.show(window, journey, f"document:{need}")
    settle(window)
    _press(window, "primary" if need == "ktp" else "take_camera")
    return cameras


def _press(window: Window, name: str) -> None:
    [one for one in window.findChildren(QAbstractButton, name) if one.isVisible()][0].click()
    settle(window)


def _seeing(
    house: House, window: Window, picture: QImage, times: int, names: tuple[str, ...] = _NAMES[:1]
) -> FedCameras:
    cameras = _open(house, window, *names)
    watch(window, cameras.source, picture, times)
    return cameras


def _opening(house: House, window: Window) -> None:
    _open(house, window, *_NAMES[:1])


def _bare(house: House, window: Window) -> None:
    _seeing(house, window, empty_scene(), 3)


def _far(house: House, window: Window) -> None:
    _seeing(house, window, scene("ktp", "far"), 3, _NAMES)


def _glare(house: House, window: Window) -> None:
    _seeing(house, window, glare_scene("ktp"), 3)


def _good(house: House, window: Window) -> None:
    _seeing(house, window, scene("ktp", "webcam"), 4)


def _turned(house: House, window: Window) -> None:
    _seeing(house, window, scene("ktp", "far"), 3)
    _press(window, "turn_camera")


def _next_paper(house: House, window: Window) -> None:
    house.plug(FakeScanner())
    cameras = _open(house, window, *_NAMES[:1], need="birth_proof")
    watch(window, cameras.source, scene("birth_certificate", "document_camera"), 4)


def _trouble(house: House, window: Window, code: str) -> None:
    house.plug(FakeScanner(), FakeScanner(TRAY))
    cameras = FedCameras(window, *_NAMES[:1])
    cameras.fault = "" if code in ("camera_lost", "camera_absent") else code
    journey = journey_of(house.kiosk, started(house.kiosk))
    route.show(window, journey, "document:ktp")
    settle(window)
    if code == "camera_absent":
        # Pulled out before it was pressed: nobody told the page yet.
        cameras.plugged = []
    _press(window, "take_camera")
    if code == "camera_lost":
        watch(window, cameras.source, scene("ktp", "far"), 1)
        cameras.plug()
        settle(window)


def _sources(house: House, window: Window, state: str) -> None:
    if state == "bare":
        FedCameras(window)
    else:
        FedCameras(window, *_NAMES)
        tray = msgspec.structs.replace(TRAY, id="fake-tray#feeder")
        glass = ailing("needs_attention", "scanner_cover_open").description
        open_glass = msgspec.structs.replace(glass, id="fake-glass#flatbed")
        gone = msgspec.structs.replace(
            GLASS, id="fake-old#flatbed", label="Epson V39", state="absent", fault="scanner_lost"
        )
        house.plug(FakeScanner(tray, [paper("ktp")]), FakeScanner(open_glass), FakeScanner(gone))
        folder = house.folder / "Pindaian"
        folder.mkdir(exist_ok=True)
        capturing.watch_folder(house.kiosk, folder)
        capturing.choose(house.kiosk, tray.id)
    session = Session(OperatorView("ayu", "Ayu Lestari"))
    window.go(partial(SourcesScreen, session=session, trial=Trial()))
    settle(window)
    if state == "tried":
        _press(window, "try_source")


SHOTS = (
    Shot("camera_opening", _opening),
    Shot("camera_bare", _bare),
    Shot("camera_far", _far),
    Shot("camera_glare", _glare),
    Shot("camera_good", _good),
    Shot("camera_turned", _turned),
    Shot("camera_next_paper", _next_paper),
    *(
        Shot(code, partial(_trouble, code=code))
        for code in (
            "camera_absent",
            "camera_lost",
            "camera_busy",
            "camera_refused",
            "camera_silent",
        )
    ),
    Shot("operator_sources", partial(_sources, state="usual")),
    Shot("operator_sources_bare", partial(_sources, state="bare")),
    Shot("operator_sources_tried", partial(_sources, state="tried")),
)
