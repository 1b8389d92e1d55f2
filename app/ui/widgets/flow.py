"""Lays things out in lines that break when the width is used up, as words do."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class Flow(QLayout):
    """A layout for chips, actions and tiles: as many in a line as fit, at any text size.

    Args:
        gap: space between things and between lines.
        least: when given, things share the line's width evenly and none is narrower than this.
    """

    def __init__(self, gap: int = 8, *, least: int = 0) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self._least = least
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._arrange(QRect(0, 0, width, 0), is_real=False)

    def setGeometry(self, place: QRect) -> None:  # noqa: N802
        super().setGeometry(place)
        self._arrange(place, is_real=True)

    def sizeHint(self) -> QSize:  # noqa: N802
        shown = self._shown()
        wide = sum(item.sizeHint().width() + self._gap for item in shown) - self._gap
        high = max((item.sizeHint().height() for item in shown), default=0)
        return QSize(max(wide, 0), high)

    def minimumSize(self) -> QSize:  # noqa: N802
        shown = self._shown()
        return QSize(
            max((item.minimumSize().width() for item in shown), default=0),
            max((item.minimumSize().height() for item in shown), default=0),
        )

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, int]]]:
        """Return the lines: things with their widths."""
        shown = self._shown()
        if self._least and shown:
            fit = max(1, (width + self._gap) // (self._least + self._gap))
            # Five in lines of four would leave one alone: fill the lines evenly.
            fit = -(-len(shown) // -(-len(shown) // fit))
            each = (width - self._gap * (fit - 1)) // fit
            return [
                [(item, each) for item in shown[at : at + fit]] for at in range(0, len(shown), fit)
            ]
        lines: list[list[tuple[QLayoutItem, int]]] = [[]]
        used = 0
        for item in shown:
            wide = min(item.sizeHint().width(), width)
            if lines[-1] and used + wide > width:
                lines.append([])
                used = 0
            lines[-1].append((item, wide))
            used += wide + self._gap
        return lines if lines[0] else []

    def _arrange(self, place: QRect, *, is_real: bool) -> int:
        y = place.y()
        for line in self._lines(place.width()):
            high = max(_height(item, wide) for item, wide in line)
            x = place.x()
            for item, wide in line:
                if is_real:
                    item.setGeometry(QRect(QPoint(x, y), QSize(wide, high)))
                x += wide + self._gap
            y += high + self._gap
        return max(y - self._gap - place.y(), 0)


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def flow_of(things: list[QWidget], gap: int = 8, *, least: int = 0) -> QWidget:
    """Return a widget that holds things in a flow."""
    holder = QWidget()
    flow = Flow(gap, least=least)
    holder.setLayout(flow)
    for thing in things:
        flow.addWidget(thing)
    policy = holder.sizePolicy()
    policy.setHeightForWidth(True)
    holder.setSizePolicy(policy)
    return holder
