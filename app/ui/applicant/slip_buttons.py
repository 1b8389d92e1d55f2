"""Prints or saves a slip from any screen that has one to give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.ui.applicant.files import choose_place, write_file
from app.ui.screen import Screen
from app.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.words import Words
    from app.printing.slip import Paper
    from app.services.kiosk import Kiosk
    from app.ui.desk import OpenDesk

SlipKind = Literal["receipt", "checklist", "billing", "payment", "interview"]


class SlipButtons(Flow):
    """Two buttons; the slip is made anew each time, from what the store says.

    Args:
        screen: on which they stand.
        application_id: whose slip.
        name: of the file offered for saving; never a person's name.
        kind: which slip.
    """

    def __init__(self, screen: Screen, application_id: str, name: str, kind: SlipKind) -> None:
        super().__init__(16)
        self._screen, self._id, self._name, self._kind = screen, application_id, name, kind
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
        work = partial(_print, self._id, self._kind, screen.words)
        screen.say(screen.words("applicant.slip.printing"))
        screen.ask_free(work, lambda _none: screen.say(screen.words("applicant.slip.printed")))

    def _ask(self) -> None:
        choose_place(self._screen, f"{self._name}.pdf", self.save_to)

    def save_to(self, path: Path) -> None:
        """Write the slip's PDF there."""
        screen = self._screen
        words, application_id, kind = screen.words, self._id, self._kind

        def work(desk: OpenDesk) -> None:
            write_file(path, _slip(desk.kiosk, application_id, kind, words)[0])

        screen.ask_free(work, lambda _none: screen.say(words("applicant.slip.saved")))


def _slip(kiosk: Kiosk, application_id: str, kind: SlipKind, words: Words) -> tuple[bytes, str]:
    """Return the PDF and the paper it is made for."""
    from app.services import life_slips, slips
    from app.services.settings import read_setting

    make: dict[SlipKind, Callable[[Kiosk, str, Paper, Words], bytes]] = {
        "receipt": slips.slip,
        "checklist": slips.checklist_slip,
        "billing": life_slips.billing_slip,
        "payment": life_slips.payment_slip,
        "interview": life_slips.interview_slip,
    }
    chosen = read_setting(kiosk, "paper", "a5")
    paper: Paper = "roll80" if chosen == "roll80" else "a5"
    return make[kind](kiosk, application_id, paper, words), paper


def _print(application_id: str, kind: SlipKind, words: Words, desk: OpenDesk) -> None:
    from app.services.settings import read_setting
    from app.ui.paper import print_pdf

    pdf, paper = _slip(desk.kiosk, application_id, kind, words)
    print_pdf(desk, pdf, paper, read_setting(desk.kiosk, "printer", ""))
