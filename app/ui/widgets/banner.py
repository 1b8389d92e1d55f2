"""Says above a screen what went wrong, that nothing was lost, and what to do next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.words import Words
from app.errors import AppError, UserError
from app.ui.theme.tokens import Theme
from app.ui.widgets.buttons import button
from app.ui.widgets.cards import notice


class Banner(QWidget):
    """One error in words; what the person can mend is a warning, the rest a fault."""

    def __init__(
        self, theme: Theme, words: Words, error: AppError, close: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setObjectName("screen")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        title, detail = words.error(error)
        self.title = title
        line = QHBoxLayout(self)
        line.setContentsMargins(24, 16, 24, 0)
        line.setSpacing(8)
        card = notice(
            theme, "warning" if isinstance(error, UserError) else "problem", title, detail
        )
        card.setMaximumWidth(theme.column(900))
        shut = button(
            "",
            close,
            "plain",
            theme=theme,
            icon="close",
            spoken=words("ui.close"),
            name="close_banner",
        )
        line.addStretch(1)
        line.addWidget(card, 100)
        line.addWidget(shut, 0, Qt.AlignmentFlag.AlignTop)
        line.addStretch(1)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
