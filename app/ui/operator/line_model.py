"""The rows of the list as Qt asks for them, and how one row is painted; fetches nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.operator.states import StateLook
from app.ui.theme.icons import paint_icon
from app.ui.theme.tokens import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_PAD = 16
_GAP = 4


@dataclass(frozen=True)
class Line:
    """One application as the list shows it; the NIK is masked before it comes here."""

    application_id: str
    name: str
    service: str
    numbers: tuple[str, ...]
    state: StateLook
    changed: str
    spoken: str


class LineModel(QAbstractListModel):
    """Rows, and after them one that asks for more."""

    def __init__(self, more_words: str, parent: QObject) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self._more_words = more_words
        self._has_more = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """The applications shown."""
        return tuple(self._lines)

    def show(self, lines: list[Line], *, has_more: bool) -> None:
        """Replace everything."""
        self.beginResetModel()
        self._lines, self._has_more = lines, has_more
        self.endResetModel()

    def add(self, lines: list[Line], *, has_more: bool) -> None:
        """Put further rows in the place of the one that asked for them."""
        at = len(self._lines)
        if self._has_more:
            self.beginRemoveRows(_ROOT, at, at)
            self._has_more = False
            self.endRemoveRows()
        last = at + len(lines) - 1 + int(has_more)
        if last >= at:
            self.beginInsertRows(_ROOT, at, last)
            self._lines += lines
            self._has_more = has_more
            self.endInsertRows()

    def line_at(self, row: int) -> Line | None:
        """Return a row's application; None for the row that asks for more."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def row_of(self, application_id: str) -> int:
        """Return the row of an application, -1 when it is not shown."""
        for row, line in enumerate(self._lines):
            if line.application_id == application_id:
                return row
        return -1

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._lines) + int(self._has_more)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.line_at(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.spoken if line else self._more_words
        if role == Qt.ItemDataRole.UserRole:
            return line
        return None


class LineDelegate(QStyledItemDelegate):
    """Paints two lines a row, three where the list is narrow; long words end in an ellipsis."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def _font(self, base: QFont, size: int, *, is_bold: bool = False) -> QFont:
        font = QFont(base)
        font.setPixelSize(self._theme.text(size))
        font.setBold(is_bold)
        return font

    def _is_narrow(self, width: int) -> bool:
        return width < self._theme.column(820)

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802
        width = option.widget.width()
        base: QFont = option.font
        title = QFontMetrics(self._font(base, 20, is_bold=True)).height()
        small = QFontMetrics(self._font(base, 18)).height()
        lines = 3 if self._is_narrow(width) else 1
        return QSize(self._theme.text(200), title + lines * (small + _GAP) + 2 * 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place: QRect = option.rect
        state: QStyle.StateFlag = option.state
        colours = self._theme.colours
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        is_under = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.fillRect(
            place, QColor(colours.sea_soft if is_chosen or is_under else colours.paper)
        )
        painter.fillRect(
            QRect(place.left(), place.bottom(), place.width(), 1), QColor(colours.line)
        )
        if is_chosen:
            bar = QRect(place.left(), place.top(), 6, place.height() - 1)
            painter.fillRect(bar, QColor(colours.accent))
        line = index.data(Qt.ItemDataRole.UserRole)
        base: QFont = option.font
        inside = place.adjusted(_PAD + 4, 12, -_PAD, -12)
        if isinstance(line, Line):
            self._paint_line(painter, base, inside, line)
        else:
            self._paint_more(painter, base, inside, str(index.data()))
        painter.restore()

    def _paint_line(self, painter: QPainter, base: QFont, place: QRect, line: Line) -> None:
        colours = self._theme.colours
        title, small = self._font(base, 20, is_bold=True), self._font(base, 18)
        high = QFontMetrics(title).height()
        step = QFontMetrics(small).height() + _GAP
        right = self._paint_state(painter, base, place, high, line.state)
        room = QRect(place.left(), place.top(), place.width() - right, high)
        _write(painter, title, colours.ink, room, line.name)
        row = QRect(place.left(), place.top() + high + _GAP, place.width(), step - _GAP)
        if self._is_narrow(place.width() + 2 * _PAD + 4):
            for shown in (line.service, " · ".join(line.numbers), line.changed):
                if shown:
                    _write(painter, small, colours.ink_soft, row, shown)
                    row = row.translated(0, step)
            return
        wide = QFontMetrics(small).horizontalAdvance(line.changed) + 24
        _write(painter, small, colours.ink_soft, row, line.changed, is_right=True)
        row.setWidth(row.width() - wide)
        _write(painter, small, colours.ink_soft, row, " · ".join((line.service, *line.numbers)))

    def _paint_state(
        self, painter: QPainter, base: QFont, place: QRect, high: int, state: StateLook
    ) -> int:
        """Paint the state at the right end; return the width that it takes."""
        colour = state.colour(self._theme.colours)
        font = self._font(base, 18, is_bold=True)
        side = self._theme.text(24)
        wide = min(QFontMetrics(font).horizontalAdvance(state.words) + 2, place.width() // 2)
        left = place.right() - wide
        room = QRect(left, place.top(), wide + 1, high)
        _write(painter, font, colour, room, state.words)
        paint_icon(
            painter, state.icon, colour, left - side - 8, place.top() + (high - side) / 2, side
        )
        return wide + side + 8 + 24

    def _paint_more(self, painter: QPainter, base: QFont, place: QRect, words: str) -> None:
        font = self._font(base, 18, is_bold=True)
        colour = self._theme.colours.sea
        side = self._theme.text(24)
        wide = QFontMetrics(font).horizontalAdvance(words)
        left = place.left() + max(0, (place.width() - wide - side - 8) // 2)
        middle = place.center().y()
        paint_icon(painter, "keyboard_arrow_down", colour, left, middle - side / 2, side)
        room = QRect(left + side + 8, place.top(), place.width() - side - 8, place.height())
        _write(painter, font, colour, room, words)


def _write(
    painter: QPainter, font: QFont, colour: str, room: QRect, words: str, *, is_right: bool = False
) -> None:
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(QRectF(room), int(side | Qt.AlignmentFlag.AlignVCenter), shown)
