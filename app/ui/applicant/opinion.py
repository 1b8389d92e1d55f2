"""Asks what a person thinks, without a name: three questions, a free word, left out in one touch.

Knows the service and nothing else of the application that led here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.domain.opinions import MOST_LETTERS, QUESTIONS, Occasion, Said
from app.ui.screen import Screen
from app.ui.widgets.answer_box import NoteBox
from app.ui.widgets.cards import Card, icon_label, notice
from app.ui.widgets.face_box import FaceBox
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


class OpinionScreen(Screen):
    """One page; a person who says nothing is at home again with one touch."""

    def __init__(self, window: Window, service_id: str, occasion: Occasion) -> None:
        super().__init__(window, "opinion")
        self._service_id, self._occasion = service_id, occasion
        words = self.words
        self.set_heading(words(f"opinion.heading_{occasion}"), words("opinion.hint"))
        self._boxes = {
            name: FaceBox(self.theme, words, name, words(f"opinion.{name}.question"))
            for name in QUESTIONS
        }
        for box in self._boxes.values():
            self.add_box(box)
        self._note = NoteBox(self.theme, words, "opinion_words", words("opinion.words"))
        self._note.explain(words("opinion.words_hint"), "", is_required=False)
        self.add_box(self._note)
        self.body.addWidget(notice(self.theme, "sand", words("opinion.promise")))
        self.add_beside(words("opinion.skip"), window.lock, name="skip")
        self.set_primary(words("opinion.send"), self._send)

    def _send(self) -> None:
        marks = {name: int(box.value() or 0) for name, box in self._boxes.items()}
        said = Said(**marks, words=self._note.value()[:MOST_LETTERS])
        if said.is_empty:
            self.window_.lock()
            return
        service_id, occasion = self._service_id, self._occasion

        def work(kiosk: Kiosk) -> None:
            from app.services.opinions import say_opinion

            say_opinion(kiosk, service_id, occasion, said)

        self.set_busy(True, self.words("ui.busy"))
        self.ask(work, self._thank)

    def _thank(self, _none: None) -> None:
        self.set_busy(False)
        self.window_.restart(ThanksScreen)


class ThanksScreen(Screen):
    """Says thank you; nothing of what was said is on it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "thanks")
        words = self.words
        card = Card("good", pad=32, gap=8)
        centre = Qt.AlignmentFlag.AlignHCenter
        card.rows.addWidget(
            icon_label(self.theme, "task_alt", self.theme.colours.good, 56), 0, centre
        )
        heading = text(words("opinion.thanks"), "heading", name="heading")
        hint = text(words("opinion.thanks_hint"), "hint")
        for label in (heading, hint):
            label.setAlignment(centre)
            card.rows.addWidget(label)
        self.body.addWidget(card)
        self.set_primary(words("applicant.done.finish"), window.lock)
