"""The few questions whose answers decide which papers to bring and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from app.domain.answers import Problem
from app.domain.catalogue import Condition, Field, Service
from app.domain.checking import check_answer, normalize_answer, visible_groups
from app.ui.applicant.choosing import Choosing
from app.ui.applicant.questions import make_box
from app.ui.screen import Screen
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.summary import line_of

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


def deciding_fields(service: Service, answers: dict[str, str], today: date) -> tuple[Field, ...]:
    """Return the questions that apply and on which papers or fees hang, the rest left out."""
    wanted: set[str] = set()
    for condition in _conditions(service):
        wanted |= condition.fields()
    # What a deciding question hangs on decides too.
    by_id = {one.id: one for one in service.fields()}
    while True:
        more = {
            name for one in wanted if one in by_id for name in _fields_of(by_id[one].when)
        } | wanted
        if more == wanted:
            break
        wanted = more
    groups = visible_groups(service, answers, today)
    return tuple(one for group in groups for one in group.fields if one.id in wanted)


def _conditions(service: Service) -> Iterator[Condition]:
    found = [need.when for need in service.documents] + [rule.when for rule in service.fees]
    return (condition for condition in found if condition is not None)


def _fields_of(condition: Condition | None) -> frozenset[str]:
    return condition.fields() if condition else frozenset()


class DecidingScreen(Screen):
    """Shows them on one page; answering one may bring up another below it."""

    def __init__(self, window: Window, choosing: Choosing) -> None:
        super().__init__(window, "deciding")
        self.choosing = choosing
        _, self._today, self._service = choosing.case()
        self._boxes: dict[str, AnswerBox] = {}
        self.set_heading(
            self.words("applicant.deciding.heading"),
            self.words("applicant.deciding.hint"),
            above=self.words.label(self._service.label),
        )
        self.set_back()
        self.set_primary(self.words("ui.next"), self._next)
        self._lay_out()

    def _lay_out(self) -> None:
        """Show the boxes of the questions that apply now, in their order."""
        fields = deciding_fields(self._service, self.choosing.answers, self._today)
        for number, field in enumerate(fields):
            box = self._boxes.get(field.id)
            if box is None:
                box = self._new_box(field)
                self.body.insertWidget(1 + number, box)
            box.show()
        shown = {field.id for field in fields}
        for name, box in self._boxes.items():
            box.setVisible(name in shown)
        self.order_keys()

    def _new_box(self, field: Field) -> AnswerBox:
        box = make_box(self, field)
        box.place()
        box.set_value(self.choosing.answers.get(field.id, ""))
        box.left.connect(lambda: self._left(field, box))
        self.offer_keypad(box)
        self._boxes[field.id] = box
        return box

    def _left(self, field: Field, box: AnswerBox) -> None:
        answer = normalize_answer(field, box.value())
        if answer != self.choosing.answers.get(field.id, ""):
            # What was said about the answer before is not said about this one.
            box.show_problems([])
        self.choosing.answers[field.id] = answer
        self._lay_out()

    def leaving(self) -> None:
        for field in self._service.fields():
            box = self._boxes.get(field.id)
            if box is not None:
                self.choosing.answers[field.id] = normalize_answer(field, box.value())

    def _next(self) -> None:
        self.leaving()
        self._lay_out()
        answers, today = dict(self.choosing.answers), self._today
        fields = deciding_fields(self._service, answers, today)

        def check(kiosk: Kiosk) -> tuple[Problem, ...]:
            found: list[Problem] = []
            for field in fields:
                value = answers.get(field.id, "")
                if value:
                    found += check_answer(field, value, today, kiosk.regions())
                elif field.is_required:
                    found.append(Problem(field.id, "answer_missing"))
            return tuple(problem for problem in found if problem.severity == "error")

        self.ask(check, self._checked)

    def _checked(self, problems: tuple[Problem, ...]) -> None:
        by_field = {problem.where: self.words.problem(problem) for problem in problems}
        for name, box in self._boxes.items():
            box.show_problems([by_field[name]] if name in by_field else [])
        listed = [
            (line_of(self._boxes[name].label, says), self._boxes[name].focus_target())
            for name, says in by_field.items()
        ]
        self.show_summary(listed)
        if not problems:
            from app.ui.applicant.bringing import bring_screen

            self.window_.go(bring_screen(self.choosing))
