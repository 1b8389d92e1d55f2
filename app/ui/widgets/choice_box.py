"""Questions answered by choosing: a few cards, or a list to search when there are many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.answers import NO, YES
from app.domain.words import Words
from app.ui.theme.tokens import Theme
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.buttons import RadioCard
from app.ui.widgets.labels import text
from app.ui.widgets.line import Line

#: More choices than this become a list to search.
MOST_CARDS = 7


class RadioBox(AnswerBox):
    """A few answers as cards (code, words, and a line of help if any); two short ones side by side.

    A card that is not chosen yet is never chosen by leaving the question.
    """

    def __init__(
        self,
        theme: Theme,
        words: Words,
        field_id: str,
        label: str,
        choices: Sequence[tuple[str, ...]],
    ) -> None:
        super().__init__(theme, words, field_id, label)
        self._group = QButtonGroup(self)
        self._cards: dict[str, RadioCard] = {}
        for code, title, *rest in choices:
            card = RadioCard(theme, title, help_text="".join(rest), name=f"{field_id}:{code}")
            self._cards[code] = card
            self._group.addButton(card)
            card.toggled.connect(self._toggled)
            card.clicked.connect(self.left)

    def place(self) -> None:
        is_short = len(self._cards) == 2 and self.theme.scale < 1.4
        is_short = is_short and all(len(card.title) <= 16 for card in self._cards.values())
        line: QHBoxLayout | QVBoxLayout = QHBoxLayout() if is_short else QVBoxLayout()
        line.setSpacing(8)
        for card in self._cards.values():
            line.addWidget(card)
        self.rows.addLayout(line)

    def _toggled(self, is_on: bool) -> None:
        if is_on:
            self.changed.emit()

    def value(self) -> str:
        return next((code for code, card in self._cards.items() if card.isChecked()), "")

    def set_value(self, value: str) -> None:
        if value in self._cards:
            self._cards[value].setChecked(True)

    def focus_target(self) -> QWidget:
        checked = self._cards.get(self.value())
        return checked or next(iter(self._cards.values()))


def yes_no_box(theme: Theme, words: Words, field_id: str, label: str) -> RadioBox:
    """Return a question answered by yes or no."""
    choices = ((YES, words("ui.yes")), (NO, words("ui.no")))
    return RadioBox(theme, words, field_id, label, choices)


class PickList(QListWidget):
    """A list of at most a few visible rows; Enter or a touch picks.

    Signals:
        picked: the code of the row.
    """

    picked = Signal(str)

    def __init__(self, theme: Theme, name: str, spoken: str, *, rows: int = 5) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setFixedHeight(theme.target(50) * rows + 8)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(True)
        self.itemClicked.connect(self._pick)
        self.itemActivated.connect(self._pick)

    def fill(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show these pairs of code and words."""
        self.clear()
        for code, words in rows:
            item = QListWidgetItem(words)
            item.setData(Qt.ItemDataRole.UserRole, code)
            self.addItem(item)

    def follow(self, line: QLineEdit) -> None:
        """Let the arrow down lead from the line where letters are typed into this list."""
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), line)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._enter)

    def _enter(self) -> None:
        if self.isVisible() and self.count():
            self.setCurrentRow(max(self.currentRow(), 0))
            self.setFocus()

    def _pick(self, item: QListWidgetItem) -> None:
        self.picked.emit(str(item.data(Qt.ItemDataRole.UserRole)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter picks the row it is on."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self._pick(item)
        else:
            super().keyPressEvent(event)


class SearchBox(AnswerBox):
    """Many answers: type a few letters, then pick."""

    def __init__(
        self,
        theme: Theme,
        words: Words,
        field_id: str,
        label: str,
        choices: Sequence[tuple[str, ...]],
    ) -> None:
        super().__init__(theme, words, field_id, label)
        self._choices = tuple((choice[0], choice[1]) for choice in choices)
        self._value = ""
        self.line = Line(theme, field_id, label)
        self.line.setPlaceholderText(words("ui.field.filter"))
        self._list = PickList(theme, f"list_{field_id}", label)
        self._none = text(words("ui.field.none_found"), "hint")
        self._none.hide()
        self.line.textChanged.connect(self._filter)
        self.line.left.connect(self.left)
        self._list.picked.connect(self._picked)
        self._list.follow(self.line)

    def place(self) -> None:
        self.rows.addWidget(self.line)
        self.rows.addWidget(self._none)
        self.rows.addWidget(self._list)
        self._filter("")

    def _filter(self, typed: str) -> None:
        wanted = typed.casefold().split()
        shown = [
            (code, title)
            for code, title in self._choices
            if all(word in title.casefold() for word in wanted)
        ]
        exact = [code for code, title in self._choices if title.casefold() == typed.casefold()]
        self._value = exact[0] if exact else ""
        self._list.fill(self._choices if exact else shown)
        for row, (code, _) in enumerate(self._choices if exact else shown):
            if code == self._value:
                self._list.setCurrentRow(row)
        self._none.setVisible(not shown)
        self.changed.emit()

    def _picked(self, code: str) -> None:
        self.set_value(code)
        self.left.emit()

    def value(self) -> str:
        return self._value

    def set_value(self, value: str) -> None:
        self.line.setText(dict(self._choices).get(value, ""))

    def focus_target(self) -> QWidget:
        return self.line


def choice_box(
    theme: Theme, words: Words, field_id: str, label: str, choices: Sequence[tuple[str, ...]]
) -> AnswerBox:
    """Return cards for a few choices, a list to search for many."""
    kind = RadioBox if len(choices) <= MOST_CARDS else SearchBox
    return kind(theme, words, field_id, label, choices)
