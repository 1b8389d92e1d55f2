"""Check your answers: everything on one page, each with a way to change it, and what is open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget

from app.domain.answers import Problem
from app.domain.catalogue import DocumentNeed, Field, FieldGroup
from app.domain.news import PageDeveloped
from app.ui.applicant import route
from app.ui.applicant.journey import CHECK, CONSENT, Journey
from app.ui.applicant.keeping import KeepWarning
from app.ui.applicant.page_card import is_ready, is_settled
from app.ui.applicant.page_loading import load_picture
from app.ui.applicant.shown import place_names, shown_answer
from app.ui.screen import Kept, Screen
from app.ui.widgets.cards import Card, PillKind, StatusPill, notice, value_row
from app.ui.widgets.labels import rule, text
from app.ui.widgets.page_picture import PagePicture

if TYPE_CHECKING:
    from app.services.drafts import Draft, PageView
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

#: The warning that a paper says something else than an answer.
DIFFERS = "differs_from_paper"
#: Thumbnails shown of one document; the rest is a number.
_MOST_THUMBS = 3
_THUMB_PX = 96


class _Checked(NamedTuple):
    """What the store says of the whole application."""

    draft: Draft
    problems: tuple[Problem, ...]
    places: dict[str, str]


class CheckScreen(Screen):
    """Reads the application anew, so that what is shown is what is stored."""

    def __init__(self, window: Window, journey: Journey) -> None:
        super().__init__(window, "check", column=880)
        self.journey = journey
        self._checked: _Checked | None = None
        self._links: dict[str, QPushButton] = {}
        self._keeps: list[KeepWarning] = []
        #: What was typed and where the person was, on the same page before it was made anew.
        self._before: Kept = {}
        #: What is said while papers are still being read.
        self._reading: Card | None = None
        words = self.words
        step, steps = journey.step(CHECK)
        self.set_heading(
            words("applicant.check.heading"),
            words("applicant.check.hint"),
            above=words("ui.step", step=step, steps=steps),
        )
        self.set_back(lambda: route.go_back(self.window_, journey, CHECK))
        self.set_primary(words("applicant.check.next"), self._next)
        self.add_beside(
            words("applicant.check.later"), self._later, role="plain", icon="print", name="later"
        )
        self.set_busy(True, words("ui.busy"))
        self.ask(partial(_check, application_id=journey.id), self._loaded)
        window.bridge.news_came.connect(self._heard)

    def _loaded(self, checked: _Checked) -> None:
        self._checked = checked
        self.journey.take(checked.draft)
        self.set_busy(False)
        open_at = {problem.where for problem in checked.problems}
        for group in self.journey.groups():
            self.body.addWidget(self._group(group, checked, open_at))
        needs = self.journey.needs()
        if needs:
            self.body.addWidget(self._documents(needs, open_at))
        if checked.problems:
            self._summarize(checked.problems)
        elif not self._say_reading(checked.draft):
            says = self.words("applicant.check.complete")
            self.body.insertWidget(1, notice(self.theme, "good", says))
        self.order_keys()
        if self._before:
            # A page has no length to scroll along before what was added has its place.
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            super().restore(self._before)

    def _say_reading(self, draft: Draft) -> bool:
        """Say that papers are still being read, which may bring something to light."""
        needs = {need.id for need in self.journey.needs()}
        waiting = [page for page in draft.pages if page.need in needs and not is_ready(page)]
        if waiting:
            says = self.words("pages.check.reading", count=len(waiting))
            self._reading = notice(self.theme, "sea", says, icon="hourglass_top")
            self.body.insertWidget(1, self._reading)
        return bool(waiting)

    def _heard(self, news: object) -> None:
        """Look again once a paper has been read."""
        if isinstance(news, PageDeveloped) and news.application_id == self.journey.id:
            self.ask(partial(_check, application_id=self.journey.id), self._looked_again)

    def _looked_again(self, checked: _Checked) -> None:
        known = self._checked
        is_read = all(is_ready(page) for page in checked.draft.pages)
        if known is None or (known.problems == checked.problems and not is_read):
            return
        if known.problems != checked.problems or self._reading:
            self._show_anew(self.kept())

    def _show_anew(self, kept: Kept) -> None:
        route.show(self.window_, self.journey, CHECK)
        if self.window_.screen_:
            self.window_.screen_.restore(kept)

    def restore(self, kept: Kept) -> None:
        """Put back what was typed once the answers are there, with the reasons among them."""
        if self._checked is None:
            self._before = kept
        else:
            super().restore(kept)

    # --- answers ----------------------------------------------------------------------------------

    def _group(self, group: FieldGroup, checked: _Checked, open_at: set[str]) -> Card:
        words = self.words
        card = Card(gap=8)
        title = words.label(group.title)
        card.rows.addWidget(text(title, "title"))
        kept = {one.where: one.reason for one in checked.draft.overrides}
        for number, field in enumerate(group.fields):
            if number:
                card.rows.addWidget(rule())
            value = checked.draft.answers.get(field.id, "")
            shown = shown_answer(field, value, words, checked.places) or words(
                "applicant.check.empty"
            )
            if field.id in kept:
                shown = f"{shown}\n{words('ui.field.kept', reason=kept[field.id])}"
            link = self._change_link(field, f"group:{group.id}")
            label = words.label(field.label)
            card.rows.addWidget(value_row(self.theme, label, shown, link))
            if field.id in open_at:
                found = [one for one in checked.problems if one.where == field.id]
                self._say_problems(card, field.id, found)
        return card

    def _say_problems(self, card: Card, field_id: str, found: list[Problem]) -> None:
        """Say what is open below an answer, and let a warning be kept with a reason right there."""
        for problem in found:
            is_error = problem.severity == "error"
            says = self.words.problem(problem)
            card.rows.addWidget(text(says, "problem" if is_error else "warning"))
        if all(problem.severity == "warning" for problem in found):
            codes = tuple(problem.code for problem in found)
            kept = partial(self._kept, field_id)
            keep = KeepWarning(self, field_id, self.journey.id, codes, kept)
            self._keeps.append(keep)
            card.rows.addWidget(keep)
            self.offer_keypad(keep)

    def _kept(self, field_id: str, _reason: str) -> None:
        """Show the page anew, at the answer that was kept."""
        self._show_anew({**self.kept(), ":focus": f"change_{field_id}"})

    def _change_link(self, field: Field, page: str) -> QPushButton:
        words = self.words
        link = self.make_button(
            words("ui.change"),
            partial(self._change, page),
            "link",
            spoken=f"{words('ui.change')}: {words.label(field.label)}",
            name=f"change_{field.id}",
        )
        self._links[field.id] = link
        return link

    def _change(self, page: str) -> None:
        self.journey.is_from_check = True
        route.show(self.window_, self.journey, page)

    # --- documents --------------------------------------------------------------------------------

    def _documents(self, needs: tuple[DocumentNeed, ...], open_at: set[str]) -> Card:
        card = Card(gap=16)
        card.rows.addWidget(text(self.words("applicant.check.documents"), "title"))
        for number, need in enumerate(needs):
            if number:
                card.rows.addWidget(rule())
            card.rows.addWidget(self._document(need, f"document:{need.id}" in open_at))
        return card

    def _document(self, need: DocumentNeed, is_open: bool) -> QWidget:
        words, catalogue = self.words, self.journey.catalogue
        pages = self.journey.pages_of(need.id)
        kind = pages[0].type if pages else ""
        if kind or len(need.one_of) == 1:
            label = words.label(catalogue.document_type(kind or need.one_of[0]).label)
        else:
            label = words("applicant.document.one_of")
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        line.addWidget(text(label, "label"), 1)
        for page in pages[:_MOST_THUMBS]:
            if not page.is_at_office:
                spoken = words("applicant.document.page", number=page.position + 1)
                picture = PagePicture(self.theme, spoken, QSize(_THUMB_PX, _THUMB_PX))
                line.addWidget(picture)
                load_picture(self, page, picture, _THUMB_PX)
        line.addWidget(self._pill(pages, is_open=is_open))
        page_name = f"document:{need.id}"
        link = self.make_button(
            words("ui.change"),
            partial(self._change, page_name),
            "link",
            spoken=f"{words('ui.change')}: {label}",
            name=f"change_{page_name}",
        )
        self._links[page_name] = link
        line.addWidget(link, 0, Qt.AlignmentFlag.AlignVCenter)
        return row

    def _pill(self, pages: list[PageView], *, is_open: bool) -> StatusPill:
        """Return the state of a paper: how many pages, or what is wrong with it."""
        words = self.words
        kind: PillKind = "good"
        says = words("applicant.document.pages", count=len(pages))
        if not pages:
            kind = "danger" if is_open else "quiet"
            says = words(f"applicant.check.{'missing' if is_open else 'none'}")
        elif not all(is_settled(page) for page in pages):
            kind, says = "danger", words("pages.check.not_good")
        elif any(page.kept_reason for page in pages):
            kind, says = "warn", f"{says}, {words('pages.check.kept')}"
        return StatusPill(self.theme, kind, says)

    # --- going on ---------------------------------------------------------------------------------

    def _summarize(self, problems: tuple[Problem, ...]) -> None:
        listed = []
        for problem in problems:
            link = self._links.get(problem.where)
            if link is not None:
                listed.append((f"{self._label(problem)}: {self._shortly(problem)}", link))
        self.show_summary(listed)

    def _shortly(self, problem: Problem) -> str:
        """Return a problem for the list at the top; what to do stands beside the answer."""
        if problem.code == DIFFERS:
            paper = self.words.paper(problem.params["paper"])
            return self.words("pages.check.differs", paper=paper, read=problem.params["read"])
        return self.words.problem(problem)

    def _label(self, problem: Problem) -> str:
        words = self.words
        if problem.where.startswith("document:"):
            need = self.journey.need(problem.where.partition(":")[2])
            kinds = need.one_of if need else ()
            if len(kinds) == 1:
                return words.label(self.journey.catalogue.document_type(kinds[0]).label)
            return words("applicant.document.one_of")
        fields = self.journey.draft.service.fields()
        found = (words.label(one.label) for one in fields if one.id == problem.where)
        return next(found, "")

    def _next(self) -> None:
        if self._checked is None:
            return
        # A list, so that each of them is kept.
        if any([keep.keep_typed() for keep in self._keeps]):
            return
        if self._checked.problems:
            self._summarize(self._checked.problems)
        else:
            route.show(self.window_, self.journey, CONSENT)

    def _later(self) -> None:
        from app.ui.applicant.pausing import PausingScreen

        self.window_.go(partial(PausingScreen, journey=self.journey))


def _check(kiosk: Kiosk, application_id: str) -> _Checked:
    from app.services.drafts import load_draft
    from app.services.finalizing import check_draft

    draft = load_draft(kiosk, application_id)
    places = place_names(draft.service.fields(), draft.answers, kiosk.regions())
    return _Checked(draft, check_draft(kiosk, application_id), places)
