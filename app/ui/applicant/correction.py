"""What the office sent back: each field and paper it named, its reason, and the way there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.domain.events import ReturnedItem
from app.ui.applicant import route
from app.ui.applicant.journey import CORRECTION, Journey
from app.ui.screen import Screen
from app.ui.widgets.cards import Card, notice
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.ui.window import Window


class CorrectionScreen(Screen):
    """The office's words, unchanged; only what it named is asked again."""

    def __init__(self, window: Window, journey: Journey) -> None:
        super().__init__(window, "correction")
        self.journey = journey
        words = self.words
        count = len(journey.draft.returned)
        self.set_heading(
            words("applicant.correction.heading"),
            words("applicant.correction.hint", count=count),
            above=journey.draft.reference or "",
        )
        if journey.draft.note:
            said = words("applicant.correction.office_says")
            self.body.addWidget(notice(self.theme, "sea", said, journey.draft.note, icon="mail"))
        for item in journey.draft.returned:
            self.body.addWidget(self._item(item))
        self.set_back(window.go_home)
        self.set_primary(
            words("applicant.correction.start"), lambda: route.go_on(window, journey, CORRECTION)
        )

    def _item(self, item: ReturnedItem) -> Card:
        words = self.words
        card = Card("warning", pad=16, gap=8)
        label, page = self._named(item)
        card.rows.addWidget(text(label, "title"))
        card.rows.addWidget(text(item.reason))
        link = self.make_button(
            words("applicant.correction.mend"),
            partial(route.show, self.window_, self.journey, page),
            "secondary",
            icon="edit",
            spoken=f"{words('applicant.correction.mend')}: {label}",
            name=f"mend_{item.id}",
        )
        card.rows.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _named(self, item: ReturnedItem) -> tuple[str, str]:
        """Return what the item is called, and the page where it is mended."""
        words, journey = self.words, self.journey
        if item.kind == "field":
            labels = [
                words.label(one.label)
                for one in journey.draft.service.fields()
                if one.id == item.id
            ]
            return (labels or [item.id])[0], journey.page_of(item.id)
        pages = journey.pages_of(item.id)
        need = journey.need(item.id)
        kinds = [pages[0].type] if pages else list(need.one_of[:1]) if need else []
        label = words.label(journey.catalogue.document_type(kinds[0]).label) if kinds else item.id
        return label, f"document:{item.id}"
