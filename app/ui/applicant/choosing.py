"""Picks the service by a few questions, one a page, from the catalogue's decision tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from app.domain.catalogue import Catalogue, DecisionChoice, Service
from app.errors import BugError
from app.ui.screen import Screen
from app.ui.widgets.buttons import ChoiceButton
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Maker, Window

_START = "start"


class Case(NamedTuple):
    """What is asked for, once the tree has led to a service."""

    catalogue: Catalogue
    today: date
    service: Service


@dataclass
class Choosing:
    """What is known before an application exists.

    Attributes:
        answers: to the questions that decide the papers; they go into the draft.
        office_id: whose fees are shown.
    """

    catalogue: Catalogue | None = None
    today: date | None = None
    service: Service | None = None
    answers: dict[str, str] = field(default_factory=dict)
    office_id: str = ""

    def case(self) -> Case:
        """Return what is asked for; a BugError before the tree has led anywhere."""
        if self.catalogue is None or self.today is None or self.service is None:
            raise BugError("service_not_chosen")
        return Case(self.catalogue, self.today, self.service)


def begin() -> Maker:
    """Return the maker of the first question, for a new person."""
    return partial(ChoosingScreen, choosing=Choosing(), question_id=_START)


class ChoosingScreen(Screen):
    """One question of the tree; each answer is a card."""

    def __init__(self, window: Window, choosing: Choosing, question_id: str) -> None:
        super().__init__(window, "choosing")
        self._choosing, self._question_id = choosing, question_id
        self.set_back()
        if choosing.catalogue:
            self._fill(choosing.catalogue)
        else:
            self.body.addWidget(text(self.words("ui.opening"), "hint"))
            self.ask(_catalogue, self._loaded)

    def _loaded(self, found: tuple[Catalogue, date]) -> None:
        self._choosing.catalogue, self._choosing.today = found
        self.clear_body()
        self._fill(found[0])

    def _fill(self, catalogue: Catalogue) -> None:
        question = next(one for one in catalogue.decision if one.id == self._question_id)
        self.set_heading(self.words.label(question.title))
        for number, choice in enumerate(question.choices):
            card = ChoiceButton(
                self.theme,
                self.words.label(choice.label),
                partial(self._chosen, catalogue, choice),
                help_text=self.words.label(choice.help) if choice.help else "",
                name=f"choice_{choice.service or choice.question or number}",
            )
            self.body.addWidget(card)
        self.body.setSpacing(16)

    def _chosen(self, catalogue: Catalogue, choice: DecisionChoice) -> None:
        choosing = self._choosing
        if choice.question:
            maker = partial(ChoosingScreen, choosing=choosing, question_id=choice.question)
            self.window_.go(maker)
            return
        from app.ui.applicant.bringing import first_screen

        service = catalogue.service(choice.service)
        if choosing.service is None or choosing.service.id != service.id:
            choosing.service, choosing.answers = service, {}
        self.window_.go(first_screen(choosing))


def _catalogue(kiosk: Kiosk) -> tuple[Catalogue, date]:
    return kiosk.catalogues.current(), kiosk.today()
