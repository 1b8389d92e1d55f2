"""Owns the bar at the top: the name, language, text size, contrast, reading aloud, help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.domain.words import Language
from app.errors import AppError
from app.ui.theme.tokens import TEXT_SCALES, Appearance
from app.ui.widgets.buttons import button
from app.ui.widgets.cards import icon_label
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.ui.window import Window


class Topbar(QWidget):
    """The same on every screen, so that help and language are always at one place."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._language = window.words.language
        self._made_for = self._shown_now()
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        words, theme = window.words, window.theme
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(24, 8, 16, 8)
        self._line.setSpacing(4)
        boat = icon_label(theme, "directions_boat", theme.colours.on_sea, 32)
        self._line.addWidget(boat)
        self._line.addSpacing(8)
        self._line.addWidget(text(words("ui.title"), "brand"))
        self._line.addStretch(1)
        if window.can_speak:
            self._add("volume_up", "ui.read_aloud", self._read, "read_aloud")
        smaller = self._add("text_decrease", "ui.text_smaller", lambda: self._scale(-1), "smaller")
        larger = self._add("text_increase", "ui.text_larger", lambda: self._scale(1), "larger")
        smaller.setEnabled(window.appearance.text_scale > TEXT_SCALES[0])
        larger.setEnabled(window.appearance.text_scale < TEXT_SCALES[-1])
        self._add("contrast", "ui.contrast", self._contrast, "contrast")
        self._add("help", "ui.help", self._help, "help")
        other = "en" if words.language == "id" else "id"
        language = button(
            words("ui.other_language"),
            lambda: window.change_language("en" if other == "en" else "id"),
            "top",
            theme=theme,
            icon="translate",
            spoken=words("ui.other_language_spoken"),
            name="language",
        )
        self._line.addWidget(language)

    def is_of_now(self) -> bool:
        """Tell whether it shows what the window shows now."""
        return self._made_for == self._shown_now()

    def _shown_now(self) -> tuple[Language, Appearance, bool]:
        window = self._window
        return window.words.language, window.appearance, window.can_speak

    def _add(self, icon: str, key: str, act: Callable[[], object], name: str) -> QPushButton:
        made = button(
            "",
            act,
            "top",
            theme=self._window.theme,
            icon=icon,
            spoken=self._window.words(key),
            name=name,
        )
        self._line.addWidget(made)
        return made

    def _scale(self, by: int) -> None:
        self._window.change_look(self._window.appearance.step(by))

    def _contrast(self) -> None:
        now = self._window.appearance
        self._window.change_look(
            replace(now, theme="light" if now.theme == "contrast" else "contrast")
        )

    def _help(self) -> None:
        from app.ui.applicant.help import HelpScreen

        if self._window.screen_ and self._window.screen_.screen_name != "help":
            self._window.go(HelpScreen)

    def _read(self) -> None:
        from app.ui import speech

        window = self._window
        try:
            speech.read(window, window.screen_.spoken() if window.screen_ else (), self._language)
        except AppError as error:
            window.show_error(error)
