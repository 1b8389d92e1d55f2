"""Opens an application again by its code and PIN, on the page where it was left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.domain.lifecycle import DRAFT, RECEIVED
from app.ui.applicant import route
from app.ui.applicant.journey import CORRECTION, Journey, journey_of
from app.ui.applicant.securing import PIN_DIGITS
from app.ui.screen import Kept, Screen
from app.ui.widgets.answer_box import DigitsBox, LineBox

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


class ResumeScreen(Screen):
    """Tells a wrong code from a wrong PIN by nothing."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "resume")
        words = self.words
        self.set_heading(words("applicant.resume.heading"), words("applicant.resume.hint"))
        self._code = LineBox(
            self.theme, words, "resume_code", words("applicant.resume.code"), most=12, column=320
        )
        self._code.explain("", words("applicant.resume.code_example"), is_required=True)
        self.add_box(self._code)
        self._pin = DigitsBox(
            self.theme,
            words,
            "pin",
            words("applicant.resume.pin"),
            most=PIN_DIGITS,
            group=0,
            is_secret=True,
        )
        self.add_box(self._pin)
        self.set_back()
        self.set_primary(words("applicant.resume.open"), self._open)

    def _open(self) -> None:
        code, pin = self._code.value(), self._pin.value()
        missing = [box for box in (self._code, self._pin) if not box.value()]
        for box in (self._code, self._pin):
            box.show_problems([self.words("problems.answer_missing")] if box in missing else [])
        self.show_summary(
            [
                (f"{box.label}: {self.words('problems.answer_missing')}", box.focus_target())
                for box in missing
            ]
        )
        if not missing:
            self.set_busy(True, self.words("ui.busy"))
            self.ask(lambda kiosk: _open(kiosk, code, pin), self._opened)

    def _opened(self, journey: Journey) -> None:
        state = journey.draft.state
        if state == DRAFT:
            page = CORRECTION if journey.is_correction else journey.draft.page
            route.show(self.window_, journey, page or journey.pages()[0])
            return
        if state == RECEIVED and journey.draft.office_state not in ("", "received"):
            from app.ui.applicant.life.follow import FollowScreen
            from app.ui.applicant.life.life_screen import Followed

            followed = Followed(journey.id, is_proved=True)
            self.window_.restart(partial(FollowScreen, followed=followed))
            return
        from app.ui.applicant.done import DoneScreen

        self.window_.restart(partial(DoneScreen, application_id=journey.id))

    def kept(self) -> Kept:
        """Keep the PIN nowhere but in its box."""
        return {name: value for name, value in super().kept().items() if name != "pin"}


def _open(kiosk: Kiosk, code: str, pin: str) -> Journey:
    from app.errors import UserError
    from app.services.correcting import open_correction
    from app.services.drafts import open_draft

    draft = open_draft(kiosk, code, pin)
    if draft.state != DRAFT and draft.returned:
        try:
            draft = open_correction(kiosk, draft.application_id)
        except UserError:
            # Mended and sent again meanwhile; what stands is shown as it is.
            return journey_of(kiosk, draft)
    return journey_of(kiosk, draft)
