"""Printers of this machine, and pages sent to one; imported when a person first needs paper.

Knows nothing of slips: it takes pages as pictures, and what they are is the caller's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QRect, QSizeF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from app.errors import LocalFault

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk

#: 300 dots per inch over the 210 mm of A5's long side: sharp enough for a small QR code.
LONGEST_PX = 2480
_ROLL_MM = 80.0
_KEEP = Qt.AspectRatioMode.KeepAspectRatio


def printer_names() -> tuple[str, ...]:
    """Return the printers installed, the system's own choice first."""
    main = QPrinterInfo.defaultPrinterName()
    names = list(QPrinterInfo.availablePrinterNames())
    return tuple(sorted(names, key=lambda name: (name != main, name)))


def pages_of(kiosk: Kiosk, pdf: bytes) -> tuple[bytes, ...]:
    """Return a PDF's pages as pictures (PNG); slow, so not in the main thread."""
    pages = kiosk.imaging.read_pages(pdf)
    return tuple(kiosk.imaging.picture(page, LONGEST_PX) for page in pages)


def print_pages(pages: Sequence[bytes], printer_name: str, paper: str) -> None:
    """Send pages to a printer, each filling its sheet.

    Args:
        pages: pictures in order.
        printer_name: as the system calls it.
        paper: ``a5`` or ``roll80``.

    Raises:
        LocalFault: ``printer_missing`` when it is no longer installed, ``printer_failed`` when it
            does not take the pages.
    """
    if QPrinterInfo.printerInfo(printer_name).isNull():
        raise LocalFault("printer_missing", printer=printer_name)
    pictures = [QImage.fromData(page) for page in pages]
    printer = QPrinter(QPrinterInfo.printerInfo(printer_name), QPrinter.PrinterMode.HighResolution)
    printer.setFullPage(True)
    printer.setPageLayout(_layout(pictures[0], paper))
    painter = QPainter()
    if not painter.begin(printer):
        raise LocalFault("printer_failed", printer=printer_name)
    try:
        for number, picture in enumerate(pictures):
            if number and not printer.newPage():
                raise LocalFault("printer_failed", printer=printer_name)
            sheet = printer.pageLayout().fullRectPixels(printer.resolution())
            fitted = picture.size().scaled(sheet.size(), _KEEP)
            painter.drawImage(QRect(sheet.topLeft(), fitted), picture)
    finally:
        painter.end()


def _layout(first: QImage, paper: str) -> QPageLayout:
    size = QPageSize(QPageSize.PageSizeId.A5)
    if paper == "roll80":
        high = _ROLL_MM * first.height() / max(first.width(), 1)
        size = QPageSize(QSizeF(_ROLL_MM, high), QPageSize.Unit.Millimeter, "80 mm")
    return QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
