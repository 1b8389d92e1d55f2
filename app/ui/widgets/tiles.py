"""Big numbers that lead somewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from app.ui.theme.icons import paint_icon
from app.ui.theme.tokens import Theme

TileKind = Literal["plain", "warn", "danger"]
_PAD = 16


class CountTile(QPushButton):
    """A card with a number and what it counts; a number above zero may ask for attention."""

    def __init__(
        self,
        theme: Theme,
        count: int,
        label: str,
        act: Callable[[], object],
        *,
        icon: str,
        kind: TileKind = "plain",
        spoken: str = "",
        name: str = "",
    ) -> None:
        super().__init__()
        self._theme, self._icon, self._kind = theme, icon, kind
        self.count, self.label = count, label
        self.setAccessibleName(spoken or f"{label}: {count}")
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.clicked.connect(lambda: act())

    def change(self, count: int, spoken: str) -> None:
        """Show another number."""
        self.count = count
        self.setAccessibleName(spoken)
        self.update()

    def _fonts(self) -> tuple[QFont, QFont]:
        number, label = QFont(self.font()), QFont(self.font())
        number.setPixelSize(self._theme.text(40))
        number.setBold(True)
        label.setPixelSize(self._theme.text(18))
        label.setBold(False)
        return number, label

    def _label_height(self, width: int) -> int:
        room = QRect(0, 0, max(width - 2 * _PAD, 60), 10_000)
        wrap = Qt.TextFlag.TextWordWrap.value
        return QFontMetrics(self._fonts()[1]).boundingRect(room, wrap, self.label).height()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        number = QFontMetrics(self._fonts()[0]).height()
        return number + self._label_height(width) + 2 * _PAD + 4

    def sizeHint(self) -> QSize:  # noqa: N802
        wide = self._theme.column(184)
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.text(120), self._theme.target(96))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        frame = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        is_hot = self.underMouse() or self.isDown()
        ink, ground, edge = colours.sea_deep, colours.paper, colours.line
        if self.count and self._kind != "plain":
            is_warn = self._kind == "warn"
            ink = colours.warn if is_warn else colours.danger
            ground = colours.warn_soft if is_warn else colours.danger_soft
            edge = ink
        painter.setBrush(QColor(colours.sea_soft if is_hot else ground))
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 3))
        else:
            painter.setPen(QPen(QColor(edge), 1.5))
        painter.drawRoundedRect(frame, 12, 12)
        number, label = self._fonts()
        high = QFontMetrics(number).height()
        painter.setFont(number)
        painter.setPen(QColor(ink))
        painter.drawText(
            QRectF(_PAD, _PAD, self.width() - 2 * _PAD, high),
            int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
            str(self.count),
        )
        side = self._theme.text(28)
        right = self.width() - _PAD - side
        paint_icon(painter, self._icon, ink, right, _PAD + (high - side) / 2, side)
        painter.setFont(label)
        painter.setPen(QColor(colours.ink))
        painter.drawText(
            QRectF(_PAD, _PAD + high + 4, self.width() - 2 * _PAD, self.height()),
            int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft),
            self.label,
        )
        painter.end()
