"""Draws the shipped icons (SVG of one path each) in any colour and size, without QtSvg.

Only what Material Symbols use is read: the commands M L H V Q T Z, absolute and relative. Loading
QtSvg for this would cost the first screen more than the icons themselves.
"""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPixmap

from app.resources import resources_path

_PATH = re.compile(r' d="([^"]+)"')
_PIECE = re.compile(r"([MmLlHhVvQqTtZz])|(-?(?:\d+\.?\d*|\.\d+))")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "Q": 4, "T": 2, "Z": 0}
#: Side of the square in which the shipped icons are drawn; they lie above the zero line.
_SIDE = 960.0


@lru_cache(maxsize=128)
def icon_path(name: str) -> QPainterPath:
    """Return the outline of a shipped icon in a square of 960, its top left at (0, -960)."""
    svg = (resources_path() / "icons" / f"{name}.svg").read_text(encoding="ascii")
    found = _PATH.search(svg)
    if not found:
        raise ValueError(f"{name}.svg has no path")
    return _Pen().draw(found.group(1))


class _Pen:
    """Follows the commands of one path; remembers the last control point for T."""

    def __init__(self) -> None:
        self.path = QPainterPath()
        self.at = QPointF()
        self.control = QPointF()

    def draw(self, commands: str) -> QPainterPath:
        command = ""
        numbers: list[float] = []
        for letter, number in _PIECE.findall(commands):
            if letter:
                command, numbers = letter, []
                if letter in "Zz":
                    self.path.closeSubpath()
                    self.at = self.control = self.path.currentPosition()
                continue
            numbers.append(float(number))
            if len(numbers) == _TAKES[command.upper()]:
                self._step(command, numbers)
                numbers = []
                if command in "Mm":
                    command = "L" if command == "M" else "l"
        return self.path

    def _step(self, command: str, numbers: list[float]) -> None:
        base = self.at if command.islower() else QPointF()
        kind = command.upper()
        control: QPointF | None = None
        if kind == "H":
            end = QPointF(base.x() + numbers[0], self.at.y())
        elif kind == "V":
            end = QPointF(self.at.x(), base.y() + numbers[0])
        else:
            end = base + QPointF(*numbers[-2:])
        if kind == "M":
            self.path.moveTo(end)
        elif kind == "Q" or kind == "T":
            control = base + QPointF(*numbers[:2]) if kind == "Q" else self.at * 2 - self.control
            self.path.quadTo(control, end)
        else:
            self.path.lineTo(end)
        self.at, self.control = end, control or end


def paint_icon(painter: QPainter, name: str, colour: str, x: float, y: float, size: float) -> None:
    """Paint an icon into a square whose top left is (x, y)."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(x, y + size)
    painter.scale(size / _SIDE, size / _SIDE)
    painter.fillPath(icon_path(name), QColor(colour))
    painter.restore()


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Return an icon as a picture of ``size`` logical pixels."""
    made = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    paint_icon(painter, name, colour, 0, 0, size * ratio)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def icon(name: str, colour: str, size: int = 24) -> QIcon:
    """Return an icon for a button, sharp on screens of up to twice the density."""
    made = QIcon(pixmap(name, colour, size))
    made.addPixmap(pixmap(name, colour, size, 2.0))
    return made
