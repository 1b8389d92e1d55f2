"""One line to type in, with its question, its hint and what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.theme.icons import icon
from app.ui.theme.tokens import Theme
from app.ui.widgets.buttons import button
from app.ui.widgets.labels import change_text, restyle, text
from app.ui.widgets.line import Line


class LabelledLine(QWidget):
    """A question above a box; the problem stands between hint and box, in words.

    Args:
        theme: tokens.
        label: the question.
        hint: how to answer, with an example.
        name: object name of the box.
        reveal: for a secret: what the button says that shows what was typed.

    Attributes:
        box: the line itself.
    """

    def __init__(
        self, theme: Theme, label: str, hint: str = "", *, name: str, reveal: str = ""
    ) -> None:
        super().__init__()
        self._theme, self._hint = theme, hint
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(text(label, "label"))
        if hint:
            rows.addWidget(text(hint, "hint"))
        self._problem = text("", "problem", name=f"{name}_problem")
        self._problem.hide()
        rows.addWidget(self._problem)
        self.box = Line(theme, name, label)
        self.box.setAccessibleDescription(hint)
        self._line = QHBoxLayout()
        self._line.setSpacing(8)
        self._line.addWidget(self.box, 1)
        rows.addSpacing(4)
        rows.addLayout(self._line)
        if reveal:
            self._make_secret(name, reveal)

    def _make_secret(self, name: str, reveal: str) -> None:
        self.box.setEchoMode(QLineEdit.EchoMode.Password)
        # No suggestions, and no learning of a secret by an on-screen keyboard.
        self.box.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        eye = button(
            "",
            lambda: self._reveal(eye),
            "plain",
            theme=self._theme,
            icon="visibility",
            spoken=reveal,
            name=f"{name}_reveal",
        )
        eye.setCheckable(True)
        self._line.addWidget(eye)

    def _reveal(self, eye: QPushButton) -> None:
        is_shown = eye.isChecked()
        echo = QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password
        self.box.setEchoMode(echo)
        drawn = "visibility_off" if is_shown else "visibility"
        eye.setIcon(icon(drawn, self._theme.colours.sea, self._theme.text(24)))

    @property
    def value(self) -> str:
        """What was typed."""
        return self.box.text()

    @property
    def problem(self) -> str:
        """What is said to be wrong now; empty when nothing is."""
        return self._problem.text()

    def say_problem(self, words: str) -> None:
        """Say what is wrong and how to mend it; nothing takes it back."""
        change_text(self._problem, words)
        self._problem.setVisible(bool(words))
        self.box.setAccessibleDescription(words or self._hint)
        restyle(self.box, has_problem=bool(words))
