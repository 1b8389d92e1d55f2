"""The page that stands when the kiosk cannot work at all, such as a store that does not open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.errors import AppError
from app.ui.screen import Screen
from app.ui.widgets.cards import Card, icon_label
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.ui.window import Window


class FaultScreen(Screen):
    """What happened, that nothing was lost, what to do, and the code for whoever helps."""

    is_public = True

    def __init__(self, window: Window, error: AppError) -> None:
        super().__init__(window, "fault")
        title, detail = self.words.error(error)
        colours = self.theme.colours
        self.body.addSpacing(48)
        self.body.addWidget(
            icon_label(self.theme, "anchor", colours.accent, 64), 0, Qt.AlignmentFlag.AlignLeft
        )
        self.set_heading(title)
        card = Card("card")
        card.rows.addWidget(text(detail))
        card.rows.addWidget(text(self.words("ui.fault.next"), "hint"))
        card.rows.addWidget(text(self.words("ui.fault.code", code=error.code), "caption"))
        self.body.addWidget(card)
        self.set_primary(self.words("ui.fault.close"), window.close, icon="close")
