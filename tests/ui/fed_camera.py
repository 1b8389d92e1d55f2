"""Cameras that a test holds in its hands: Qt's own capture session, fed with frames."""

from __future__ import annotations

from functools import cache

from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QVideoFrame, QVideoFrameInput

import tests.specimens as specimens
from app.ui.camera.cameras import Cameras
from app.ui.camera.frames import FrameSource
from app.ui.window import Window
from tests.specimens import How
from tests.ui.making import settle
from tests.ui.papers import SPECIMENS

HD = (1280, 720)


class FedFrames(FrameSource):
    """A session like a camera's, whose frames come from outside."""

    def __init__(self, largest: tuple[int, int] | None = None) -> None:
        super().__init__()
        self._input = QVideoFrameInput(self)
        self.session.setVideoFrameInput(self._input)
        self._largest = largest
        self.is_sharp = False

    def feed(self, picture: QImage) -> None:
        """Give one frame."""
        assert self._input.sendVideoFrame(QVideoFrame(picture)), "nobody takes frames"

    def sharpen(self) -> bool:
        self.is_sharp = self._largest is not None
        return self.is_sharp


class FedCameras(Cameras):
    """What is plugged in.

    Attributes:
        plugged: ids and names.
        opened: every way to frames that was asked for, the newest last.
        fault: what a camera says when it is opened.
        largest: size of the picture of a camera that is watched at a smaller one.
    """

    def __init__(self, window: Window, *names: str) -> None:
        super().__init__(window)
        self.plugged = [(f"camera:{name}", name) for name in names]
        self.opened: list[FedFrames] = []
        self.fault = ""
        self.largest: tuple[int, int] | None = None

    def listed(self) -> tuple[tuple[str, str], ...]:
        return tuple(self.plugged)

    def frames(self, camera_id: str) -> FrameSource | None:
        if camera_id not in [one for one, _name in self.plugged]:
            return None
        made = _Ailing(self.fault) if self.fault else FedFrames(self.largest)
        self.opened.append(made)
        return made

    @property
    def source(self) -> FedFrames:
        """The camera that is open."""
        assert self.opened
        assert self.opened[-1].is_open
        return self.opened[-1]

    def plug(self, *names: str) -> None:
        """Let these and no others be plugged in."""
        self.plugged = [(f"camera:{name}", name) for name in names]
        self.changed.emit()


class _Ailing(FedFrames):
    """Cannot be opened."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self._fault = fault

    def open(self) -> None:
        super().open()
        self.failed.emit(self._fault)


@cache
def scene(kind: str, how: How = "document_camera", seed: int = 1) -> QImage:
    """Return what a camera sees of a paper, as small as a webcam's frame."""
    made = specimens.capture(specimens.make(SPECIMENS[kind], seed), how, seed)
    return _frame(Image.fromarray(made.pixels))


@cache
def glare_scene(kind: str) -> QImage:
    """Return a paper with a lamp in it."""
    made = specimens.spoil(specimens.make(SPECIMENS[kind], 1), "glare", 1)
    return _frame(Image.fromarray(made.pixels))


def empty_scene() -> QImage:
    """Return a bare table."""
    image = QImage(*HD, QImage.Format.Format_RGB32)
    image.fill(0x5A4A3A)
    return image


def _frame(picture: Image.Image) -> QImage:
    picture.thumbnail(HD)
    rgba = picture.convert("RGBA")
    image = QImage(
        rgba.tobytes(), rgba.width, rgba.height, rgba.width * 4, QImage.Format.Format_RGBA8888
    )
    return image.convertToFormat(QImage.Format.Format_RGB32).copy()


def watch(window: Window, source: FedFrames, picture: QImage, times: int = 1) -> None:
    """Let a camera see something for some frames, each looked at before the next."""
    for _ in range(times):
        if not source.is_open:
            return
        source.feed(picture)
        settle(window)
