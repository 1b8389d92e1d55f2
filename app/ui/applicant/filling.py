"""Offers to take a paper that can fill the questions of a page, and tells that it is being read."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.ui.applicant.journey import Journey
from app.ui.applicant.page_card import is_ready
from app.ui.applicant.sources import Sources, act_icon, now_words
from app.ui.screen import Screen
from app.ui.widgets.cards import Card, icon_label, notice
from app.ui.widgets.labels import text


class FillingPaper(NamedTuple):
    """A paper that is needed anyway and whose text fills questions of this page."""

    need: str
    type: str


def paper_to_take(journey: Journey, field_ids: frozenset[str]) -> FillingPaper | None:
    """Return the paper that fills most of these empty questions, if none of its pages is there."""
    best: tuple[int, FillingPaper] | None = None
    for need in journey.needs():
        if journey.pages_of(need.id):
            continue
        for kind in need.one_of:
            many = len(journey.catalogue.filled_by(kind) & field_ids)
            if many and (best is None or many > best[0]):
                best = (many, FillingPaper(need.id, kind))
    return best[1] if best else None


def paper_in_reading(journey: Journey, field_ids: frozenset[str]) -> str:
    """Return the kind of a paper that is there, may fill these, and is not read yet."""
    for page in journey.draft.pages:
        if not is_ready(page) and journey.catalogue.filled_by(page.type) & field_ids:
            return page.type
    return ""


def offer_card(screen: Screen, sources: Sources, paper: str, take: Callable[[], object]) -> Card:
    """Return the card that offers to fill the page from a paper."""
    words, theme = screen.words, screen.theme
    card = Card("sea", pad=16, gap=12)
    card.setObjectName("filling")
    line = QHBoxLayout()
    line.setSpacing(16)
    icon = icon_label(theme, "badge", theme.colours.sea, 40)
    line.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(text(words("pages.suggested.offer_title", paper=paper), "label"))
    column.addWidget(text(words("pages.suggested.offer_body")))
    line.addLayout(column, 1)
    card.rows.addLayout(line)
    made = screen.make_button(
        now_words(words, sources.chosen),
        take,
        "secondary",
        icon=act_icon(sources.chosen),
        spoken=f"{words('pages.suggested.offer_title', paper=paper)}: "
        f"{now_words(words, sources.chosen)}",
        name="fill_from_paper",
    )
    card.rows.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
    return card


def reading_card(screen: Screen, paper: str) -> Card:
    """Return the card that says that a paper is being read."""
    says = screen.words("pages.suggested.reading", paper=paper)
    card = notice(screen.theme, "sea", says, icon="hourglass_top")
    card.setObjectName("filling")
    return card


def filled_card(screen: Screen, paper: str, count: int) -> Card:
    """Return the card that says how much was read off a paper."""
    says = screen.words("pages.suggested.filled", paper=paper, count=count)
    card = notice(screen.theme, "sea", says, icon="document_scanner")
    card.setObjectName("filling")
    return card
