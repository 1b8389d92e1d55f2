"""What to bring, what it costs, how long it takes and what happens in person, before any typing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.catalogue import DocumentNeed
from app.domain.checking import needed_documents
from app.domain.fees import fees_due
from app.ui.applicant.choosing import Choosing
from app.ui.applicant.deciding import DecidingScreen, deciding_fields
from app.ui.screen import Screen, empty
from app.ui.widgets.cards import Card, icon_label, notice, value_row
from app.ui.widgets.choice_box import choice_box
from app.ui.widgets.labels import rule, text

if TYPE_CHECKING:
    from app.ui.window import Maker, Window


def first_screen(choosing: Choosing) -> Maker:
    """Return the questions that decide the papers, or the papers where none decides."""
    case = choosing.case()
    if deciding_fields(case.service, {}, case.today):
        return partial(DecidingScreen, choosing=choosing)
    return bring_screen(choosing)


def bring_screen(choosing: Choosing) -> Maker:
    """Return the list of papers for what is known."""
    return partial(BringingScreen, choosing=choosing)


class BringingScreen(Screen):
    """For exactly this case; the next step is a PIN, so that nothing typed can be lost."""

    def __init__(self, window: Window, choosing: Choosing) -> None:
        super().__init__(window, "bringing", column=840)
        self._choosing = choosing
        self._catalogue, self._today, self._service = choosing.case()
        words = self.words
        self.set_heading(
            words("applicant.bringing.heading"),
            words.label(self._service.summary),
            above=words.label(self._service.label),
        )
        if self._service.has_examination:
            self.body.addWidget(
                notice(
                    self.theme,
                    "warning",
                    words("applicant.bringing.examination"),
                    words("applicant.bringing.examination_body"),
                )
            )
        self.body.addWidget(self._papers())
        self.body.addWidget(self._costs())
        self.body.addWidget(self._in_person())
        self.set_back()
        self.set_primary(words("applicant.bringing.start"), self._start)

    def _papers(self) -> Card:
        words = self.words
        card = Card()
        card.rows.addWidget(text(words("applicant.bringing.papers"), "title"))
        needs = needed_documents(self._service, self._choosing.answers, self._today)
        for number, need in enumerate(needs):
            if number:
                card.rows.addWidget(rule())
            card.rows.addLayout(self._paper(need))
        if not needs:
            card.rows.addWidget(text(words("applicant.bringing.no_papers")))
        return card

    def _paper(self, need: DocumentNeed) -> QHBoxLayout:
        words = self.words
        kinds = [self._catalogue.document_type(kind) for kind in need.one_of]
        line = QHBoxLayout()
        line.setSpacing(16)
        top = Qt.AlignmentFlag.AlignTop
        line.addWidget(icon_label(self.theme, "description", self.theme.colours.sea, 28), 0, top)
        column = QVBoxLayout()
        column.setSpacing(4)
        if len(kinds) == 1:
            title = words.label(kinds[0].label)
        else:
            title = words("applicant.bringing.one_of")
        if not need.is_required:
            title = f"{title} ({words('applicant.bringing.if_any')})"
        column.addWidget(text(title, "label"))
        if len(kinds) == 1:
            column.addWidget(text(words.label(kinds[0].help), "hint"))
        else:
            for kind in kinds:
                column.addWidget(text(f"•  {words.label(kind.label)}"))
        if need.note:
            column.addWidget(text(words.label(need.note), "hint"))
        line.addLayout(column, 1)
        return line

    def _costs(self) -> Card:
        words = self.words
        card = Card()
        card.rows.addWidget(text(words("applicant.bringing.fees"), "title"))
        offices = [(one.id, words.label(one.label)) for one in self._catalogue.offices]
        box = choice_box(
            self.theme, words, "fee_office", words("applicant.bringing.office"), offices
        )
        box.place()
        self._amounts = QWidget()
        self._amount_rows = QVBoxLayout(self._amounts)
        self._amount_rows.setContentsMargins(0, 0, 0, 0)
        if len(offices) > 1:
            card.rows.addWidget(box)
        card.rows.addWidget(self._amounts)
        if not self._choosing.office_id and offices:
            self._choosing.office_id = self._choosing.answers.get("office") or offices[0][0]
        box.set_value(self._choosing.office_id)
        box.changed.connect(lambda: self._office_chosen(box.value()))
        if self._service.fee_note:
            card.rows.addWidget(text(words.label(self._service.fee_note), "hint"))
        card.rows.addWidget(text(words("applicant.bringing.no_refund"), "hint"))
        self._show_amounts()
        return card

    def _office_chosen(self, office_id: str) -> None:
        self._choosing.office_id = office_id
        self._show_amounts()

    def _show_amounts(self) -> None:
        empty(self._amount_rows)
        choosing = self._choosing
        fees = fees_due(
            self._catalogue, self._service, choosing.office_id, choosing.answers, self._today
        )
        for fee in fees:
            row = value_row(self.theme, self.words.rupiah(fee.rupiah), self.words.label(fee.label))
            self._amount_rows.addWidget(row)
        if not fees:
            self._amount_rows.addWidget(text(self.words("applicant.bringing.no_fee_known")))

    def _in_person(self) -> Card:
        words = self.words
        card = Card("sea")
        card.rows.addWidget(text(words("applicant.bringing.in_person"), "title"))
        for number, step in enumerate(self._service.steps, start=1):
            card.rows.addWidget(text(f"{number}.  {words.label(step)}"))
        if self._service.clocks:
            card.rows.addWidget(rule())
            card.rows.addWidget(text(words("applicant.bringing.clocks"), "label"))
        for clock_id in self._service.clocks:
            card.rows.addWidget(text(f"•  {words.label(self._catalogue.clock(clock_id).label)}"))
        return card

    def _start(self) -> None:
        from app.ui.applicant.securing import SecuringScreen

        self.window_.go(partial(SecuringScreen, choosing=self._choosing))
