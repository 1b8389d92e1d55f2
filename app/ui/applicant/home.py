"""The first screen: apply, continue, check the status, ask; the only one that start-up imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout

from app.ui.screen import Screen
from app.ui.widgets.buttons import ChoiceButton
from app.ui.widgets.cards import icon_label
from app.ui.widgets.labels import text
from app.ui.widgets.waves import Waves

if TYPE_CHECKING:
    from app.ui.window import Window


class HomeScreen(Screen):
    """Shows nothing of anybody, and needs no store to be painted."""

    is_public = True

    def __init__(self, window: Window) -> None:
        super().__init__(window, "home", column=1040)
        words = self.words
        self.body.addSpacing(16)
        self.body.addWidget(text(words("applicant.home.heading"), "display", name="heading"))
        self.body.addWidget(text(words("applicant.home.hint"), "hint"))
        self.body.addSpacing(8)
        grid = QGridLayout()
        grid.setSpacing(24)
        columns = 1 if self.theme.scale > 1.3 else 2
        for position, (name, icon, act) in enumerate(
            (
                ("apply", "assignment", self._apply),
                ("resume", "history", self._resume),
                ("status", "schedule", self._status),
                ("ask", "contact_support", self._ask),
            )
        ):
            card = ChoiceButton(
                self.theme,
                words(f"applicant.home.{name}"),
                act,
                help_text=words(f"applicant.home.{name}_help"),
                icon=icon,
                name=name,
            )
            card.least = self.theme.target(128)
            grid.addWidget(card, position // columns, position % columns)
            grid.setColumnStretch(position % columns, 1)
        self.body.addLayout(grid)
        self.body.addSpacing(8)
        self._promise()
        self.below.addWidget(Waves(self.theme))
        self.setAccessibleName(words("applicant.home.heading"))

    def _promise(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(
            icon_label(self.theme, "verified", self.theme.colours.accent, 24),
            0,
            Qt.AlignmentFlag.AlignVCenter,
        )
        line.addWidget(text(self.words("applicant.home.promise"), "hint"), 1)
        line.addWidget(
            self.make_button(
                self.words("applicant.home.operator"),
                self._operator,
                "plain",
                icon="lock",
                name="operator",
            )
        )
        self.body.addLayout(line)

    def _apply(self) -> None:
        from app.ui.applicant.choosing import begin

        self.window_.go(begin())

    def _resume(self) -> None:
        from app.ui.applicant.resuming import ResumeScreen

        self.window_.go(ResumeScreen)

    def _status(self) -> None:
        from app.ui.applicant.status import StatusScreen

        self.window_.go(StatusScreen)

    def _ask(self) -> None:
        from app.ui.applicant.help import HelpScreen

        self.window_.go(HelpScreen)

    def _operator(self) -> None:
        from app.ui.operator.entry import enter

        self.window_.go(enter())
