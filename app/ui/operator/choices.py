"""A question with a few answers as cards, on a settings page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from app.ui.theme.tokens import Theme
from app.ui.widgets.buttons import RadioCard
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import text


@dataclass(frozen=True)
class Option:
    """One answer."""

    value: str
    title: str
    help_text: str = ""


class Choices(QWidget):
    """The cards; exactly one is chosen.

    Args:
        theme: tokens.
        title: the question.
        options: the answers.
        chosen: value of the answer chosen now.
        name: object name; a card's is ``<name>_<value>``.
        least: width of the narrowest card.

    Signals:
        chosen: a person chose another card.
    """

    chosen = Signal()

    def __init__(
        self,
        theme: Theme,
        title: str,
        options: Sequence[Option],
        chosen: str,
        *,
        name: str,
        least: int = 280,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        rows.addWidget(text(title, "title"))
        self._group = QButtonGroup(self)
        self._values: list[str] = []
        cards: list[QWidget] = []
        for number, option in enumerate(options):
            card = RadioCard(
                theme, option.title, help_text=option.help_text, name=f"{name}_{option.value}"
            )
            card.setChecked(option.value == chosen)
            self._group.addButton(card, number)
            self._values.append(option.value)
            cards.append(card)
        self._group.buttonClicked.connect(self._clicked)
        rows.addWidget(flow_of(cards, 12, least=theme.column(least)))

    def _clicked(self) -> None:
        self.chosen.emit()

    @property
    def value(self) -> str:
        """The value chosen; empty when none is."""
        number = self._group.checkedId()
        return self._values[number] if number >= 0 else ""
