"""One small group of questions; each answer is stored when its question is left."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.domain.answers import Problem
from app.domain.catalogue import Field
from app.domain.news import PageDeveloped
from app.ui.applicant import route
from app.ui.applicant.filling import (
    filled_card,
    offer_card,
    paper_in_reading,
    paper_to_take,
    reading_card,
)
from app.ui.applicant.journey import Journey
from app.ui.applicant.keeping import KeepWarning, keep_answer
from app.ui.applicant.questions import make_box
from app.ui.applicant.saving import Papers, Saved, check_page, read_papers, save
from app.ui.applicant.sources import Sources, load_sources
from app.ui.applicant.suggested import SuggestedAnswers
from app.ui.screen import Kept, Screen
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.cards import Card, notice
from app.ui.widgets.summary import line_of

if TYPE_CHECKING:
    from app.services.drafts import Draft
    from app.ui.window import Window


#: What ``check_page`` returns.
_Found = tuple["Draft", tuple[Problem, ...]]
#: Among what is kept when a page is made anew.
_CHECKED = ":checked"


class FormScreen(Screen):
    """Shows the questions of a group that apply; one answer may bring up another question."""

    def __init__(self, window: Window, journey: Journey, group_id: str) -> None:
        super().__init__(window, "form")
        self.journey = journey
        self.page = f"group:{group_id}"
        self._group_id = group_id
        self._boxes: dict[str, AnswerBox] = {}
        #: What was last handed to the store, by question.
        self._known: dict[str, str] = {}
        self._keeps: dict[str, KeepWarning] = {}
        self._shows_problems = False
        self._sources = Sources()
        self._filling: Card | None = None
        self._suggested = SuggestedAnswers(self, self._paper, self._take)
        words = self.words
        group = journey.group(group_id)
        step, steps = journey.step(self.page)
        self.set_heading(
            words.label(group.title) if group else "",
            above=words("ui.step", step=step, steps=steps),
        )
        self.set_back(self._go_back)
        self.set_primary(words("ui.next"), self._next)
        self.add_beside(
            words("applicant.pausing.stop"), self._pause, role="plain", icon="save", name="pause"
        )
        self._lay_out()
        self._ask_papers()
        self.ask(load_sources, self._found_sources)
        window.bridge.news_came.connect(self._heard)

    # --- boxes ------------------------------------------------------------------------------------

    def fields(self) -> tuple[Field, ...]:
        """Return the questions that apply now."""
        group = self.journey.group(self._group_id)
        return group.fields if group else ()

    def _lay_out(self) -> None:
        fields = self.fields()
        first = 2 if self._filling else 1
        for number, field in enumerate(fields):
            box = self._boxes.get(field.id)
            if box is None:
                box = self._new_box(field)
                self._boxes[field.id] = box
                self.body.insertWidget(first + number, box)
        shown = {field.id for field in fields}
        for name, box in self._boxes.items():
            box.setVisible(name in shown)
        self.order_keys()

    def _new_box(self, field: Field) -> AnswerBox:
        box = make_box(self, field)
        item = self.journey.returned("field", field.id)
        if item:
            said = self.words("applicant.correction.office_says")
            box.rows.addWidget(notice(self.theme, "warning", said, item.reason, icon="mail"))
        box.place()
        value = self.journey.answers.get(field.id, "")
        self._known[field.id] = value
        box.set_value(value)
        box.left.connect(partial(self._save, box))
        self.offer_keypad(box)
        return box

    # --- saving -----------------------------------------------------------------------------------

    def _save(self, box: AnswerBox) -> None:
        """Hand a changed answer to the store; the person goes on meanwhile."""
        value, name, journey = box.value(), box.field_id, self.journey
        if self.is_left or value == self._known[name] or self._suggested.is_waiting(box):
            return
        self._suggested.drop(box)
        self._submit(box, value)
        self.say(self.words("ui.saving"))
        journey.answers[name] = value
        before = {one for one in self._boxes.values() if not one.isHidden()}
        self._lay_out()
        new = [one for one in self._boxes.values() if not one.isHidden() and one not in before]
        if new and self.primary_button and self.primary_button.hasFocus():
            # The Tab key was on its way past a question that was not there yet.
            new[0].focus_target().setFocus(Qt.FocusReason.TabFocusReason)

    def _submit(self, box: AnswerBox, value: str) -> None:
        name, journey, answers = box.field_id, self.journey, dict(self.journey.answers)
        self._known[name] = value
        # A reason that stands there was written for the answer before.
        self._drop_keep(name)
        # Not dropped when the person leaves: the answer is stored either way, and the journey
        # has to know it in the form in which it was stored.
        self.window_.tasks.in_store(
            lambda kiosk: save(kiosk, journey.draft, name, value, answers),
            partial(self._saved, box, value),
            self.window_.show_error,
        )

    def _saved(self, box: AnswerBox, typed: str, saved: Saved) -> None:
        if self.journey.answers.get(box.field_id) == typed:
            self.journey.answers[box.field_id] = saved.value
        if not self._is_here() or self._known[box.field_id] != typed:
            return
        self._known[box.field_id] = saved.value
        if box.value() == typed and saved.value != typed:
            box.set_value(saved.value)
        self._drop_keep(box.field_id)
        self._show(box, saved.problems)
        self.say(self.words("ui.saved"))
        self._lay_out()
        self.keep_focus_in_sight()

    def leaving(self) -> None:
        """Store what is typed in a box that still has the focus."""
        for name, box in self._boxes.items():
            if box.value() != self._known[name] and not self._suggested.is_waiting(box):
                self.journey.answers[name] = box.value()
                self._submit(box, box.value())

    def _pause(self) -> None:
        from app.ui.applicant.pausing import PausingScreen

        self.window_.go(partial(PausingScreen, journey=self.journey))

    def _go_back(self) -> None:
        self.leaving()
        route.go_back(self.window_, self.journey, self.page)

    def kept(self) -> Kept:
        """Remember that wrong answers are being shown, too."""
        return {**super().kept(), _CHECKED: self._shows_problems}

    def restore(self, kept: Kept) -> None:
        """Show again what is wrong, in the other language or size."""
        super().restore(kept)
        if kept.get(_CHECKED):
            self._check(self._show_found)

    # --- what papers say --------------------------------------------------------------------------

    def _paper(self, kind: str) -> str:
        return self.words.paper(kind)

    def _ask_papers(self) -> None:
        application_id = self.journey.id
        self.ask(lambda kiosk: read_papers(kiosk, application_id), self._papers_said)

    def _papers_said(self, said: Papers) -> None:
        self.journey.draft = said.draft
        self._suggested.know(said.suggestions)
        for name, box in self._boxes.items():
            if not box.isHidden():
                self._suggested.offer(box, self.journey.answers.get(name, ""))
        self._show_filling()

    def _found_sources(self, sources: Sources) -> None:
        self._sources = sources
        self._show_filling()

    def _heard(self, news: object) -> None:
        """Fill in what was read, as soon as a paper has been read."""
        if isinstance(news, PageDeveloped) and news.application_id == self.journey.id:
            self._ask_papers()

    def _take(self, box: AnswerBox) -> None:
        value = box.value()
        self.journey.answers[box.field_id] = value
        self._submit(box, value)
        self.say(self.words("ui.saving"))
        self._lay_out()

    def _show_filling(self) -> None:
        """Say at the top what fills this page: a paper to take, one being read, or one read."""
        if self._filling:
            self._filling.hide()
            self.body.removeWidget(self._filling)
            self._filling.deleteLater()
        self._filling = self._filling_card()
        if self._filling:
            self.body.insertWidget(1, self._filling)
        self.order_keys()

    def _filling_card(self) -> Card | None:
        names = [field.id for field in self.fields()]
        papers = self._suggested.papers(names)
        if papers:
            return filled_card(self, papers[0], self._suggested.count())
        desk = self.window_.tasks.open_desk
        if desk is None or not desk.kiosk.imaging.can_read:
            return None
        empty_ones = frozenset(one for one in names if not self._boxes[one].value())
        kind = paper_in_reading(self.journey, empty_ones)
        if kind:
            return reading_card(self, self._paper(kind))
        wanted = paper_to_take(self.journey, empty_ones)
        if wanted is None or self.journey.is_correction:
            return None
        act = partial(self._take_paper, wanted.need)
        return offer_card(self, self._sources, self._paper(wanted.type), act)

    def _take_paper(self, need: str) -> None:
        self.leaving()
        self.journey.returns_to = self.page
        route.show(self.window_, self.journey, f"document:{need}")

    # --- going on ---------------------------------------------------------------------------------

    def _next(self) -> None:
        # Going on says that what stands there is right.
        for box in self._boxes.values():
            if not box.isHidden() and self._suggested.is_waiting(box):
                self._suggested.take(box)
        self.leaving()
        for name, keep in self._keeps.items():
            if not self._boxes[name].isHidden():
                keep.keep_typed()
        self.set_busy(True, self.words("ui.saving"))
        self._check(self._checked)

    def _check(self, done: Callable[[_Found], object]) -> None:
        names = frozenset(field.id for field in self.fields())
        application_id = self.journey.id
        self.ask(lambda kiosk: check_page(kiosk, application_id, names), done)

    def _checked(self, found: _Found) -> None:
        self.set_busy(False)
        self.journey.take(found[0])
        if self._show_found(found):
            return
        route.go_on(self.window_, self.journey, self.page)

    def _show_found(self, found: _Found) -> bool:
        """Show what is wrong at the top and beside the boxes; tell whether anything is."""
        draft, problems = found
        self._lay_out()
        kept = {(one.where, one.code) for one in draft.overrides}
        open_problems = [
            problem
            for problem in problems
            if problem.severity == "error" or (problem.where, problem.code) not in kept
        ]
        for name, box in self._boxes.items():
            self._show(box, tuple(one for one in open_problems if one.where == name))
        self.show_summary([self._line_of(problem) for problem in open_problems])
        self._shows_problems = bool(open_problems)
        return self._shows_problems

    def _line_of(self, problem: Problem) -> tuple[str, QWidget]:
        box = self._boxes[problem.where]
        return line_of(box.label, self.words.problem(problem)), box.focus_target()

    # --- what is wrong ----------------------------------------------------------------------------

    def _show(self, box: AnswerBox, problems: tuple[Problem, ...]) -> None:
        errors = [problem for problem in problems if problem.severity == "error"]
        shown = errors or problems
        box.show_problems([self.words.problem(one) for one in shown], is_warning=not errors)
        warnings = tuple(one.code for one in problems if one.severity == "warning")
        if errors or not warnings:
            self._drop_keep(box.field_id)
        elif box.field_id not in self._keeps:
            keep = keep_answer(self, box, self.journey.id, warnings)
            self._keeps[box.field_id] = keep
            box.rows.addWidget(keep)
            self.offer_keypad(keep)

    def _drop_keep(self, field_id: str) -> None:
        keep = self._keeps.pop(field_id, None)
        if keep:
            keep.hide()
            keep.deleteLater()
