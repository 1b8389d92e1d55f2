"""The status of an application, for whoever knows its reference and the date of birth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from app.domain.words import Words
from app.ui.screen import Screen
from app.ui.widgets.answer_box import LineBox
from app.ui.widgets.date_box import DateBox

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
        from app.ui.applicant.life.follow import FollowScreen
        from app.ui.applicant.life.life_screen import Followed

        self.window_.go(partial(FollowScreen, followed=Followed(status.application_id)))


def entry_words(words: Words, what: str, params: Mapping[str, object]) -> str:
    """Return one line of a timeline; a state by its name."""
    state = str(params.get("state", ""))
    if what == "state" and words.has(f"office_state.{state}"):
        return words(f"office_state.{state}")
    key = f"timeline.{what}"
    return words(key, **_readable(words, params)) if words.has(key) else what


def _readable(words: Words, params: Mapping[str, object]) -> dict[str, object]:
    """Return what stands in a line as a person reads it: money, a time, the reason of a refusal."""
    shown = dict(params)
    if "rupiah" in params:
        shown["rupiah"] = words.rupiah(int(str(params["rupiah"])))
    if "starts_at" in params:
        shown["starts_at"] = words.moment(datetime.fromisoformat(str(params["starts_at"])))
    if "code" in params:
        shown["why"] = words.error_title(str(params["code"]))
    return shown


def _date(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
