"""A code typed in groups: the cursor goes on by itself, and a whole code may be pasted anywhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.ui.theme.tokens import Theme
from app.ui.widgets.labels import restyle, text
from app.ui.widgets.line import Line


class _Group(Line):
    """One group; Backspace at its beginning goes to the group before."""

    def __init__(self, theme: Theme, name: str, spoken: str, retreat: Callable[[], object]) -> None:
        super().__init__(theme, name, spoken)
        self._retreat = retreat

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Backspace and not self.text():
            self._retreat()
            return
        super().keyPressEvent(event)


class CodeBox(QWidget):
    """Groups of letters and digits with dashes between.

    Args:
        theme: tokens.
        name: object name; the groups are ``<name>_1`` and on.
        spoken: group number -> accessible name.
        groups: how many.
        letters: letters in one group.
    """

    def __init__(
        self,
        theme: Theme,
        name: str,
        spoken: Callable[[int], str],
        *,
        groups: int = 5,
        letters: int = 4,
    ) -> None:
        super().__init__()
        self._letters = letters
        self.setObjectName(name)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self.groups: list[_Group] = []
        for number in range(1, groups + 1):
            group = _Group(theme, f"{name}_{number}", spoken(number), self._back_from(number - 1))
            group.setAlignment(Qt.AlignmentFlag.AlignCenter)
            # Room for a whole code, so that pasting into one group reaches all of them.
            group.setMaxLength(groups * (letters + 1) + 8)
            font = group.font()
            font.setPixelSize(theme.text(18))
            wide = QFontMetrics(font).horizontalAdvance("W" * letters) + 40
            group.setMinimumWidth(min(wide, theme.column(96)))
            group.setMaximumWidth(theme.column(128))
            group.textEdited.connect(self._edited_in(number - 1))
            self.groups.append(group)
            if number > 1:
                dash: QLabel = text("–", "hint")
                dash.setAlignment(Qt.AlignmentFlag.AlignCenter)
                line.addWidget(dash)
            line.addWidget(group, 10)
        line.addStretch(1)
        self.setFocusProxy(self.groups[0])

    @property
    def code(self) -> str:
        """Everything typed, without dashes."""
        return "".join(_plain(group.text()) for group in self.groups)

    @property
    def missing_count(self) -> int:
        """How many letters are still to be typed."""
        return max(0, len(self.groups) * self._letters - len(self.code))

    def say_problem(self, *, is_wrong: bool) -> None:
        """Mark all groups as wrong or right."""
        for group in self.groups:
            restyle(group, has_problem=is_wrong)

    def first_gap(self) -> Line:
        """Return the first group in which letters are missing."""
        for group in self.groups:
            if len(_plain(group.text())) < self._letters:
                return group
        return self.groups[0]

    def _edited_in(self, index: int) -> Callable[[str], None]:
        def edited(typed: str) -> None:
            rest = _plain(typed)
            whole = len(self.groups) * self._letters
            self._fill(0 if len(rest) >= whole else index, rest)

        return edited

    def _fill(self, at: int, letters: str) -> None:
        """Put letters into a group and what is too much into the next ones; the cursor follows."""
        size = self._letters
        is_one_too_many = len(letters) == size + 1 and at + 1 < len(self.groups)
        if is_one_too_many and self.groups[at + 1].text():
            letters = letters[:size]
        _put(self.groups[at], letters[:size])
        while len(letters) >= size and at + 1 < len(self.groups):
            letters, at = letters[size:], at + 1
            if letters:
                _put(self.groups[at], letters[:size])
        if not self.groups[at].hasFocus():
            self.groups[at].setFocus(Qt.FocusReason.OtherFocusReason)
            self.groups[at].end(False)

    def _back_from(self, index: int) -> Callable[[], None]:
        def back() -> None:
            if index:
                before = self.groups[index - 1]
                before.setText(before.text()[:-1])
                before.setFocus(Qt.FocusReason.OtherFocusReason)

        return back


def _put(group: Line, letters: str) -> None:
    if group.text() != letters:
        place = group.cursorPosition()
        group.setText(letters)
        group.setCursorPosition(place)


def _plain(typed: str) -> str:
    return "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
