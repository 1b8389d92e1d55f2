"""Prints or saves a slip from any screen that has one to give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.ui.applicant.files import choose_place, write_file
from app.ui.screen import Screen
from app.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from app.domain.words import Words
    from app.printing.slip import Paper
    from app.services.kiosk import Kiosk
    from app.ui.desk import OpenDesk


class SlipButtons(Flow):
    """Two buttons; the slip is made anew each time, from what the store says.

    Args:
        screen: on which they stand.
        application_id: whose slip.
        name: of the file offered for saving; never a person's name.
        is_checklist: the list of what is missing instead of the receipt.
    """

    def __init__(
        self, screen: Screen, application_id: str, name: str, *, is_checklist: bool
    ) -> None:
        super().__init__(16)
        self._screen, self._id, self._name = screen, application_id, name
        self._is_checklist = is_checklist
        words = screen.words
        self.addWidget(
            screen.make_button(
                words("applicant.slip.print"), self._print, icon="print", name="print"
            )
        )
        self.addWidget(
            screen.make_button(words("applicant.slip.save"), self._ask, icon="usb", name="save")
        )

    def _print(self) -> None:
        screen = self._screen
        work = partial(_print, self._id, self._is_checklist, screen.words)
        screen.say(screen.words("applicant.slip.printing"))
        screen.ask_free(work, lambda _none: screen.say(screen.words("applicant.slip.printed")))

    def _ask(self) -> None:
        choose_place(self._screen, f"{self._name}.pdf", self.save_to)

    def save_to(self, path: Path) -> None:
        """Write the slip's PDF there."""
        screen = self._screen
        words, application_id, is_checklist = screen.words, self._id, self._is_checklist

        def work(desk: OpenDesk) -> None:
            write_file(path, _slip(desk.kiosk, application_id, is_checklist, words)[0])

        screen.ask_free(work, lambda _none: screen.say(words("applicant.slip.saved")))


def _slip(kiosk: Kiosk, application_id: str, is_checklist: bool, words: Words) -> tuple[bytes, str]:
    """Return the PDF and the paper it is made for."""
    from app.services.settings import read_setting
    from app.services.slips import checklist_slip, slip

    chosen = read_setting(kiosk, "paper", "a5")
    paper: Paper = "roll80" if chosen == "roll80" else "a5"
    make = checklist_slip if is_checklist else slip
    return make(kiosk, application_id, paper, words), paper


def _print(application_id: str, is_checklist: bool, words: Words, desk: OpenDesk) -> None:
    from app.services.settings import read_setting
    from app.ui.paper import print_pdf

    pdf, paper = _slip(desk.kiosk, application_id, is_checklist, words)
    print_pdf(desk, pdf, paper, read_setting(desk.kiosk, "printer", ""))
