"""Puts a PDF on paper through the system's printer; imported when somebody prints, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from app.errors import LocalFault
from app.ui.images import decode

if TYPE_CHECKING:
    from app.ui.desk import OpenDesk

#: Longest side of a page's picture: an A5 page at 300 dots an inch is 2480 high.
_LONGEST_PX = 2480
_ROLL_WIDTH_MM = 80.0


def printer_names() -> list[str]:
    """Return the printers the system knows; may wait for the system, so in a free thread."""
    return list(QPrinterInfo.availablePrinterNames())


def print_pdf(desk: OpenDesk, pdf: bytes, paper: str, printer_name: str = "") -> None:
    """Print every page, scaled to the paper; runs in a free thread.

    Args:
        desk: its imaging worker draws the pages.
        pdf: what to print.
        paper: ``a5`` or ``roll80``.
        printer_name: empty for the system's own choice.

    Raises:
        LocalFault: ``printer_missing``, ``printer_failed``.
    """
    known = printer_names()
    name = printer_name if printer_name in known else QPrinterInfo.defaultPrinterName()
    if not known or not (name or known[0]):
        raise LocalFault("printer_missing")
    imaging = desk.kiosk.imaging
    pages = [imaging.picture(page, _LONGEST_PX) for page in imaging.read_pages(pdf)]
    images = [decode(page) for page in pages]
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPrinterName(name or known[0])
    printer.setFullPage(True)
    printer.setPageLayout(_layout(paper, images[0]))
    _paint(printer, images)


def _layout(paper: str, first: QImage) -> QPageLayout:
    if paper == "roll80":
        height = _ROLL_WIDTH_MM * first.height() / max(first.width(), 1)
        size = QPageSize(QSizeF(_ROLL_WIDTH_MM, height), QPageSize.Unit.Millimeter)
    else:
        size = QPageSize(QPageSize.PageSizeId.A5)
    return QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF())


def _paint(printer: QPrinter, images: list[QImage]) -> None:
    painter = QPainter()
    if not painter.begin(printer):
        raise LocalFault("printer_failed")
    for number, image in enumerate(images):
        if number and not printer.newPage():
            painter.end()
            raise LocalFault("printer_failed")
        room = QRectF(painter.viewport())
        scale = min(room.width() / image.width(), room.height() / image.height())
        painter.drawImage(QRectF(0, 0, image.width() * scale, image.height() * scale), image)
    painter.end()
