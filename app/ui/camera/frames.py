"""Owns where frames come from: one capture session with a camera, or with what stands for one.

Never looks at a frame.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtMultimedia import (
    QCamera,
    QCameraDevice,
    QMediaCaptureSession,
    QMediaDevices,
    QVideoFrame,
    QVideoSink,
)

from app.ui.camera.formats import formats_of
from app.ui.camera.permission import is_refused

#: A camera that was opened shows something within a second or two, over a hub within four.
_SILENT_AFTER_MS = 8_000


class FrameSource(QObject):
    """Gives frames from ``open`` to ``close``; what comes after its end is dropped.

    Signals:
        frame_came: a QVideoFrame.
        failed: why there are no more; a code of ``errors``.
    """

    frame_came = Signal(QVideoFrame)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.session = QMediaCaptureSession(self)
        self._sink = QVideoSink(self)
        self.session.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._came)
        self.is_open = False

    def open(self) -> None:
        """Begin."""
        self.is_open = True

    def close(self) -> None:
        """End, let the camera go, and forget the last frame."""
        self.is_open = False
        self._sink.setVideoFrame(QVideoFrame())

    def sharpen(self) -> bool:
        """Go over to the largest picture there is; False where that is what it gives already."""
        return False

    def _came(self, frame: QVideoFrame) -> None:
        if self.is_open and frame.isValid():
            self.frame_came.emit(frame)


class CameraFrames(FrameSource):
    """A camera of this machine.

    A large camera is watched at a size that a weak machine can follow, and gives its largest
    picture when one is taken. Qt takes stills from the running stream as well, so a still is a
    frame here, and the one that was found good.
    """

    def __init__(self, device: QCameraDevice) -> None:
        super().__init__()
        self._device = device
        self._live, self._best = formats_of(device.videoFormats())
        self._camera = QCamera(device, self)
        self._camera.errorOccurred.connect(self._erred)
        self._silence = QTimer(self)
        self._silence.setSingleShot(True)
        self._silence.setInterval(_SILENT_AFTER_MS)
        self._silence.timeout.connect(self._silent)
        self.frame_came.connect(lambda _frame: self._silence.start())
        self.session.setCamera(self._camera)

    def open(self) -> None:
        super().open()
        if self._live is not None:
            self._camera.setCameraFormat(self._live)
        self._silence.start()
        self._camera.start()

    def close(self) -> None:
        self._silence.stop()
        # Asked first: stopping must not be taken for the camera's own end.
        super().close()
        self._camera.stop()
        self.session.setCamera(None)  # type: ignore[arg-type]

    def sharpen(self) -> bool:
        if self._best is None or self._best == self._live:
            return False
        self._silence.start()
        self._camera.setCameraFormat(self._best)
        return True

    def _erred(self, error: QCamera.Error, _says: str) -> None:
        """Say why in a word of ours: Qt has one code for everything, and words for no person."""
        if error != QCamera.Error.NoError:
            self._fail("camera_busy")

    def _silent(self) -> None:
        self._fail("camera_silent")

    def _fail(self, otherwise: str) -> None:
        if not self.is_open:
            return
        self._silence.stop()
        name = bytes(self._device.id().data())
        if name not in [bytes(one.id().data()) for one in QMediaDevices.videoInputs()]:
            self.failed.emit("camera_lost")
        elif is_refused(name.decode("utf-8", "replace")):
            self.failed.emit("camera_refused")
        else:
            self.failed.emit(otherwise)
