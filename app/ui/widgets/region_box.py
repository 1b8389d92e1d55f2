"""A village: found by typing its name, or by going down from the province."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.words import Words
from app.ui.theme.tokens import Theme
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.buttons import button
from app.ui.widgets.choice_box import PickList
from app.ui.widgets.labels import change_text, text
from app.ui.widgets.line import Line

if TYPE_CHECKING:
    from app.domain.regions import Region, Regions

#: Hands work on the regions to another thread, its result to the main one.
AskRegions = Callable[
    [Callable[["Regions"], "Sequence[Region]"], Callable[["Sequence[Region]"], None]], None
]
_LEVELS = ("province", "regency", "district", "village")
_FOUND = 7


class RegionBox(AnswerBox):
    """Keeps the code of the village chosen; the line shows its name."""

    def __init__(
        self, theme: Theme, words: Words, field_id: str, label: str, ask: AskRegions
    ) -> None:
        super().__init__(theme, words, field_id, label)
        self._ask = ask
        self._code = ""
        self._shown_name = ""
        self.line = Line(theme, field_id, label)
        self.line.setPlaceholderText(words("ui.field.region_search"))
        self._note = text("", "hint", name=f"note_{field_id}")
        self._list = PickList(theme, f"list_{field_id}", label)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(150)
        self._wait.timeout.connect(self.search_now)
        self.line.textEdited.connect(self._typed)
        self.line.textChanged.connect(self._put_back)
        self.line.left.connect(self.left)
        self._list.picked.connect(self.pick)
        self._list.follow(self.line)
        self._path: list[str] = []

    def place(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self._note)
        column.addWidget(self._list)
        steps = button(
            self.words("ui.field.region_steps"),
            self.start_steps,
            "link",
            theme=self.theme,
            name=f"steps_{self.field_id}",
        )
        column.addWidget(steps)
        self.rows.addLayout(column)
        self._say("")
        self._list.hide()

    # --- searching --------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._code = ""
        self._wait.start()
        self.changed.emit()

    def _put_back(self, shown: str) -> None:
        # A page made anew gets the words back; they are the chosen village's own or still a search.
        if shown != self._shown_name:
            self._code = ""

    def search_now(self) -> None:
        """Look for what is typed, without waiting for the next letter."""
        typed = self.line.text()
        if len(typed.strip()) < 2:
            self._list.hide()
            return
        self._path = []
        self._ask(lambda regions: regions.search(typed, _FOUND), self._found)

    def _found(self, regions: Sequence[Region]) -> None:
        self._fill(regions)
        self._say("" if regions else self.words("ui.field.none_found"))

    # --- going down -------------------------------------------------------------------------------

    def start_steps(self) -> None:
        """Offer the provinces, then what lies in the one chosen, down to the village."""
        self._path = [""]
        self._say(self.words("ui.field.region_province"))
        self._ask(lambda regions: regions.provinces(), self._fill)

    def _step_into(self, code: str) -> None:
        self._path.append(code)
        level = _LEVELS[len(self._path) - 1]
        self._say(self.words(f"ui.field.region_{level}"))
        self._ask(lambda regions: regions.below(code), self._fill)

    # --- choosing ---------------------------------------------------------------------------------

    def _fill(self, regions: Sequence[Region]) -> None:
        is_step = bool(self._path)
        rows = [(one.code, one.name if is_step else one.label) for one in regions]
        self._list.fill(rows)
        self._list.setVisible(bool(rows))
        if is_step and rows:
            self._list.setCurrentRow(0)
            self._list.setFocus()

    def pick(self, code: str) -> None:
        """Take the village, or go down into the place, of the row that was chosen."""
        if self._path and len(self._path) < len(_LEVELS):
            self._step_into(code)
            return
        self._path = []
        self._list.hide()
        self.set_value(code)
        self.line.setFocus()
        self.left.emit()

    def _say(self, words: str) -> None:
        change_text(self._note, words)
        self._note.setVisible(bool(words))

    def value(self) -> str:
        """Return the village's code, or what was typed when none is chosen."""
        return self._code or self.line.text().strip()

    def set_value(self, value: str) -> None:
        """Show a stored code by its name, as soon as the regions are read."""
        self._code = value
        self._shown_name = value
        if not value:
            return
        self.line.setText(value)

        def named(found: Sequence[Region]) -> None:
            label = found[0].label if found else value
            if self.line.text() not in (value, label):
                return  # the person is typing another name by now
            self._shown_name = label
            self.line.setText(label)
            self.line.setCursorPosition(0)
            self._code = value
            self.changed.emit()

        def find(regions: Regions) -> Sequence[Region]:
            region = regions.find(value)
            return (region,) if region else ()

        self._ask(find, named)

    def focus_target(self) -> QWidget:
        return self.line
