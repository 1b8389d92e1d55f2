"""The status of an application, for whoever knows its reference and the date of birth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from app.domain.lifecycle import RECEIVED
from app.domain.words import Words
from app.ui.screen import Screen
from app.ui.widgets.answer_box import LineBox
from app.ui.widgets.cards import Card, icon_label, notice
from app.ui.widgets.date_box import DateBox
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.lists import StatusView
    from app.ui.window import Window


class StatusScreen(Screen):
    """Asks for both; a wrong date and an unknown reference get the same answer."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "status")
        words = self.words
        self.set_heading(words("applicant.status.heading"), words("applicant.status.hint"))
        self._reference = LineBox(
            self.theme, words, "reference", words("applicant.status.reference"), most=16, column=320
        )
        self._reference.explain("", "TRM-00042-5", is_required=True)
        self.add_box(self._reference)
        self._born = DateBox(self.theme, words, "birth_date", words("applicant.status.birth_date"))
        self.add_box(self._born)
        self.set_back()
        self.set_primary(words("applicant.status.look"), self._look)

    def _look(self) -> None:
        born = _date(self._born.value())
        problems = {
            self._reference: ""
            if self._reference.value()
            else self.words("problems.answer_missing"),
            self._born: "" if born else self.words("applicant.status.date_wrong"),
        }
        for box, says in problems.items():
            box.show_problems([says] if says else [])
        self.show_summary(
            [(f"{box.label}: {says}", box.focus_target()) for box, says in problems.items() if says]
        )
        if any(problems.values()) or born is None:
            return
        from app.services.lists import status_of

        reference = self._reference.value()
        self.set_busy(True, self.words("ui.busy"))
        self.ask(lambda kiosk: status_of(kiosk, reference, born), self._found)

    def _found(self, status: StatusView | None) -> None:
        self.set_busy(False)
        if status is None:
            says = self.words("applicant.status.unknown")
            self.show_summary([(says, self._reference.focus_target())])
            return
        self.window_.go(partial(TimelineScreen, status=status))


class TimelineScreen(Screen):
    """What happened, newest first, and what to do now."""

    def __init__(self, window: Window, status: StatusView) -> None:
        super().__init__(window, "timeline")
        words = self.words
        state = (
            f"office_state.{status.office_state}"
            if status.state == RECEIVED and status.office_state
            else f"state.{status.state}"
        )
        self.set_heading(words(state), words.label(status.service), above=status.reference)
        if status.returned:
            body = status.note or words("applicant.status.returned_body")
            self.body.addWidget(
                notice(self.theme, "warning", words("applicant.status.returned"), body, icon="mail")
            )
        card = Card(gap=0)
        card.rows.addWidget(text(words("applicant.status.timeline"), "title"))
        card.rows.addSpacing(16)
        for number, entry in enumerate(reversed(status.timeline)):
            says = entry_words(words, entry.what, entry.params)
            card.rows.addLayout(self._entry(says, words.moment(entry.at), is_newest=not number))
            card.rows.addSpacing(16)
        self.body.addWidget(card)
        self.set_back()
        if status.returned:
            self.set_primary(words("applicant.status.mend"), self._mend)
        else:
            self.set_primary(words("applicant.done.finish"), window.lock)

    def _entry(self, says: str, when: str, *, is_newest: bool) -> QHBoxLayout:
        colours = self.theme.colours
        line = QHBoxLayout()
        line.setSpacing(16)
        icon = "radio_button_checked" if is_newest else "check_circle"
        colour = colours.accent if is_newest else colours.ink_soft
        mark = icon_label(self.theme, icon, colour, 24)
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        words = text(says, "label" if is_newest else "body")
        line.addWidget(words, 1, Qt.AlignmentFlag.AlignTop)
        at = text(when, "caption")
        at.setWordWrap(False)
        line.addWidget(at, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _mend(self) -> None:
        from app.ui.applicant.resuming import ResumeScreen

        self.window_.go(ResumeScreen)


def entry_words(words: Words, what: str, params: Mapping[str, object]) -> str:
    """Return one line of a timeline; a state by its name."""
    state = str(params.get("state", ""))
    if what == "state" and words.has(f"office_state.{state}"):
        return words(f"office_state.{state}")
    key = f"timeline.{what}"
    return words(key, **params) if words.has(key) else what


def _date(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
