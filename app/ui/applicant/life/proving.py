"""Asks for the PIN before anything is done to an application; once for all its screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui.applicant.life.life_screen import Followed
from app.ui.applicant.securing import PIN_DIGITS
from app.ui.screen import Kept, Screen
from app.ui.widgets.answer_box import DigitsBox
from app.ui.widgets.cards import notice

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Maker, Window


def behind_pin(window: Window, followed: Followed, maker: Maker) -> None:
    """Go to a screen, by way of the PIN when nobody proved it yet."""
    if followed.is_proved:
        window.go(maker)
    else:
        window.go(lambda at: ProofScreen(at, followed, maker))


class ProofScreen(Screen):
    """One box; a right PIN opens the screen behind it in its own place."""

    def __init__(self, window: Window, followed: Followed, maker: Maker) -> None:
        super().__init__(window, "proof")
        self._followed, self._maker = followed, maker
        words = self.words
        self.set_heading(words("life.proof.heading"), words("life.proof.hint"))
        self._pin = DigitsBox(
            self.theme,
            words,
            "pin",
            words("life.proof.pin"),
            most=PIN_DIGITS,
            group=0,
            is_secret=True,
        )
        self.add_box(self._pin)
        self.body.addWidget(notice(self.theme, "sand", words("life.proof.lost")))
        self.set_back()
        self.set_primary(words("life.proof.open"), self._open)

    def _open(self) -> None:
        pin, words = self._pin.value(), self.words
        problem = ""
        if len(pin) != PIN_DIGITS:
            problem = words("applicant.securing.pin_short", count=PIN_DIGITS)
        self._pin.show_problems([problem] if problem else [])
        self.show_summary([(problem, self._pin.focus_target())] if problem else [])
        if problem:
            return
        application_id = self._followed.application_id

        def work(kiosk: Kiosk) -> None:
            from app.services.following import prove

            prove(kiosk, application_id, pin)

        self.set_busy(True, words("ui.busy"))
        self.ask(work, self._proved)

    def _proved(self, _none: None) -> None:
        self._followed.is_proved = True
        self.window_.replace(self._maker)

    def kept(self) -> Kept:
        """Keep the PIN nowhere but in its box."""
        return {name: value for name, value in super().kept().items() if name != "pin"}
