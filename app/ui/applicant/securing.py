"""Starts the draft: a PIN of the person's own choice, then the code that reopens it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.ui.applicant.choosing import Choosing
from app.ui.applicant.journey import Journey, journey_of
from app.ui.screen import Screen
from app.ui.widgets.answer_box import DigitsBox
from app.ui.widgets.cards import Card, notice
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.errors import AppError
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

PIN_DIGITS = 6


class SecuringScreen(Screen):
    """Asks for the PIN twice; nothing of the person is stored before it."""

    def __init__(self, window: Window, choosing: Choosing) -> None:
        super().__init__(window, "securing")
        self._choosing = choosing
        words = self.words
        self.set_heading(words("applicant.securing.heading"), words("applicant.securing.hint"))
        self._boxes: list[DigitsBox] = []
        for name in ("pin", "pin_again"):
            box = DigitsBox(
                self.theme,
                words,
                name,
                words(f"applicant.securing.{name}"),
                most=PIN_DIGITS,
                group=0,
                is_secret=True,
            )
            self.add_box(box)
            self._boxes.append(box)
        self.set_back()
        self.set_primary(words("ui.next"), self._next)

    def _next(self) -> None:
        pin, again = (box.value() for box in self._boxes)
        problem, at = "", 0
        if len(pin) != PIN_DIGITS:
            problem = self.words("applicant.securing.pin_short", count=PIN_DIGITS)
        elif pin != again:
            problem, at = self.words("applicant.securing.pin_differs"), 1
        for number, box in enumerate(self._boxes):
            box.show_problems([problem] if problem and number == at else [])
        # Also when all is well: what was wrong before would stand beside the store's own refusal.
        self.show_summary([(problem, self._boxes[at].focus_target())] if problem else [])
        if problem:
            return
        self.set_busy(True, self.words("ui.saving"))
        choosing = self._choosing
        self.ask(lambda kiosk: _start(kiosk, choosing, pin), self._started, self._refused)

    def _refused(self, error: AppError) -> None:
        self.fail(error)
        self._boxes[0].focus_target().setFocus()

    def _started(self, journey: Journey) -> None:
        self.window_.restart(partial(CodeScreen, journey=journey))

    def kept(self) -> dict[str, object]:
        """Keep the PIN nowhere but in its boxes: a page made anew asks again."""
        kept = super().kept()
        return {name: value for name, value in kept.items() if not name.startswith("pin")}


def _start(kiosk: Kiosk, choosing: Choosing, pin: str) -> Journey:
    from app.services.drafts import load_draft, save_answer, start_draft

    draft = start_draft(kiosk, choosing.case().service.id, pin)
    known = {field.id for field in draft.service.fields()}
    answers = dict(choosing.answers)
    if "office" in known and choosing.office_id:
        answers.setdefault("office", choosing.office_id)
    for field_id, value in answers.items():
        if value and field_id in known:
            save_answer(kiosk, draft.application_id, field_id, value)
    return journey_of(kiosk, load_draft(kiosk, draft.application_id))


class CodeScreen(Screen):
    """Shows the code large, once, to be written down."""

    def __init__(self, window: Window, journey: Journey) -> None:
        super().__init__(window, "code")
        self._journey = journey
        words = self.words
        self.set_heading(words("applicant.code.heading"), words("applicant.code.hint"))
        card = Card("sea", pad=32)
        code = text(journey.draft.resume_code, "code", name="resume_code")
        card.rows.addWidget(code, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(card)
        self.body.addWidget(
            notice(
                self.theme,
                "sand",
                words("applicant.code.saved"),
                words("applicant.code.saved_body"),
                icon="save",
            )
        )
        self.set_primary(words("applicant.code.next"), self._next)

    def _next(self) -> None:
        from app.ui.applicant import route

        route.show(self.window_, self._journey, self._journey.pages()[0])
