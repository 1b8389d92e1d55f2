"""One question on a page: label, help, example, the box, and what is wrong, close together."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.domain.words import Words
from app.ui.theme.tokens import Theme
from app.ui.widgets.labels import change_text, restyle, text
from app.ui.widgets.line import Digits, KeypadKind, Line


class AnswerBox(QWidget):
    """Asks one question; subclasses bring the box.

    Signals:
        left: the person left the question; the value is worth saving.
        changed: something was typed or chosen.
    """

    left = Signal()
    changed = Signal()

    def __init__(self, theme: Theme, words: Words, field_id: str, label: str) -> None:
        super().__init__()
        self.theme, self.words, self.field_id, self.label = theme, words, field_id, label
        self.setObjectName(f"box_{field_id}")
        self.setAccessibleName(label)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(8)
        self._label = text(label, "label", name=f"label_{field_id}")
        self.rows.addWidget(self._label)
        self._problem: QLabel | None = None

    def explain(self, help_text: str, example: str, *, is_required: bool) -> None:
        """Say beside the label what is meant, with an example; call before ``place``."""
        if not is_required:
            change_text(self._label, f"{self.label} ({self.words('ui.optional')})")
        if help_text:
            self.rows.addWidget(text(help_text, "hint"))
        if example:
            self.rows.addWidget(text(self.words("ui.example", example=example), "hint"))

    def hide_label(self) -> None:
        """Leave the label to the page's heading, when the page has this one question."""
        self._label.hide()

    def place(self) -> None:
        """Put the box under what explains it."""
        raise NotImplementedError

    def value(self) -> str:
        """Return the answer as typed."""
        raise NotImplementedError

    def set_value(self, value: str) -> None:
        """Show a stored answer."""
        raise NotImplementedError

    def focus_target(self) -> QWidget:
        """Return what gets the focus when this question is to be mended."""
        raise NotImplementedError

    def show_problems(self, texts: Sequence[str], *, is_warning: bool = False) -> None:
        """Say beside the box what is wrong and how to mend it; nothing when all is well."""
        if self._problem:
            self._problem.hide()
            self.rows.removeWidget(self._problem)
            self._problem.deleteLater()
            self._problem = None
        if texts:
            role = "warning" if is_warning else "problem"
            self._problem = text("\n".join(texts), "problem" if role == "problem" else "warning")
            self._problem.setObjectName(f"problem_{self.field_id}")
            self.rows.insertWidget(self.rows.indexOf(self._label) + 1, self._problem)
        target = self.focus_target()
        restyle(target, has_problem=bool(texts) and not is_warning)
        target.setAccessibleDescription(" ".join(texts))


class LineBox(AnswerBox):
    """Text, name, e-mail, phone, passport number."""

    def __init__(
        self,
        theme: Theme,
        words: Words,
        field_id: str,
        label: str,
        *,
        keypad: KeypadKind = "letters",
        most: int = 120,
        column: int = 0,
    ) -> None:
        super().__init__(theme, words, field_id, label)
        self.line = Line(theme, field_id, label, keypad)
        self.line.setMaxLength(most)
        if column:
            self.line.setMaximumWidth(theme.column(column))
        self.line.left.connect(self.left)
        self.line.textChanged.connect(self.changed)

    def place(self) -> None:
        self.rows.addWidget(self.line)

    def value(self) -> str:
        return self.line.text().strip()

    def set_value(self, value: str) -> None:
        self.line.setText(value)
        self.line.setCursorPosition(0)

    def focus_target(self) -> QWidget:
        return self.line


class DigitsBox(AnswerBox):
    """NIK, KK, PIN: digits in groups, with a quiet count while they are typed."""

    def __init__(
        self,
        theme: Theme,
        words: Words,
        field_id: str,
        label: str,
        *,
        most: int,
        group: int,
        is_secret: bool = False,
    ) -> None:
        super().__init__(theme, words, field_id, label)
        self.line = Digits(theme, field_id, label, most=most, group=group, is_secret=is_secret)
        self.line.setMaximumWidth(theme.column(320))
        self._count = text("", "caption", name=f"count_{field_id}")
        self.line.left.connect(self.left)
        self.line.textChanged.connect(self._typed)
        self.line.textEdited.connect(self._typed)

    def place(self) -> None:
        self.rows.addWidget(self.line)
        self.rows.addWidget(self._count)
        self._count.hide()

    def _typed(self) -> None:
        typed, most = len(self.line.digits), self.line.most
        key = "full" if typed == most else "left" if typed < most else "over"
        words = self.words(
            f"ui.field.digits_{key}", count=most if typed == most else abs(most - typed)
        )
        change_text(self._count, words if typed else "")
        self._count.setVisible(bool(typed))
        self.changed.emit()

    def value(self) -> str:
        return self.line.digits

    def set_value(self, value: str) -> None:
        self.line.setText(value)

    def focus_target(self) -> QWidget:
        return self.line


class _Note(QPlainTextEdit):
    """A box for several lines; Tab goes on instead of typing a tab."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.left.emit()


class NoteBox(AnswerBox):
    """A few sentences."""

    def __init__(self, theme: Theme, words: Words, field_id: str, label: str) -> None:
        super().__init__(theme, words, field_id, label)
        self.note = _Note()
        self.note.setObjectName(field_id)
        self.note.setAccessibleName(label)
        self.note.setFixedHeight(theme.text(18) * 6)
        self.note.left.connect(self.left)
        self.note.textChanged.connect(self.changed)

    def place(self) -> None:
        self.rows.addWidget(self.note)

    def value(self) -> str:
        return self.note.toPlainText().strip()

    def set_value(self, value: str) -> None:
        self.note.setPlainText(value)

    def focus_target(self) -> QWidget:
        return self.note
