"""A date as day, month and year: three boxes to type in, read back in words."""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.words import Words
from app.ui.theme.tokens import Theme
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.labels import change_text, text
from app.ui.widgets.line import Digits


class DateBox(AnswerBox):
    """A full box sends the cursor on; the date is said in words below, so a slip is seen."""

    def __init__(self, theme: Theme, words: Words, field_id: str, label: str) -> None:
        super().__init__(theme, words, field_id, label)
        self._parts = {
            part: Digits(
                theme, f"{field_id}.{part}", f"{label}: {words(f'ui.field.{part}')}", most=most
            )
            for part, most in (("day", 2), ("month", 2), ("year", 4))
        }
        self._read = text("", "caption", name=f"read_{field_id}")
        order = list(self._parts.values())
        for place, line in enumerate(order):
            line.setFixedWidth(theme.text(96 if line.most == 4 else 72))
            line.textChanged.connect(self._typed)
            line.left.connect(self._left)
            if place < 2:
                following = order[place + 1]
                line.textEdited.connect(lambda _text, at=line, to=following: self._go_on(at, to))

    def place(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(16)
        for part, box in self._parts.items():
            column = QVBoxLayout()
            column.setSpacing(4)
            caption = text(self.words(f"ui.field.{part}"), "caption")
            column.addWidget(caption)
            column.addWidget(box)
            line.addLayout(column)
        line.addStretch(1)
        self.rows.addLayout(line)
        self.rows.addWidget(self._read)
        self._read.hide()

    def _go_on(self, at: Digits, to: Digits) -> None:
        if at.hasFocus() and len(at.digits) >= at.most:
            to.setFocus()
            to.selectAll()

    def _typed(self) -> None:
        day = self._date()
        change_text(self._read, self.words.date(day) if day else "")
        self._read.setVisible(day is not None)
        self.changed.emit()

    def _left(self) -> None:
        # Going from day to month is not leaving the question; Enter and everything else is.
        inside = self.focusWidget()
        if inside not in self._parts.values() or not inside.hasFocus() or self._date():
            self.left.emit()

    def _date(self) -> date | None:
        day, month, year = (box.digits for box in self._parts.values())
        if not (day and month and len(year) == 4):
            return None
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            return None

    def value(self) -> str:
        """Return ISO for a real date, what was typed for a wrong one, nothing for nothing."""
        day = self._date()
        if day:
            return day.isoformat()
        typed = [box.digits for box in self._parts.values()]
        return "-".join(typed) if any(typed) else ""

    def set_value(self, value: str) -> None:
        parts = value.split("-")
        is_iso = len(parts) == 3 and len(parts[0]) == 4
        shown = reversed(parts) if is_iso else parts
        for box, part in zip(self._parts.values(), shown, strict=False):
            box.setText(part.lstrip("0") if is_iso and box.most == 2 else part)

    def focus_target(self) -> QWidget:
        return self._parts["day"]
