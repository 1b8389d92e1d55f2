"""Makes images of encoded pictures; never in the window's own thread, which they would hold up."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageReader


def decode(picture: bytes) -> QImage:
    """Return a picture; an image, unlike a pixmap, may be made in any thread.

    Read as from a file: ``QImage.fromData`` would keep every other thread waiting, the window too.
    """
    source = QBuffer()
    source.setData(QByteArray(picture))
    source.open(QIODevice.OpenModeFlag.ReadOnly)
    return QImageReader(source).read()
