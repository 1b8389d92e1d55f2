"""Lets a person keep what only looks wrong, with a reason that travels with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.ui.screen import Screen
from app.ui.widgets.answer_box import AnswerBox
from app.ui.widgets.cards import Card
from app.ui.widgets.labels import text
from app.ui.widgets.line import Line

if TYPE_CHECKING:
    from app.errors import AppError
    from app.services.kiosk import Kiosk


class ReasonCard(Card):
    """Asks for a reason, and hands it on at a press.

    Args:
        screen: on which it stands.
        name: of the box and the button, after ``reason_`` and ``keep_``.
        asks: what stands above the box.
        says: what stands on the button.
        give: takes the reason.
    """

    def __init__(
        self, screen: Screen, name: str, asks: str, says: str, give: Callable[[str], object]
    ) -> None:
        super().__init__("warning", pad=16, gap=8)
        self.rows.addWidget(text(asks, "label"))
        self.line = Line(screen.theme, f"reason_{name}", asks)
        self.rows.addWidget(self.line)
        made = screen.make_button(
            says, lambda: give(self.line.text()), "secondary", name=f"keep_{name}"
        )
        self.rows.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)


class KeepWarning(ReasonCard):
    """Stands below the answer of which the warning speaks.

    Args:
        screen: on which it stands.
        where: the field.
        application_id: of which application.
        codes: the warnings that one reason keeps.
        kept: takes the reason once it is stored.
    """

    def __init__(
        self,
        screen: Screen,
        where: str,
        application_id: str,
        codes: tuple[str, ...],
        kept: Callable[[str], object],
    ) -> None:
        words = screen.words
        asks, says = words("ui.field.keep_reason"), words("ui.field.keep")
        super().__init__(screen, where, asks, says, self._keep)
        self.codes = codes
        self._screen, self._where, self._id, self._tell = screen, where, application_id, kept

    def keep_typed(self) -> bool:
        """Keep with the reason that stands there, for whoever goes on without the button.

        Returns:
            Whether one stands there.
        """
        typed = self.line.text()
        if typed.strip():
            self._keep(typed)
        return bool(typed.strip())

    def _keep(self, reason: str) -> None:
        from app.services.drafts import keep_warning

        application_id, where, codes = self._id, self._where, self.codes

        def work(kiosk: Kiosk) -> None:
            for code in codes:
                keep_warning(kiosk, application_id, where, code, reason)

        self._screen.ask(work, lambda _none: self._kept(reason.strip()), self._refused)

    def _refused(self, error: AppError) -> None:
        self._screen.fail(error)
        self.line.setFocus()

    def _kept(self, reason: str) -> None:
        self._screen.window_.hide_banner()
        self.hide()
        self._tell(reason)


def keep_answer(
    screen: Screen, box: AnswerBox, application_id: str, codes: tuple[str, ...]
) -> KeepWarning:
    """Return the card that keeps the warnings of a question's answer."""

    def kept(reason: str) -> None:
        box.show_problems([])
        said = screen.words("ui.field.kept", reason=reason)
        box.rows.addWidget(text(said, "hint", name=f"kept_{box.field_id}"))

    return KeepWarning(screen, box.field_id, application_id, codes, kept)
