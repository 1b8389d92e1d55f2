"""Questions and answers shipped with the kiosk: searchable, and there before the store is open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from app.domain.help_answers import HelpAnswers, HelpEntry
from app.resources import load_help
from app.ui.screen import Screen, empty
from app.ui.widgets.buttons import ChoiceButton
from app.ui.widgets.cards import Card
from app.ui.widgets.flow import Flow
from app.ui.widgets.labels import change_text, text
from app.ui.widgets.line import Line

if TYPE_CHECKING:
    from app.ui.window import Window

_ALL = "all"
#: Shown at once; more would be a wall of text.
_MOST = 8


@cache
def _answers() -> HelpAnswers:
    return load_help()


def find_answers(typed: str, topic: str, language: str) -> tuple[HelpEntry, ...]:
    """Return the answers of a topic that speak of what was typed; all of it when nothing was."""
    answers = _answers()
    found = answers.search(typed, language) if typed.strip() else answers.entries
    return tuple(entry for entry in found if topic in (_ALL, entry.topic))


@dataclass
class _Looking:
    """What was chosen; outlives a change of language."""

    topic: str = _ALL
    open_id: str = ""
    is_all_shown: bool = False


class HelpScreen(Screen):
    """A search line, topics, and cards that open to their answer."""

    is_public = True

    def __init__(self, window: Window) -> None:
        super().__init__(window, "help", column=840)
        self._looking = _Looking()
        words = self.words
        self.set_heading(words("applicant.help.heading"), words("applicant.help.hint"))
        self.line = Line(self.theme, "help_search", words("applicant.help.search"))
        self.line.setPlaceholderText(words("applicant.help.example"))
        self.line.textChanged.connect(self._search)
        self.body.addWidget(self.line)
        self.offer_keypad(self)
        topics = Flow(8)
        named = [(one.id, words.label(one.label)) for one in _answers().topics]
        for topic, label in ((_ALL, words("applicant.help.all")), *named):
            chip = self.make_button(
                label,
                partial(self._choose_topic, topic),
                "plain",
                name=f"topic_{topic}",
            )
            chip.setCheckable(True)
            chip.setAutoExclusive(True)
            chip.setChecked(topic == _ALL)
            topics.addWidget(chip)
        self.body.addLayout(topics)
        self._count = text("", "caption", name="help_count")
        self.body.addWidget(self._count)
        self._found = QVBoxLayout()
        self._found.setSpacing(12)
        self.body.addLayout(self._found)
        self.set_back()
        self._show()

    def _choose_topic(self, topic: str) -> None:
        self._looking.topic, self._looking.open_id = topic, ""
        self._show()

    def _search(self) -> None:
        self._looking.open_id = ""
        self._show()

    def _open(self, question_id: str) -> None:
        self._looking.open_id = "" if self._looking.open_id == question_id else question_id
        self._show()
        for made in self.findChildren(ChoiceButton, question_id):
            made.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_all(self) -> None:
        self._looking.is_all_shown = True
        self._show()

    def _show(self) -> None:
        empty(self._found)
        words, looking = self.words, self._looking
        found = find_answers(self.line.text(), looking.topic, words.language)
        change_text(self._count, words("applicant.help.count", count=len(found)))
        if not found:
            card = Card("sand")
            card.rows.addWidget(text(words("applicant.help.none")))
            self._found.addWidget(card)
        most = len(found) if looking.is_all_shown or looking.topic != _ALL else _MOST
        for one in found[:most]:
            is_open = one.id == looking.open_id
            title = words.label(one.question)
            self._found.addWidget(
                ChoiceButton(self.theme, title, partial(self._open, one.id), name=one.id)
            )
            if is_open:
                self._found.addWidget(self._answer(one))
        if len(found) > most:
            more = self.make_button(
                words("applicant.help.more", count=len(found) - most), self._show_all, name="more"
            )
            self._found.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)

    def _answer(self, one: HelpEntry) -> Card:
        card = Card("sea", gap=8)
        card.rows.addWidget(text(self.words.label(one.answer), name=f"answer_{one.id}"))
        if one.source.confidence == "low":
            card.rows.addWidget(text(self.words("applicant.help.unsure"), "hint"))
        return card
