"""Lets a person keep an answer that only looks wrong, with a reason that travels with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.ui.screen import Screen
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.cards import Card
from app.ui.widgets.labels import text
from app.ui.widgets.line import Line

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk


class KeepWarning(Card):
    """A reason and a button, below the box of which the warning speaks."""

    def __init__(
        self, screen: Screen, box: AnswerBox, application_id: str, codes: tuple[str, ...]
    ) -> None:
        super().__init__("warning", pad=16, gap=8)
        self._screen, self._box, self._id, self._codes = screen, box, application_id, codes
        words = screen.words
        asks = words("ui.field.keep_reason")
        self.rows.addWidget(text(asks, "label"))
        self.line = Line(screen.theme, f"reason_{box.field_id}", asks)
        self.rows.addWidget(self.line)
        keep = screen.make_button(
            words("ui.field.keep"), self._keep, "secondary", name=f"keep_{box.field_id}"
        )
        self.rows.addWidget(keep, 0, Qt.AlignmentFlag.AlignLeft)

    def _keep(self) -> None:
        from app.services.drafts import keep_warning

        application_id, where, codes = self._id, self._box.field_id, self._codes
        reason = self.line.text()

        def work(kiosk: Kiosk) -> None:
            for code in codes:
                keep_warning(kiosk, application_id, where, code, reason)

        self._screen.ask(work, lambda _none: self._kept(reason.strip()))

    def _kept(self, reason: str) -> None:
        self.hide()
        self._box.show_problems([])
        said = self._screen.words("ui.field.kept", reason=reason)
        self._box.rows.addWidget(text(said, "hint", name=f"kept_{self._box.field_id}"))
