"""Shows what a camera sees and where the paper lies on it; judges nothing, keeps one picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.judgement import Outline
from app.ui.theme.tokens import Theme
from app.ui.widgets.page_picture import fitted

_LEAST_HEIGHT = 240


class CameraView(QWidget):
    """The live picture as large as there is room, with the outline of the paper on it.

    The advice stands beside it in words: a colour here is never the only sign.
    """

    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__()
        self._theme, self._words = theme, words
        self._picture = QImage()
        self._outline: Outline | None = None
        self._is_good = False
        self._turns = 0
        self.setObjectName("camera_view")
        self.setAccessibleName(words)
        self.setMinimumHeight(_LEAST_HEIGHT)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setSizePolicy(policy)

    @property
    def picture(self) -> QImage:
        """What is shown; null before the first frame and after ``clear``."""
        return self._picture

    @property
    def outline(self) -> Outline | None:
        """Where the paper is shown to lie, on the picture as it came."""
        return self._outline

    def show_picture(self, picture: QImage) -> None:
        """Show a frame."""
        self._picture = picture
        self.update()

    def show_outline(self, outline: Outline | None, *, is_good: bool) -> None:
        """Show where the paper lies."""
        self._outline, self._is_good = outline, is_good
        self.update()

    def turn(self, turns: int) -> None:
        """Show everything turned clockwise by so many quarters."""
        self._turns = turns % 4
        self.update()

    def clear(self) -> None:
        """Forget the picture."""
        self._picture = QImage()
        self._outline = None
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        # The least: it takes all the height that the page has to spare.
        return QSize(320, _LEAST_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        room = QRectF(self.rect())
        ground = QPainterPath()
        ground.addRoundedRect(room.adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
        painter.fillPath(ground, QColor(colours.sea_deep))
        if self._picture.isNull():
            self._paint_words(painter)
        else:
            painter.setClipPath(ground)
            self._paint_picture(painter, room)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        font = self.font()
        font.setPixelSize(self._theme.text(20))
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.on_sea))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(24, 24, -24, -24), flags, self._words)

    def _paint_picture(self, painter: QPainter, room: QRectF) -> None:
        size = self._picture.size()
        if self._turns % 2:
            size.transpose()
        lies = fitted(size, room)
        painter.translate(lies.center())
        painter.rotate(90.0 * self._turns)
        wide, high = lies.width(), lies.height()
        if self._turns % 2:
            wide, high = high, wide
        place = QRectF(-wide / 2, -high / 2, wide, high)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._picture)
        if self._outline is not None:
            self._paint_outline(painter, place, self._outline)

    def _paint_outline(self, painter: QPainter, place: QRectF, outline: Outline) -> None:
        colours = self._theme.colours
        corners = QPolygonF(
            [
                QPointF(place.left() + x * place.width(), place.top() + y * place.height())
                for x, y in outline.corners
            ]
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ink = colours.good if self._is_good else colours.accent
        # Light around dark: seen on a white page and on a black table alike.
        for colour, wide in ((colours.paper, 9.0), (ink, 5.0)):
            pen = QPen(QColor(colour), wide)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolygon(corners)
