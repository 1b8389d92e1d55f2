"""Owns what a scrolled page holds and which part of it is in sight; never moves the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSize, QTimer
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

#: Space left above the part.
_ABOVE_PX = 16


class Scrolled(QWidget):
    """What a scrolled page holds, as high as its words are at the page's real width.

    The least height that Qt asks for by itself is that of words in narrow columns: whoever scrolls
    down would come to a page of nothing.
    """

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().minimumSizeHint().width(), 0)


def bring_into_sight(view: QScrollArea, part: QWidget) -> None:
    """Scroll to a part, its top first, once everything added around it has its place."""
    QTimer.singleShot(0, part, lambda: _bring(view, part))


def _bring(view: QScrollArea, part: QWidget) -> None:
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    inside, bar = view.widget(), view.verticalScrollBar()
    if inside is None or not inside.isAncestorOf(part):
        return
    top = part.mapTo(inside, QPoint(0, 0)).y()
    # Not the viewport's: the first time it is asked for, Qt's classes are gone through for a name.
    seen = view.contentsRect().height()
    if top < bar.value() or top + part.height() > bar.value() + seen:
        bar.setValue(max(0, top - _ABOVE_PX))
