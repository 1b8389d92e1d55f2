"""Not complete yet (belum lengkap): what to bring next time, on paper, and how to come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.ui.applicant.journey import Journey
from app.ui.applicant.slip_buttons import SlipButtons
from app.ui.screen import Screen
from app.ui.widgets.cards import Card, notice
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.ui.window import Window


class PausingScreen(Screen):
    """Says that everything is kept, shows the code, gives the checklist."""

    def __init__(self, window: Window, journey: Journey) -> None:
        super().__init__(window, "pausing")
        words = self.words
        self.set_heading(words("applicant.pausing.heading"), words("applicant.pausing.hint"))
        card = Card("sea", pad=32)
        card.rows.addWidget(text(words("applicant.pausing.code"), "label"))
        code = text(journey.draft.resume_code, "code", name="resume_code")
        card.rows.addWidget(code, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(card)
        slip = Card()
        slip.rows.addWidget(text(words("applicant.pausing.slip"), "title"))
        slip.rows.addWidget(text(words("applicant.pausing.slip_body")))
        name = f"{words('applicant.pausing.file')}-{journey.draft.resume_code}"
        slip.rows.addLayout(SlipButtons(self, journey.id, name, "checklist"))
        self.body.addWidget(slip)
        self.body.addWidget(
            notice(self.theme, "sand", words("applicant.pausing.safe"), icon="shield_lock")
        )
        self.set_back()
        self.set_primary(words("applicant.pausing.finish"), window.lock)
