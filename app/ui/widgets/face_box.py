"""A question answered by one of three faces: mouth and word say which, colour only helps."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QSizePolicy, QWidget

from app.domain.opinions import MARKS
from app.domain.words import Words
from app.ui.theme.tokens import Theme
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.flow import flow_of

_PAD = 12
#: How far the corners of the mouth are above its middle, in parts of the face's radius.
_SMILE = {1: -0.34, 2: 0.0, 3: 0.34}


class FaceCard(QRadioButton):
    """A face with its word below."""

    def __init__(self, theme: Theme, mark: int, title: str, name: str) -> None:
        super().__init__()
        self._theme, self._mark, self.title = theme, mark, title
        self.setAccessibleName(title)
        self.setObjectName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.text(18))
        font.setBold(self.isChecked())
        return font

    def _words_height(self, width: int) -> int:
        # As wide as when chosen: choosing moves nothing.
        font = self._font()
        font.setBold(True)
        room = QRect(0, 0, max(width - 2 * _PAD, 80), 10_000)
        wrap = Qt.TextFlag.TextWordWrap.value
        return QFontMetrics(font).boundingRect(room, wrap, self.title).height()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._theme.text(56) + self._words_height(width) + 3 * _PAD

    def sizeHint(self) -> QSize:  # noqa: N802
        width = self._theme.column(200)
        return QSize(width, self.heightForWidth(self.width() if self.isVisible() else width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.text(100), self._theme.target(56))

    def hitButton(self, place: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(place)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._frame(painter)
        side = self._theme.text(56)
        self._face(painter, QPointF(self.width() / 2, _PAD + side / 2), side / 2 - 2)
        painter.setFont(self._font())
        painter.setPen(QColor(self._theme.colours.ink))
        room = QRect(_PAD, 2 * _PAD + side, self.width() - 2 * _PAD, self.height())
        flags = Qt.TextFlag.TextWordWrap.value | Qt.AlignmentFlag.AlignHCenter.value
        painter.drawText(room, flags, self.title)
        painter.end()

    def _frame(self, painter: QPainter) -> None:
        colours = self._theme.colours
        is_hot = self.isChecked() or self.underMouse() or self.isDown()
        edge, wide = (colours.sea, 3.0) if self.isChecked() else (colours.edge, 1.5)
        if self.hasFocus():
            edge, wide = colours.accent, 3.0
        painter.setBrush(QColor(colours.sea_soft if is_hot else colours.paper))
        painter.setPen(QPen(QColor(edge), wide))
        inset = wide / 2 + 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 12, 12)

    def _face(self, painter: QPainter, middle: QPointF, radius: float) -> None:
        colours = self._theme.colours
        ink = QColor({1: colours.danger, 2: colours.ink, 3: colours.good}[self._mark])
        painter.setBrush(QColor(colours.paper))
        pen = QPen(ink, max(3.0, radius / 9))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawEllipse(middle, radius, radius)
        painter.setBrush(ink)
        for side in (-0.36, 0.36):
            eye = middle + QPointF(side * radius, -0.24 * radius)
            painter.drawEllipse(eye, radius * 0.05, radius * 0.05)
        mouth = QPainterPath(middle + QPointF(-0.45 * radius, self._corner(radius)))
        mouth.quadTo(
            middle + QPointF(0, 0.36 * radius + 1.4 * _SMILE[self._mark] * radius),
            middle + QPointF(0.45 * radius, self._corner(radius)),
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(mouth)

    def _corner(self, radius: float) -> float:
        return (0.36 - 0.6 * _SMILE[self._mark]) * radius


class FaceBox(AnswerBox):
    """Bad, fair, good; nothing is chosen at first."""

    def __init__(self, theme: Theme, words: Words, field_id: str, label: str) -> None:
        super().__init__(theme, words, field_id, label)
        self._group = QButtonGroup(self)
        self._cards: dict[int, FaceCard] = {}
        for mark in MARKS:
            title = words(f"opinion.{field_id}.mark_{mark}")
            card = FaceCard(theme, mark, title, f"{field_id}:{mark}")
            # A screen reader says the question with the answer: faces stand far from it.
            card.setAccessibleDescription(label)
            self._cards[mark] = card
            self._group.addButton(card)
            card.toggled.connect(self.changed)

    def place(self) -> None:
        cards: list[QWidget] = list(self._cards.values())
        self.rows.addWidget(flow_of(cards, 16, least=self.theme.text(130)))

    def value(self) -> str:
        return next((str(mark) for mark, card in self._cards.items() if card.isChecked()), "")

    def set_value(self, value: str) -> None:
        if value.isdigit() and int(value) in self._cards:
            self._cards[int(value)].setChecked(True)

    def focus_target(self) -> QWidget:
        return next(iter(self._cards.values()))
