"""Buttons by role, and big cards that are buttons; none is lower than 48 px or without a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QPushButton, QRadioButton, QSizePolicy

from app.ui.theme.icons import icon as icon_of
from app.ui.theme.icons import paint_icon
from app.ui.theme.tokens import Colours, Theme

ButtonRole = Literal["primary", "secondary", "danger", "plain", "link", "top", "key"]


def button(
    words: str,
    act: Callable[[], object],
    role: ButtonRole = "secondary",
    *,
    theme: Theme,
    icon: str = "",
    spoken: str = "",
    name: str = "",
) -> QPushButton:
    """Return a button.

    Args:
        words: what stands on it; empty for an icon alone, which then needs ``spoken``.
        act: called at a click.
        role: its look.
        theme: colours and sizes.
        icon: name of a shipped icon.
        spoken: accessible name, when it should say more than ``words``.
        name: object name, by which tests and restored focus find it.
    """
    # Qt sets an icon close to the words; the space before them keeps the two apart.
    made = QPushButton((" " if icon and words else "") + words.replace("&", "&&"))
    made.setProperty("role", role)
    made.setAccessibleName(spoken or words)
    if not words:
        made.setToolTip(spoken)
    if name:
        made.setObjectName(name)
    if icon:
        side = theme.text(24)
        made.setIcon(icon_of(icon, _ink(theme.colours, role), side))
        made.setIconSize(QSize(side, side))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(role not in ("key",))
    made.clicked.connect(lambda: act())
    return made


def _ink(colours: Colours, role: ButtonRole) -> str:
    if role in ("primary", "top"):
        return colours.on_sea
    return {"danger": colours.danger, "key": colours.ink}.get(role, colours.sea)


class _Face:
    """Measures and paints the inside of a card button: icon, title, help, mark at the end.

    Text wraps to the card's width, which Qt's own buttons cannot do.
    """

    PAD = 16

    def __init__(self, theme: Theme, title: str, help_text: str, icon: str, mark: str) -> None:
        self.theme, self.title, self.help, self.icon, self.mark = (
            theme,
            title,
            help_text,
            icon,
            mark,
        )

    def fonts(self, base: QFont) -> tuple[QFont, QFont]:
        """Return the fonts of the title and of the help."""
        title, help_font = QFont(base), QFont(base)
        title.setPixelSize(self.theme.text(20 if self.icon or self.help else 18))
        title.setBold(bool(self.icon or self.help) or self.mark == "go")
        help_font.setPixelSize(self.theme.text(18))
        help_font.setBold(False)
        return title, help_font

    def _sides(self) -> tuple[int, int]:
        """Return what the icon or dot takes at the left, and the mark at the right."""
        icon = self.theme.text(36) + self.PAD if self.icon else 0
        dot = self.theme.text(24) + 12 if self.mark != "go" else 0
        return self.PAD + icon + dot, self.PAD + (
            self.theme.text(24) + 8 if self.mark == "go" else 0
        )

    def heights(self, base: QFont, width: int) -> tuple[int, int]:
        """Return the heights of title and help at this width of the card."""
        left, right = self._sides()
        room = QRect(0, 0, max(width - left - right, 80), 10_000)
        wrap = Qt.TextFlag.TextWordWrap.value
        title, help_font = self.fonts(base)
        high = QFontMetrics(title).boundingRect(room, wrap, self.title).height()
        low = QFontMetrics(help_font).boundingRect(room, wrap, self.help).height()
        return high, low + 4 if self.help else 0

    def height(self, base: QFont, width: int) -> int:
        """Return the height that the card needs at this width."""
        pad = self.PAD if self.icon or self.help else 12
        least = self.theme.target(56)
        return max(sum(self.heights(base, width)) + 2 * pad, least)

    def width(self, base: QFont) -> int:
        """Return the width at which nothing wraps."""
        title, help_font = self.fonts(base)
        wide = QFontMetrics(title).horizontalAdvance(self.title)
        if self.help:
            wide = max(wide, QFontMetrics(help_font).horizontalAdvance(self.help))
        return sum(self._sides()) + wide + 8

    def paint(self, of: QAbstractButton) -> None:
        """Paint the card in its state."""
        painter = QPainter(of)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self.theme.colours
        self._frame(painter, of)
        left, right = self._sides()
        title_height, help_height = self.heights(of.font(), of.width())
        top = (of.height() - title_height - help_height) // 2
        room = QRect(left, top, of.width() - left - right, title_height)
        title, help_font = self.fonts(of.font())
        wrap = Qt.TextFlag.TextWordWrap.value | Qt.AlignmentFlag.AlignLeft.value
        painter.setFont(title)
        painter.setPen(QColor(colours.sea_deep if self.icon or self.mark == "go" else colours.ink))
        painter.drawText(room, wrap, self.title)
        if self.help:
            painter.setFont(help_font)
            painter.setPen(QColor(colours.ink_soft))
            below = room.translated(0, title_height + 4)
            below.setHeight(help_height)
            painter.drawText(below, wrap, self.help)
        self._marks(painter, of)
        painter.end()

    def _frame(self, painter: QPainter, of: QAbstractButton) -> None:
        colours = self.theme.colours
        is_hot = of.underMouse() or of.isDown()
        fill = colours.sea_soft if of.isChecked() or is_hot else colours.paper
        edge, wide = colours.line if self.mark == "go" else colours.edge, 1.5
        if of.isChecked():
            edge, wide = colours.sea, 3.0
        if of.hasFocus():
            edge, wide = colours.accent, 3.0
        painter.setBrush(QColor(fill))
        painter.setPen(QPen(QColor(edge), wide))
        inset = wide / 2 + 0.5
        painter.drawRoundedRect(QRectF(of.rect()).adjusted(inset, inset, -inset, -inset), 12, 12)

    def _marks(self, painter: QPainter, of: QAbstractButton) -> None:
        colours, middle = self.theme.colours, of.height() / 2
        if self.mark == "dot":
            side = self.theme.text(24)
            centre = QPoint(self.PAD + side // 2, round(middle))
            painter.setBrush(QColor(colours.paper))
            painter.setPen(QPen(QColor(colours.sea if of.isChecked() else colours.edge), 2.5))
            painter.drawEllipse(centre, side // 2 - 1, side // 2 - 1)
            if of.isChecked():
                painter.setBrush(QColor(colours.sea))
                painter.drawEllipse(centre, side // 4, side // 4)
        if self.mark == "tick":
            side = self.theme.text(28)
            name = "check_box" if of.isChecked() else "check_box_outline_blank"
            ink = colours.sea if of.isChecked() else colours.edge
            paint_icon(painter, name, ink, self.PAD - 2, middle - side / 2, side)
        if self.icon:
            side = self.theme.text(36)
            paint_icon(painter, self.icon, colours.sea, self.PAD, middle - side / 2, side)
        if self.mark == "go":
            side = self.theme.text(24)
            x = of.width() - self.PAD - side
            paint_icon(painter, "chevron_right", colours.sea, x, middle - side / 2, side)


def _fit(made: QAbstractButton) -> None:
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAttribute(Qt.WidgetAttribute.WA_Hover)
    if isinstance(made, QPushButton):
        made.setAutoDefault(True)  # Enter presses it, as Space does


class ChoiceButton(QPushButton):
    """A big card that leads somewhere: icon, title, a line of help."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        act: Callable[[], object],
        *,
        help_text: str = "",
        icon: str = "",
        name: str = "",
    ) -> None:
        super().__init__()
        self._face = _Face(theme, title, help_text, icon, "go")
        #: Height that it has even when its words need less.
        self.least = 0
        self.setAccessibleName(title)
        self.setAccessibleDescription(help_text)
        self.setObjectName(name)
        self.clicked.connect(lambda: act())
        _fit(self)

    @property
    def title(self) -> str:
        """The words on the card."""
        return self._face.title

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return max(self._face.height(self.font(), width), self.least)

    def sizeHint(self) -> QSize:  # noqa: N802
        width = min(self._face.width(self.font()), self._face.theme.column(560))
        return QSize(width, self.heightForWidth(self.width() if self.isVisible() else width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._face.theme.text(200), self._face.theme.target(56))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        self._face.paint(self)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()


class RadioCard(QRadioButton):
    """One answer among several: a dot, a title that wraps, a line of help."""

    _mark = "dot"

    def __init__(self, theme: Theme, title: str, *, help_text: str = "", name: str = "") -> None:
        super().__init__()
        self._face = _Face(theme, title, help_text, "", self._mark)
        self.setAccessibleName(title)
        self.setAccessibleDescription(help_text)
        self.setObjectName(name)
        _fit(self)

    @property
    def title(self) -> str:
        """The words on the card."""
        return self._face.title

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._face.height(self.font(), width)

    def sizeHint(self) -> QSize:  # noqa: N802
        width = min(self._face.width(self.font()), self._face.theme.column(560))
        return QSize(width, self.heightForWidth(self.width() if self.isVisible() else width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._face.theme.text(120), self._face.theme.target(56))

    def hitButton(self, place: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(place)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        self._face.paint(self)


class CheckCard(RadioCard):
    """A statement to agree to: a square to tick, and words that wrap."""

    _mark = "tick"

    def __init__(self, theme: Theme, title: str, *, help_text: str = "", name: str = "") -> None:
        super().__init__(theme, title, help_text=help_text, name=name)
        self.setAutoExclusive(False)


class LinkLine(QPushButton):
    """A link whose words may be long: they wrap, which Qt's own buttons cannot do."""

    _PAD = 8

    def __init__(self, theme: Theme, words: str, act: Callable[[], object], name: str = "") -> None:
        super().__init__()
        self._theme, self.title = theme, words
        self.setProperty("role", "link")
        self.setAccessibleName(words)
        self.setObjectName(name)
        self.clicked.connect(lambda: act())
        _fit(self)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.text(18))
        font.setBold(True)
        font.setUnderline(True)
        return font

    def _words_height(self, width: int) -> int:
        room = QRect(0, 0, max(width - 2 * self._PAD, 80), 10_000)
        wrap = Qt.TextFlag.TextWordWrap.value
        return QFontMetrics(self._font()).boundingRect(room, wrap, self.title).height()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return max(self._words_height(width) + 2 * self._PAD, self._theme.target(48))

    def sizeHint(self) -> QSize:  # noqa: N802
        wide = QFontMetrics(self._font()).horizontalAdvance(self.title) + 2 * self._PAD + 4
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.text(120), self._theme.target(48))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._theme.colours
        if self.hasFocus() or self.underMouse():
            painter.setBrush(QColor(colours.paper))
            painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.line), 3))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 8, 8)
        painter.setFont(self._font())
        painter.setPen(QColor(colours.sea))
        height = self._words_height(self.width())
        room = QRect(self._PAD, (self.height() - height) // 2, self.width() - 2 * self._PAD, height)
        painter.drawText(room, Qt.TextFlag.TextWordWrap.value, self.title)
        painter.end()
