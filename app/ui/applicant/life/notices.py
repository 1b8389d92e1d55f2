"""Asks whether the office may tell news by mail or SMS; nobody is told anything unasked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.domain.requests import NoticesWanted
from app.ui.applicant.life.life_screen import Followed, LifeScreen
from app.ui.widgets.answer_box import LineBox
from app.ui.widgets.buttons import CheckCard
from app.ui.widgets.cards import notice
from app.ui.widgets.choice_box import RadioBox
from app.ui.widgets.flow import flow_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.services.following import Following
    from app.ui.window import Window

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"(\+?62|0)8[0-9]{7,12}")


class NoticesScreen(LifeScreen):
    """Two boxes, one tick; and a way to stop."""

    def __init__(self, window: Window, followed: Followed) -> None:
        super().__init__(window, "notices", followed)

    def fill(self, found: Following) -> None:
        words, theme = self.words, self.theme
        self.set_heading(
            words("life.notices.heading"), words("life.notices.hint"), above=found.reference
        )
        last = found.last_asked("notices")
        if last and last.code:
            self.body.addWidget(self.refusal("life.interview.refused", last.code))
        elif last:
            key = "life.asked_done" if last.taken_at else "life.asked_waits"
            body = "" if last.taken_at else words("life.asked_waits_body")
            role = "good" if last.taken_at else "sea"
            self.body.addWidget(notice(theme, role, words(key), body))  # type: ignore[arg-type]
        if "notices" in found.waiting:
            self.set_primary(words("applicant.done.finish"), self.window_.lock)
            return
        self._email = LineBox(theme, words, "email", words("life.notices.email"))
        self._phone = LineBox(
            theme, words, "phone", words("life.notices.phone"), keypad="digits", most=16, column=320
        )
        for box in (self._email, self._phone):
            box.explain("", "", is_required=False)
            self.add_box(box)
        choices = [(one, words(f"life.notices.{one}")) for one in ("id", "en")]
        self._language = RadioBox(theme, words, "language", words("life.notices.language"), choices)
        given = last.body if last and isinstance(last.body, NoticesWanted) else None
        self._language.set_value(given.language if given else words.language)
        self.add_box(self._language)
        if given:
            self._email.set_value(given.email)
            self._phone.set_value(given.phone)
        self._agree = CheckCard(theme, words("life.notices.agree"), name="agree")
        self.body.addWidget(self._agree)
        self.body.addWidget(notice(theme, "sand", words("life.notices.promise")))
        if given and (given.email or given.phone):
            stop = self.make_button(words("life.notices.stop"), self._stop, name="stop")
            self.body.addWidget(flow_of([stop]))
        self.set_primary(words("life.notices.save"), self._save)

    def _save(self) -> None:
        words = self.words
        email, phone = self._email.value(), re.sub(r"[ ().-]", "", self._phone.value())
        wrong: list[tuple[str, QWidget]] = []
        for box, value, pattern, key in (
            (self._email, email, _EMAIL, "email_wrong"),
            (self._phone, phone, _PHONE, "phone_wrong"),
        ):
            says = words(f"life.notices.{key}") if value and not pattern.fullmatch(value) else ""
            box.show_problems([says] if says else [])
            if says:
                wrong.append((f"{box.label}: {says}", box.focus_target()))
        if not email and not phone:
            wrong.append((words("life.notices.fill_one"), self._email.focus_target()))
        if not self._agree.isChecked():
            wrong.append((words("life.notices.agree_first"), self._agree))
        self.show_summary(wrong)
        if not wrong:
            language = "en" if self._language.value() == "en" else "id"
            self.ask_office(NoticesWanted(email, phone, language))  # type: ignore[arg-type]

    def _stop(self) -> None:
        self.ask_office(NoticesWanted())
