"""Our own keypad of digits and letters, for kiosks without keys; opens at a finger's touch."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain.words import Words
from app.ui.theme.tokens import Theme
from app.ui.widgets.buttons import button
from app.ui.widgets.line import KeypadKind

_DIGITS = ("123", "456", "789")
_LETTERS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL'", "ZXCVBNM.-/", "@_,")


class Keypad(QWidget):
    """Types into whatever box has the focus; its keys never take the focus themselves."""

    def __init__(
        self, theme: Theme, words: Words, kind: KeypadKind, close: Callable[[], object]
    ) -> None:
        super().__init__()
        self.kind = kind
        self._theme, self._words = theme, words
        self.setObjectName("keypad")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(words("ui.keypad.name"))
        outer = QHBoxLayout(self)
        outer.setContentsMargins(16, 8, 16, 8)
        outer.addStretch(1)
        outer.addLayout(self._digit_keys() if kind == "digits" else self._letter_keys(), 8)
        outer.addSpacing(16)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(self._key("", self._erase, icon="backspace", spoken="ui.keypad.erase"))
        side.addWidget(self._key(words("ui.keypad.done"), close, name="keypad_done"))
        side.addStretch(1)
        outer.addLayout(side)
        outer.addStretch(1)

    def _digit_keys(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(8)
        for row, keys in enumerate((*_DIGITS, " 0 ")):
            for column, sign in enumerate(keys):
                if sign != " ":
                    grid.addWidget(self._sign(sign), row, column)
        return grid

    def _letter_keys(self) -> QVBoxLayout:
        rows = QVBoxLayout()
        rows.setSpacing(8)
        for keys in _LETTERS:
            line = QHBoxLayout()
            line.setSpacing(8)
            for sign in keys:
                line.addWidget(self._sign(sign))
            if keys == _LETTERS[-1]:
                space = self._key(self._words("ui.keypad.space"), lambda: self._type(" "))
                line.addWidget(space, 6)
            rows.addLayout(line)
        return rows

    def _sign(self, sign: str) -> QWidget:
        return self._key(sign, lambda: self._type(sign), name=f"key_{sign}")

    def _key(
        self,
        words: str,
        act: Callable[[], object],
        *,
        icon: str = "",
        spoken: str = "",
        name: str = "",
    ) -> QWidget:
        made = button(
            words,
            act,
            "key",
            theme=self._theme,
            icon=icon,
            spoken=self._words(spoken) if spoken else words,
            name=name,
        )
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setMinimumWidth(self._theme.target(48))
        return made

    def _type(self, sign: str) -> None:
        box = QApplication.focusWidget()
        if isinstance(box, QLineEdit):
            box.insert(sign)
        else:
            self._press(Qt.Key.Key_unknown, sign)

    def _erase(self) -> None:
        self._press(Qt.Key.Key_Backspace, "")

    def _press(self, key: Qt.Key, sign: str) -> None:
        box = QApplication.focusWidget()
        if box:
            none = Qt.KeyboardModifier.NoModifier
            QApplication.sendEvent(box, QKeyEvent(QEvent.Type.KeyPress, key, none, sign))
