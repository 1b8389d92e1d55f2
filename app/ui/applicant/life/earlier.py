"""The person's other applications on this kiosk: a list once an officer met them, else by PIN."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from app.domain.lifecycle import RECEIVED
from app.services.earlier import Earlier, EarlierLine, earlier, prove_earlier
from app.ui.applicant.life.life_screen import Followed
from app.ui.applicant.securing import PIN_DIGITS
from app.ui.screen import Kept, Screen
from app.ui.widgets.answer_box import DigitsBox, LineBox
from app.ui.widgets.buttons import ChoiceButton
from app.ui.widgets.cards import notice
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


class EarlierScreen(Screen):
    """What may be listed, then two boxes for what may not."""

    def __init__(self, window: Window, followed: Followed) -> None:
        super().__init__(window, "earlier")
        self._followed = followed
        words = self.words
        self.set_heading(words("life.earlier.heading"), words("life.earlier.hint"))
        self._list = QVBoxLayout()
        self._list.setSpacing(16)
        self.body.addLayout(self._list)
        self.body.addWidget(text(words("life.earlier.by_pin"), "title"))
        self._reference = LineBox(
            self.theme, words, "reference", words("applicant.status.reference"), most=16, column=320
        )
        self._reference.explain("", "TRM-00042-5", is_required=True)
        self._pin = DigitsBox(
            self.theme,
            words,
            "pin",
            words("life.earlier.pin"),
            most=PIN_DIGITS,
            group=0,
            is_secret=True,
        )
        for box in (self._reference, self._pin):
            self.add_box(box)
        self.set_back()
        self.set_primary(words("life.proof.open"), self._open)
        application_id, is_seen = followed.application_id, followed.is_seen
        self.ask(lambda kiosk: earlier(kiosk, application_id, is_seen=is_seen), self._show)

    def _show(self, found: Earlier) -> None:
        words = self.words
        if not found.is_vouched:
            title, body = words("life.earlier.hidden"), words("life.earlier.hidden_body")
            self._list.addWidget(notice(self.theme, "sand", title, body))
        elif not found.lines:
            self._list.addWidget(text(words("life.earlier.none"), "hint"))
        for line in found.lines:
            self._list.addWidget(self._choice(line))
        self.order_keys()

    def _choice(self, line: EarlierLine) -> ChoiceButton:
        words = self.words
        is_there = line.state == RECEIVED and bool(line.office_state)
        state = f"office_state.{line.office_state}" if is_there else f"state.{line.state}"
        says = words(
            "life.earlier.line",
            reference=line.reference,
            state=words(state),
            day=words.moment(line.started_at),
        )
        title, act = words.label(line.service), partial(self._follow, line.application_id)
        name = f"earlier_{line.reference}"
        return ChoiceButton(self.theme, title, act, help_text=says, icon="history", name=name)

    def _follow(self, application_id: str, *, is_proved: bool = False) -> None:
        """Show the other one; what can be done there asks for its own PIN."""
        from app.ui.applicant.life.follow import FollowScreen

        is_seen = self._followed.is_seen
        followed = Followed(application_id, is_proved or is_seen, is_seen)
        self.window_.go(partial(FollowScreen, followed=followed))

    def _open(self) -> None:
        words = self.words
        reference, pin = self._reference.value(), self._pin.value()
        problems = {
            self._reference: "" if reference else words("problems.answer_missing"),
            self._pin: ""
            if len(pin) == PIN_DIGITS
            else words("applicant.securing.pin_short", count=PIN_DIGITS),
        }
        for box, says in problems.items():
            box.show_problems([says] if says else [])
        self.show_summary(
            [(f"{box.label}: {says}", box.focus_target()) for box, says in problems.items() if says]
        )
        if any(problems.values()):
            return

        def work(kiosk: Kiosk) -> str:
            return prove_earlier(kiosk, reference, pin)

        self.set_busy(True, words("ui.busy"))
        self.ask(work, partial(self._follow, is_proved=True))

    def kept(self) -> Kept:
        """Keep the PIN nowhere but in its box."""
        return {name: value for name, value in super().kept().items() if name != "pin"}
