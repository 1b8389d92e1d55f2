"""One-line boxes: plain text, and digits in groups; a touch opens our own keypad for them."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPointingDevice
from PySide6.QtWidgets import QLineEdit

from app.ui.theme.tokens import Theme

KeypadKind = Literal["letters", "digits"]


class Line(QLineEdit):
    """A box for one line.

    Signals:
        left: the person went on to something else, or pressed Enter.
        touched: a finger, not a mouse, asked for it; a keypad may open.
    """

    left = Signal()
    touched = Signal()

    def __init__(
        self, theme: Theme, name: str, spoken: str, keypad: KeypadKind = "letters"
    ) -> None:
        super().__init__()
        self.keypad = keypad
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setMaxLength(200)
        self.setMinimumWidth(theme.text(60))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.returnPressed.connect(self.left)
        if keypad == "digits":
            self.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Tell a finger from a mouse."""
        super().mousePressEvent(event)
        if event.pointingDevice().pointerType() == QPointingDevice.PointerType.Finger:
            self.touched.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take note that the box is left, but not for a menu of its own."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class Digits(Line):
    """A box for digits only, shown in groups such as 4-4-4-4, read without the spaces.

    Args:
        theme: tokens.
        name: object name.
        spoken: accessible name.
        most: digits of a complete answer; a few more may be typed, so that pasting shows the slip.
        group: digits in one group; 0 for none.
        is_secret: shows dots, for a PIN.
    """

    def __init__(
        self,
        theme: Theme,
        name: str,
        spoken: str,
        *,
        most: int,
        group: int = 0,
        is_secret: bool = False,
    ) -> None:
        super().__init__(theme, name, spoken, "digits")
        self.most, self._group = most, group
        if is_secret:
            self.setEchoMode(QLineEdit.EchoMode.Password)
        self.textChanged.connect(self._regroup)

    @property
    def digits(self) -> str:
        """What was typed, digits only."""
        return "".join(sign for sign in self.text() if sign.isascii() and sign.isdigit())

    def _regroup(self, shown: str) -> None:
        """Put the spaces where they belong and keep the cursor behind the same digit."""
        digits = self.digits[: self.most + 4]
        step = self._group or len(digits) or 1
        grouped = " ".join(digits[at : at + step] for at in range(0, len(digits), step))
        if grouped == shown:
            return
        before = sum(sign.isdigit() for sign in shown[: self.cursorPosition()])
        self.blockSignals(True)
        self.setText(grouped)
        self.blockSignals(False)
        place = seen = 0
        while place < len(grouped) and seen < before:
            seen += grouped[place].isdigit()
            place += 1
        self.setCursorPosition(place)
        self.textEdited.emit(grouped)
