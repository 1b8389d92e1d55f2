"""Turns frames into what is shown, looked at and kept; runs in free threads, keeps nothing."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageWriter, QTransform
from PySide6.QtMultimedia import QVideoFrame

#: Longest side of what is shown: no page gives a camera more room.
_SHOWN_PX = 1280
_LOOKED_AT_PX = 640
_QUALITY = 95
#: 72 dpi, which says that it is no scan: only a scanner knows how large a paper is.
_DOTS_PER_METER = 2835


@dataclass(frozen=True)
class Glance:
    """One frame, ready to be shown and looked at."""

    frame: QVideoFrame
    shown: QImage
    #: Rows without gaps, four bytes for each dot; empty when nobody is free to look.
    pixels: bytes
    width: int
    height: int


def glance(frame: QVideoFrame, *, is_looked_at: bool) -> Glance | None:
    """Return a frame made small; None when it cannot be read."""
    whole = frame.toImage()
    if whole.isNull():
        return None
    shown = _within(whole, _SHOWN_PX)
    if not is_looked_at:
        return Glance(frame, shown, b"", 0, 0)
    small = _within(shown, _LOOKED_AT_PX).convertToFormat(QImage.Format.Format_RGBX8888)
    return Glance(frame, shown, bytes(small.constBits()), small.width(), small.height())


def picture_of(frame: QVideoFrame, turns: int) -> bytes:
    """Return a frame as a JPEG, turned clockwise; empty when it cannot be read."""
    whole = frame.toImage()
    if whole.isNull():
        return b""
    if turns % 4:
        whole = whole.transformed(QTransform().rotate(90 * turns))
    whole.setDotsPerMeterX(_DOTS_PER_METER)
    whole.setDotsPerMeterY(_DOTS_PER_METER)
    written = QBuffer()
    written.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(written, QByteArray(b"jpeg"))
    writer.setQuality(_QUALITY)
    return bytes(written.data().data()) if writer.write(whole) else b""


def _within(image: QImage, longest_px: int) -> QImage:
    """Return an image made small; every step keeps other threads waiting, so each is short."""
    keep = Qt.AspectRatioMode.KeepAspectRatio
    longest = max(image.width(), image.height())
    if longest <= longest_px:
        return image
    if longest > 2 * longest_px:
        rough = 2 * longest_px
        image = image.scaled(rough, rough, keep, Qt.TransformationMode.FastTransformation)
    return image.scaled(longest_px, longest_px, keep, Qt.TransformationMode.SmoothTransformation)
