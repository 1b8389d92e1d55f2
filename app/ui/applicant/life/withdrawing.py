"""Taking an application back, with what it costs said first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.requests import Withdrawn
from app.ui.applicant.life.life_screen import Followed, LifeScreen
from app.ui.widgets.answer_box import NoteBox
from app.ui.widgets.buttons import CheckCard
from app.ui.widgets.cards import notice

if TYPE_CHECKING:
    from app.services.following import Following
    from app.ui.window import Window


class WithdrawScreen(LifeScreen):
    """Warns, asks for a tick, then for nothing more."""

    def __init__(self, window: Window, followed: Followed) -> None:
        super().__init__(window, "withdraw", followed)

    def fill(self, found: Following) -> None:
        words = self.words
        if found.office_state == "withdrawn" or "withdrawn" in found.waiting:
            is_done = found.office_state == "withdrawn"
            key = "done" if is_done else "asked"
            body = "" if is_done else words("life.withdraw.asked_body")
            self.set_heading(words(f"life.withdraw.{key}"), body, above=found.reference)
            self.set_primary(words("applicant.done.finish"), self.window_.lock)
            return
        self.set_heading(
            words("life.withdraw.heading"), words.label(found.service), above=found.reference
        )
        last = found.last_asked("withdrawn")
        if last and last.code:
            self.body.addWidget(self.refusal("life.interview.refused", last.code))
        body = words("life.withdraw.warning_body")
        self.body.addWidget(notice(self.theme, "problem", words("life.withdraw.warning"), body))
        self._reason = NoteBox(self.theme, words, "reason", words("life.withdraw.reason"))
        self._reason.explain("", "", is_required=False)
        self.add_box(self._reason)
        self._agree = CheckCard(self.theme, words("life.withdraw.agree"), name="agree")
        self.body.addWidget(self._agree)
        self.set_primary(words("life.withdraw.do"), self._send)

    def _send(self) -> None:
        if not self._agree.isChecked():
            says = self.words("applicant.consent.tick_missing", statement=self._agree.title)
            self.show_summary([(says, self._agree)])
            return
        self.show_summary([])
        self.ask_office(Withdrawn(self._reason.value()[:2000]))
