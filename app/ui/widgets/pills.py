"""Buttons of which one is chosen: the tabs of a desk and the filters of a list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from app.ui.theme.icons import paint_icon
from app.ui.theme.tokens import Theme

_PAD = 16
_GAP = 8


class PillButton(QPushButton):
    """A rounded button that stays chosen; a tick stands in it too, so colour is not the only sign.

    Args:
        theme: colours and sizes.
        words: what stands on it.
        act: called when a person chooses it.
        icon: a shipped icon; a filter without one shows a tick while it is chosen.
        name: object name.
    """

    def __init__(
        self, theme: Theme, words: str, act: Callable[[], object], *, icon: str = "", name: str = ""
    ) -> None:
        super().__init__(words.replace("&", "&&"))
        self._theme, self._words, self._icon = theme, words, icon
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setAccessibleName(words)
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: act())

    @property
    def words(self) -> str:
        """What stands on it."""
        return self._words

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.text(18))
        font.setBold(True)
        return font

    def sizeHint(self) -> QSize:  # noqa: N802
        side = self._theme.text(24)
        wide = QFontMetrics(self._font()).horizontalAdvance(self._words)
        # The tick's place is kept free, so that nothing moves when another is chosen.
        return QSize(wide + side + _GAP + 2 * _PAD, self._theme.target(48))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        is_on = self.isChecked()
        frame = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        hot = colours.sea_soft if self.underMouse() or self.isDown() else colours.paper
        painter.setBrush(QColor(colours.sea if is_on else hot))
        painter.setPen(QPen(QColor(colours.sea if is_on else colours.edge), 1.5))
        painter.drawRoundedRect(frame, 12, 12)
        if self.hasFocus():
            inner = frame.adjusted(2, 2, -2, -2) if is_on else frame
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.on_sea if is_on else colours.accent), 3))
            painter.drawRoundedRect(inner, 10, 10)
        ink = colours.on_sea if is_on else colours.sea
        side = self._theme.text(24)
        shown = self._icon or ("check" if is_on else "")
        font = self._font()
        wide = QFontMetrics(font).horizontalAdvance(self._words)
        start = (self.width() - wide - (side + _GAP if shown else 0)) / 2
        if shown:
            paint_icon(painter, shown, ink, start, (self.height() - side) / 2, side)
            start += side + _GAP
        painter.setFont(font)
        painter.setPen(QColor(ink))
        room = QRectF(start, 0, wide + 4, self.height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self._words)
        painter.end()
