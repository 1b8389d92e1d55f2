"""Shows a page as it will be read, with the places of which something is said; judges nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.judgement import Place
from app.ui.theme.tokens import Theme

#: A mark smaller than this is drawn larger: it is to be seen, not to measure.
_LEAST_MARK = 28.0
#: Space between the frame and the picture.
_PAD = 6.0


class PagePicture(QWidget):
    """A frame of fixed size, so that nothing on the page moves when the picture comes.

    Args:
        theme: colours and sizes.
        spoken: what a screen reader says it is.
        size: of the frame.
    """

    def __init__(self, theme: Theme, spoken: str, size: QSize) -> None:
        super().__init__()
        self._theme = theme
        self._picture = QImage()
        self._marks: tuple[tuple[Place, str], ...] = ()
        self._words = "…"
        self.setAccessibleName(spoken)
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def picture(self) -> QImage:
        """What is shown; null while it is not there."""
        return self._picture

    @property
    def marks(self) -> tuple[tuple[Place, str], ...]:
        """The marked places, each with its number."""
        return self._marks

    def let_grow(self) -> None:
        """Take all the room there is."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, picture: QImage) -> None:
        """Show the page."""
        self._picture = picture
        self.update()

    def say(self, words: str) -> None:
        """Say in the picture's place why there is none."""
        self._words = words
        self.setAccessibleDescription(words)
        self.update()

    def mark(self, marks: Sequence[tuple[Place, str]]) -> None:
        """Frame these places, each with its number."""
        self._marks = tuple(marks)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._size

    def picture_rect(self) -> QRectF:
        """Return where the picture lies in the frame."""
        room = QRectF(self.rect()).adjusted(_PAD, _PAD, -_PAD, -_PAD)
        return fitted(self._picture.size(), room)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colours = self._theme.colours
        painter.setBrush(QColor(colours.sand))
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if self._picture.isNull():
            self._paint_words(painter)
        else:
            lies = self.picture_rect()
            painter.drawImage(lies, self._picture)
            for place, number in self._marks:
                self._paint_mark(painter, lies, place, number)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        font = self.font()
        font.setPixelSize(self._theme.text(18))
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colours.ink_soft))
        room = self.rect().adjusted(12, 12, -12, -12)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self._words)

    def _paint_mark(self, painter: QPainter, lies: QRectF, place: Place, number: str) -> None:
        colours = self._theme.colours
        frame = mark_rect(lies, place)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Light around dark: seen on a white page and on a black table alike.
        for colour, wide in ((colours.paper, 6.0), (colours.danger, 3.0)):
            painter.setPen(QPen(QColor(colour), wide))
            painter.drawRoundedRect(frame, 4, 4)
        side = float(self._theme.text(24))
        badge = QRectF(frame.left() - side / 3, frame.top() - side / 3, side, side)
        badge.moveLeft(min(max(badge.left(), 0.0), self.width() - side))
        badge.moveTop(min(max(badge.top(), 0.0), self.height() - side))
        painter.setBrush(QColor(colours.danger))
        painter.setPen(QPen(QColor(colours.paper), 2))
        painter.drawEllipse(badge)
        font = QFont(self.font())
        font.setPixelSize(self._theme.text(16))
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, number)


def mark_rect(lies: QRectF, place: Place) -> QRectF:
    """Return where a place lies when the picture lies there, large enough to be seen."""
    frame = QRectF(
        lies.left() + place.left * lies.width(),
        lies.top() + place.top * lies.height(),
        place.width * lies.width(),
        place.height * lies.height(),
    )
    more_x = max(0.0, _LEAST_MARK - frame.width()) / 2
    more_y = max(0.0, _LEAST_MARK - frame.height()) / 2
    return frame.adjusted(-more_x, -more_y, more_x, more_y).intersected(lies)


def fitted(size: QSize, room: QRectF) -> QRectF:
    """Return the largest rectangle of this shape in the middle of the room."""
    if size.isEmpty():
        return room
    scale = min(room.width() / size.width(), room.height() / size.height())
    wide, high = size.width() * scale, size.height() * scale
    return QRectF(room.center().x() - wide / 2, room.center().y() - high / 2, wide, high)
