"""Owns the list of cameras that this machine has now, and tells when it changes."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtMultimedia import QCameraDevice, QMediaDevices
from PySide6.QtWidgets import QWidget

from app.ui.camera.frames import CameraFrames, FrameSource

#: What a camera's id among the sources begins with.
CAMERA_ID = "camera:"
_BY_ID = Path("/dev/v4l/by-id")


class Cameras(QObject):
    """All cameras of this machine; one for a window, see ``cameras_of``.

    Signals:
        changed: one was plugged in or pulled out.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._devices = QMediaDevices(self)
        self._devices.videoInputsChanged.connect(self.changed)

    def listed(self) -> tuple[tuple[str, str], ...]:
        """Return ids and names, the system's own choice first."""
        found = sorted(QMediaDevices.videoInputs(), key=lambda one: not one.isDefault())
        return tuple((_id_of(one), one.description()) for one in found)

    def frames(self, camera_id: str) -> FrameSource | None:
        """Return a way to a camera's frames; None when it is not there."""
        for device in QMediaDevices.videoInputs():
            if _id_of(device) == camera_id:
                return CameraFrames(device)
        return None


def cameras_of(window: QWidget) -> Cameras:
    """Return the window's cameras; looked for at the first time."""
    known: Cameras | None = window.findChild(Cameras)
    return known if known is not None else Cameras(window)


def _id_of(device: QCameraDevice) -> str:
    name = bytes(device.id().data()).decode("utf-8", "replace")
    return CAMERA_ID + (lasting_name(name, _BY_ID) if sys.platform == "linux" else name)


def lasting_name(device_name: str, links: Path) -> str:
    """Return a name that stays with a camera, where Linux numbers them as they are plugged in."""
    try:
        named = sorted(links.iterdir())
        target = Path(device_name).resolve()
        return next((link.name for link in named if link.resolve() == target), device_name)
    except OSError:
        return device_name
