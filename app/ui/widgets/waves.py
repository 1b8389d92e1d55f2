"""A quiet sea along the foot of the first screen; decoration only, a reader passes over it."""

from __future__ import annotations

import math

from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme.icons import paint_icon
from app.ui.theme.tokens import Theme


class Waves(QWidget):
    """Two swells and a small boat; still, since motion is never needed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(96 if theme.scale < 1.4 else 40)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        height = self.height()
        painter.fillPath(self._swell(0.45, 420, 9, 0.8), QColor(colours.sea_soft))
        if height > 60:
            side = 44
            x = self.width() * 0.78
            paint_icon(painter, "sailing", colours.accent, x, height * 0.18, side)
        painter.fillPath(self._swell(0.68, 300, 7, 2.2), QColor(colours.sea))
        painter.end()

    def _swell(self, level: float, length: float, rise: float, shift: float) -> QPainterPath:
        path = QPainterPath()
        path.moveTo(0, self.height())
        for x in range(0, self.width() + 12, 12):
            path.lineTo(
                x, self.height() * level + rise * math.sin(x * 2 * math.pi / length + shift)
            )
        path.lineTo(self.width(), self.height())
        path.closeSubpath()
        return path
