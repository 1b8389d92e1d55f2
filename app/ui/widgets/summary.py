"""The list of what is wrong at the top of a page; each line leads to its box."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.words import Words
from app.ui.theme.tokens import Theme
from app.ui.widgets.buttons import LinkLine
from app.ui.widgets.cards import Card, icon_label
from app.ui.widgets.labels import text


class Summary(Card):
    """How many, then which."""

    def __init__(self, theme: Theme, words: Words, problems: Sequence[tuple[str, QWidget]]) -> None:
        super().__init__("problem", pad=16, gap=4)
        self.setObjectName("summary")
        count = len(problems)
        title = words("ui.summary.one") if count == 1 else words("ui.summary.many", count=count)
        self.setAccessibleName(title)
        heading = QHBoxLayout()
        heading.setSpacing(16)
        heading.addWidget(icon_label(theme, "report", theme.colours.danger, 28))
        heading.addWidget(text(title, "title"), 1)
        self.rows.addLayout(heading)
        for number, (says, box) in enumerate(problems):
            self.rows.addWidget(LinkLine(theme, says, _leads_to(box), f"summary_{number}"))


def line_of(label: str, says: str) -> str:
    """Return a question and what is wrong with its answer as one line."""
    return f"{label} {says}" if label.endswith("?") else f"{label}: {says}"


def _leads_to(box: QWidget) -> Callable[[], None]:
    return lambda: box.setFocus(Qt.FocusReason.OtherFocusReason)
