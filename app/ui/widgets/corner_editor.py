"""Lets a person put four corners on the picture as it was taken: by finger, mouse or arrow keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.domain.judgement import Outline
from app.domain.words import Words
from app.ui.theme.tokens import Theme
from app.ui.widgets.page_picture import fitted

Point = tuple[float, float]
#: How far an arrow key moves a corner, in parts of the picture; with Shift ten times as far.
_STEP = 0.004
#: A corner may lie this far outside of the picture that should hold it.
_BEYOND = 0.08
#: Width of the magnifying glass, and how much it magnifies what is on the screen.
_GLASS_PX = 168.0
_GLASS_TIMES = 2.5
_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
#: Clockwise from the corner that lies at the top left of the picture.
_NAMES = ("top_left", "top_right", "bottom_right", "bottom_left")


class CornerHandle(QAbstractButton):
    """One corner to take hold of; the very corner stays visible in its middle.

    Signals:
        dragged: to this place, in the editor's coordinates.
        stepped: by an arrow key, in steps to the right and down.
        let_go: the finger or the mouse was lifted.
    """

    dragged = Signal(QPointF)
    stepped = Signal(int, int)
    let_go = Signal()

    def __init__(self, theme: Theme, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self._theme = theme
        side = theme.target(56)
        self.resize(side, side)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self._grip = QPointF()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take hold where the finger is, so that the corner does not jump under it."""
        self._grip = event.position() - self.rect().toRectF().center()
        self.setDown(True)
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self.isDown():
            self.dragged.emit(QPointF(self.mapToParent(event.position() - self._grip)))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802
        self.setDown(False)
        self.let_go.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move by arrow keys; everything else goes to the page."""
        step = _KEYS.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
            return
        times = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        self.stepped.emit(step[0] * times, step[1] * times)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        middle = self.rect().toRectF().center()
        radius = self.width() / 2 - 5
        ring = colours.accent if self.hasFocus() or self.isDown() else colours.sea
        for colour, wide in ((colours.paper, 8.0), (ring, 4.0)):
            painter.setPen(QPen(QColor(colour), wide))
            painter.drawEllipse(middle, radius, radius)
        for colour, wide in ((colours.paper, 5.0), (ring, 2.0)):
            painter.setPen(QPen(QColor(colour), wide))
            painter.drawLine(middle - QPointF(7, 0), middle + QPointF(7, 0))
            painter.drawLine(middle - QPointF(0, 7), middle + QPointF(0, 7))
        painter.end()


class CornerEditor(QWidget):
    """A picture with four handles joined by a line.

    Signals:
        changed: a corner was moved.
    """

    changed = Signal()

    def __init__(self, theme: Theme, words: Words) -> None:
        super().__init__()
        self._theme, self._words = theme, words
        self._picture = QImage()
        self._corners: list[Point] = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        self.handles = tuple(CornerHandle(theme, self, f"corner_{n + 1}") for n in range(4))
        for number, handle in enumerate(self.handles):
            handle.dragged.connect(self._dragger(number))
            handle.stepped.connect(self._stepper(number))
            handle.let_go.connect(self.update)
            handle.hide()
        self.setAccessibleName(words("pages.corners.heading"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # --- what is shown ----------------------------------------------------------------------------

    def show_picture(self, picture: QImage, outline: Outline | None) -> None:
        """Show the picture as it was taken, and where the paper was thought to lie."""
        self._picture = picture
        self.set_outline(outline)
        for handle in self.handles:
            handle.show()

    def outline(self) -> Outline:
        """Return the corners as they stand now."""
        first, second, third, fourth = self._corners
        return Outline((first, second, third, fourth))

    def set_outline(self, outline: Outline | None) -> None:
        """Put the corners there; at the picture's own corners when nobody knows better."""
        if outline is not None:
            self._corners = list(outline.corners)
        else:
            self._corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        self._name_handles()
        self._place_handles()

    def is_whole(self) -> bool:
        """Tell whether the corners make a paper's shape: four, none of them bent inwards."""
        return is_convex(self._corners)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(640, 420)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(240, 320)

    def picture_rect(self) -> QRectF:
        """Return where the picture lies, with room around it for fingers."""
        edge = self._theme.target(56) / 2 + 4
        room = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        return fitted(self._picture.size(), room)

    # --- moving -----------------------------------------------------------------------------------

    def _dragger(self, number: int) -> Callable[[QPointF], None]:
        def drag(at: QPointF) -> None:
            lies = self.picture_rect()
            self._move(
                number,
                ((at.x() - lies.left()) / lies.width(), (at.y() - lies.top()) / lies.height()),
            )

        return drag

    def _stepper(self, number: int) -> Callable[[int, int], None]:
        def step(right: int, down: int) -> None:
            lies, (x, y) = self.picture_rect(), self._corners[number]
            # Equal steps on the screen in both directions, whatever the picture's shape.
            self._move(number, (x + right * _STEP, y + down * _STEP * lies.width() / lies.height()))

        return step

    def _move(self, number: int, to: Point) -> None:
        x, y = (min(max(value, -_BEYOND), 1 + _BEYOND) for value in to)
        self._corners[number] = (x, y)
        self._name_handles()
        self._place_handles()
        self.changed.emit()

    def _name_handles(self) -> None:
        start = min(range(4), key=lambda at: sum(self._corners[at]))
        for number, handle in enumerate(self.handles):
            x, y = self._corners[number]
            name = _NAMES[(number - start) % 4]
            handle.setAccessibleName(self._words(f"pages.corners.{name}"))
            where = self._words("pages.corners.at", x=round(100 * x), y=round(100 * y))
            handle.setAccessibleDescription(where)

    def _place_handles(self) -> None:
        for point, handle in zip(self._points(), self.handles, strict=True):
            side = handle.width() / 2
            x = min(max(point.x() - side, 0.0), self.width() - 2 * side)
            y = min(max(point.y() - side, 0.0), self.height() - 2 * side)
            handle.move(round(x), round(y))
        self.update()

    def _points(self) -> list[QPointF]:
        lies = self.picture_rect()
        return [
            QPointF(lies.left() + x * lies.width(), lies.top() + y * lies.height())
            for x, y in self._corners
        ]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place_handles()

    # --- painting ---------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        if self._picture.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        lies, points = self.picture_rect(), self._points()
        painter.drawImage(lies, self._picture)
        self._paint_outline(painter, lies, points)
        for point, handle in zip(points, self.handles, strict=True):
            if handle.isDown():
                self._paint_glass(painter, point, points)
        painter.end()

    def _paint_outline(self, painter: QPainter, lies: QRectF, points: list[QPointF]) -> None:
        colours = self._theme.colours
        paper, around = QPainterPath(), QPainterPath()
        paper.addPolygon(QPolygonF([*points, points[0]]))
        around.addRect(lies)
        painter.fillPath(around.subtracted(paper), QColor(0, 0, 0, 110))
        line = colours.sea if self.is_whole() else colours.danger
        for colour, wide in ((colours.paper, 7.0), (line, 3.0)):
            painter.setPen(QPen(QColor(colour), wide))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(paper)

    def _paint_glass(self, painter: QPainter, at: QPointF, points: list[QPointF]) -> None:
        """Show large what the finger hides, in the half of the picture where it is not."""
        x = 8.0 if at.x() > self.width() / 2 else self.width() - _GLASS_PX - 8
        glass = QRectF(x, 8.0, _GLASS_PX, _GLASS_PX)
        shape = QPainterPath()
        shape.addRoundedRect(glass, 12, 12)
        colours = self._theme.colours
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(glass, QColor(colours.ink))
        painter.translate(glass.center())
        painter.scale(_GLASS_TIMES, _GLASS_TIMES)
        painter.translate(-at)
        painter.drawImage(self.picture_rect(), self._picture)
        painter.setPen(QPen(QColor(colours.accent), 1.5))
        painter.drawPolygon(QPolygonF(points))
        painter.restore()
        painter.setPen(QPen(QColor(colours.paper), 4))
        painter.drawPath(shape)
        painter.setPen(QPen(QColor(colours.sea), 2))
        painter.drawPath(shape)


def is_convex(corners: list[Point]) -> bool:
    """Tell whether four corners, clockwise, go round without a bend inwards or a crossing."""
    for at in range(4):
        (ax, ay), (bx, by), (cx, cy) = (corners[(at + more) % 4] for more in range(3))
        if (bx - ax) * (cy - by) - (by - ay) * (cx - bx) <= 0:
            return False
    return True
