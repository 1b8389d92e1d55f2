"""Shows what papers say in the boxes of a page, marked until the person has looked at it.

Nothing read off a paper is stored before the person confirms it, changes it or goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.ui.screen import Screen
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.cards import Card, icon_label
from app.ui.widgets.labels import restyle, text

if TYPE_CHECKING:
    from app.domain.papers.suggesting import Suggestion


class SuggestionMark(Card):
    """Says from which paper an answer was read, and takes the person's word that it is right."""

    def __init__(
        self, screen: Screen, box: AnswerBox, paper: str, confirm: Callable[[], object]
    ) -> None:
        super().__init__("sea", pad=4, gap=0)
        self.rows.setContentsMargins(12, 0, 4, 0)
        words, theme = screen.words, screen.theme
        says = words("pages.suggested.mark", paper=paper)
        self.setObjectName(f"suggested_{box.field_id}")
        self.setAccessibleName(says)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(icon_label(theme, "document_scanner", theme.colours.sea, 24))
        line.addWidget(text(says), 1)
        made = screen.make_button(
            words("pages.suggested.confirm"),
            confirm,
            "link",
            spoken=words("pages.suggested.confirm_of", question=box.label),
            name=f"confirm_{box.field_id}",
        )
        line.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        self.rows.addLayout(line)


class SuggestedAnswers:
    """The suggestions on one page of questions.

    Args:
        screen: the page.
        label_of: document type to the name of the paper.
        confirmed: called with a box whose suggestion the person took.
    """

    def __init__(
        self,
        screen: Screen,
        label_of: Callable[[str], str],
        confirmed: Callable[[AnswerBox], object],
    ) -> None:
        self._screen, self._label_of, self._confirmed = screen, label_of, confirmed
        self._marks: dict[str, SuggestionMark] = {}
        #: What stood in the box when the suggestion was put there.
        self._shown: dict[str, str] = {}
        self._known: dict[str, Suggestion] = {}

    def know(self, suggestions: Sequence[Suggestion]) -> None:
        """Take over what papers suggest now, for any page."""
        self._known = {one.field_id: one for one in suggestions}

    def papers(self, field_ids: Sequence[str]) -> tuple[str, ...]:
        """Return the papers from which something stands on this page, and how much, by name."""
        found = [self._known[one].type for one in field_ids if one in self._marks]
        return tuple(dict.fromkeys(self._label_of(kind) for kind in found))

    def count(self) -> int:
        """Return how many answers still wait to be looked at."""
        return len(self._marks)

    def offer(self, box: AnswerBox, stored: str) -> None:
        """Put a suggestion into a box that is empty, and was empty in the store."""
        known = self._known.get(box.field_id)
        if known is None or stored or box.field_id in self._marks:
            return
        if box.value() not in ("", known.value):
            return  # the person was quicker
        self._show(box, known)

    def _show(self, box: AnswerBox, known: Suggestion) -> None:
        name = box.field_id
        mark = SuggestionMark(self._screen, box, self._label_of(known.type), lambda: self.take(box))
        # Marked first: setting the value says that something was typed.
        self._marks[name] = mark
        self._shown[name] = known.value
        box.set_value(known.value)
        self._shown[name] = box.value()
        if not box.value():
            self.drop(box)
            return
        box.rows.addWidget(mark)
        _mark_lines(box, is_suggested=True)

    def is_waiting(self, box: AnswerBox) -> bool:
        """Tell whether what stands in the box is a suggestion that nobody has looked at."""
        return box.field_id in self._marks and box.value() == self._shown[box.field_id]

    def take(self, box: AnswerBox) -> None:
        """Let the suggestion be the person's answer."""
        self.drop(box)
        self._confirmed(box)

    def drop(self, box: AnswerBox) -> None:
        """Take the mark away: what stands in the box is the person's own now."""
        mark = self._marks.pop(box.field_id, None)
        self._shown.pop(box.field_id, None)
        if mark is not None:
            mark.hide()
            mark.deleteLater()
            _mark_lines(box, is_suggested=False)


def _mark_lines(box: AnswerBox, *, is_suggested: bool) -> None:
    for line in box.findChildren(QLineEdit):
        restyle(line, is_suggested=is_suggested)
