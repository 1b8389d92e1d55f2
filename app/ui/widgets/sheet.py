"""A question laid over the whole window: our own dialog, in place of Qt's grey box."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.ui.widgets.buttons import ButtonRole, button
from app.ui.widgets.cards import Card, icon_label
from app.ui.widgets.labels import change_text, text

if TYPE_CHECKING:
    from app.ui.window import Window


class Sheet(QWidget):
    """Dims the window and holds the keys inside until one of its buttons is chosen.

    Attributes:
        column: add boxes or pictures between the words and the buttons.
    """

    def __init__(self, window: Window, title: str, body: str = "", *, icon: str = "") -> None:
        super().__init__()
        self._window = window
        self._escape: Callable[[], object] | None = None
        self.setObjectName("veil")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.setAccessibleDescription(body)
        card = Card("sheet", pad=32, gap=24)
        card.setMaximumWidth(window.theme.column(640))
        heading = QHBoxLayout()
        heading.setSpacing(16)
        if icon:
            heading.addWidget(icon_label(window.theme, icon, window.theme.colours.accent, 36))
        heading.addWidget(text(title, "title", name="sheet_title"), 1)
        card.rows.addLayout(heading)
        self._body = text(body, name="sheet_body")
        self._body.setVisible(bool(body))
        card.rows.addWidget(self._body)
        self.column = QVBoxLayout()
        self.column.setSpacing(16)
        card.rows.addLayout(self.column)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(16)
        self._buttons.addStretch(1)
        card.rows.addLayout(self._buttons)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(1)
        outer.addWidget(card, 100, Qt.AlignmentFlag.AlignVCenter)
        outer.addStretch(1)

    def add(
        self, words: str, act: Callable[[], object], role: ButtonRole = "secondary", name: str = ""
    ) -> QPushButton:
        """Add a button; the one added last stands at the right end."""
        made = button(words, act, role, theme=self._window.theme, name=name or f"sheet_{role}")
        self._buttons.addWidget(made)
        return made

    def add_closing(self, words: str, role: ButtonRole = "secondary") -> QPushButton:
        """Add a button that only closes."""
        return self.add(words, self.close_, role)

    def say(self, words: str) -> None:
        """Change the body's words."""
        change_text(self._body, words)

    def open(self, *, escape: Callable[[], object] | None = None) -> None:
        """Lay it over the window; Escape does what ``escape`` does, else it closes."""
        self._escape = escape
        self._window.open_sheet(self)
        stops = self._stops()
        # A second touch on Enter must not be what takes something away.
        safe = [one for one in stops if one.property("role") != "danger"]
        (safe or stops)[-1].setFocus(Qt.FocusReason.OtherFocusReason)

    def close_(self) -> None:
        """Take it away."""
        self._window.close_sheet(self)

    def _stops(self) -> list[QWidget]:
        """Return what the Tab key visits, in order."""
        return [
            widget
            for widget in self.findChildren(QWidget)
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.isEnabled()
            and widget.isVisibleTo(self)
        ] or [self]

    def focusNextPrevChild(self, is_next: bool) -> bool:  # noqa: N802
        """Keep the Tab key inside."""
        stops, focused = self._stops(), self.focusWidget()
        at = stops.index(focused) if focused in stops else -1
        stops[(at + (1 if is_next else -1)) % len(stops)].setFocus(
            Qt.FocusReason.TabFocusReason if is_next else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape closes; no key passes through to the screen below."""
        if event.key() == Qt.Key.Key_Escape:
            (self._escape or self.close_)()
        event.accept()
