"""Frames that hold things together: cards, notices, status pills, rows of label and value."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.ui.theme.icons import paint_icon, pixmap
from app.ui.theme.tokens import Theme
from app.ui.widgets.labels import text

FrameRole = Literal["card", "sand", "sea", "problem", "warning", "good", "drop", "sheet"]
PillKind = Literal["good", "warn", "danger", "sea", "quiet"]
_PILL_ICONS: dict[PillKind, str] = {
    "good": "check_circle",
    "warn": "error",
    "danger": "report",
    "sea": "schedule",
    "quiet": "edit",
}


class Card(QFrame):
    """A frame with a column inside; add to ``rows``."""

    def __init__(self, role: FrameRole = "card", *, pad: int = 24, gap: int = 16) -> None:
        super().__init__()
        # Not ``role``: a label is a frame to Qt, and its roles have looks of their own.
        self.setProperty("frame", role)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(pad, pad, pad, pad)
        self.rows.setSpacing(gap)


def icon_label(theme: Theme, name: str, colour: str, size: int = 24) -> QLabel:
    """Return an icon that only decorates: a reader passes over it."""
    label = QLabel()
    side = theme.text(size)
    label.setPixmap(pixmap(name, colour, side, 2.0))
    label.setFixedSize(side, side)
    return label


def notice(
    theme: Theme,
    role: Literal["sand", "sea", "problem", "warning", "good"],
    title: str,
    body: str = "",
    *,
    icon: str = "",
) -> Card:
    """Return a box that says one thing, with an icon so that colour is never the only sign."""
    colours = theme.colours
    shown = icon or {"problem": "report", "warning": "warning", "good": "check_circle"}.get(
        role, "info"
    )
    colour = {
        "problem": colours.danger,
        "warning": colours.warn,
        "good": colours.good,
    }.get(role, colours.sea)
    card = Card(role, pad=16, gap=4)
    line = QHBoxLayout()
    line.setSpacing(16)
    line.addWidget(icon_label(theme, shown, colour, 28), 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(text(title, "label"))
    if body:
        column.addWidget(text(body))
    line.addLayout(column, 1)
    card.rows.addLayout(line)
    card.setAccessibleName(title)
    card.setAccessibleDescription(body)
    return card


def value_row(theme: Theme, label: str, value: str, end: QWidget | None = None) -> QWidget:
    """Return one line of a summary: label, value, and for example a link to change it."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 4, 0, 4)
    line.setSpacing(24)
    middle = Qt.AlignmentFlag.AlignVCenter
    left = text(label, "hint")
    left.setFixedWidth(theme.column(220))
    line.addWidget(left, 0, middle)
    line.addWidget(text(value), 1, middle)
    if end:
        line.addWidget(end, 0, middle)
    return row


class StatusPill(QWidget):
    """A short state with its own icon and colour."""

    def __init__(self, theme: Theme, kind: PillKind, words: str, icon: str = "") -> None:
        super().__init__()
        self._theme, self._words = theme, words
        self._icon = icon or _PILL_ICONS[kind]
        colours = theme.colours
        self._ink, self._ground = {
            "good": (colours.good, colours.good_soft),
            "warn": (colours.warn, colours.warn_soft),
            "danger": (colours.danger, colours.danger_soft),
            "sea": (colours.sea, colours.sea_soft),
            "quiet": (colours.ink_soft, colours.sand),
        }[kind]
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        """What the pill says."""
        return self._words

    def sizeHint(self) -> QSize:  # noqa: N802
        font = self.font()
        font.setPixelSize(self._theme.text(16))
        font.setBold(True)
        wide = QFontMetrics(font).horizontalAdvance(self._words)
        return QSize(wide + self._theme.text(20) + 34, self._theme.text(16) + 18)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setBrush(QColor(self._ground))
        painter.setPen(QPen(QColor(self._ink), 1.5))
        painter.drawRoundedRect(frame, frame.height() / 2, frame.height() / 2)
        side = self._theme.text(20)
        paint_icon(painter, self._icon, self._ink, 12, (self.height() - side) / 2, side)
        font = self.font()
        font.setPixelSize(self._theme.text(16))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self._ink))
        room = frame.adjusted(16 + side, 0, -8, 0)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self._words)
        painter.end()
