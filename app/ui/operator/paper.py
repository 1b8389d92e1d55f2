"""Which paper slips are printed on, and by which printer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.services.settings import read_setting, write_setting
from app.ui.operator.choices import Choices, Option
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.widgets.cards import notice
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.services.kiosk import Kiosk
    from app.ui.desk import OpenDesk
    from app.ui.window import Window

PAPERS = ("a5", "roll80")


class PaperScreen(DeskScreen):
    """The paper at once; printers when the system has named them, which can take seconds."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "paper", session, "settings")
        words = self.words
        self._printers: Choices | None = None
        self._paper: Choices | None = None
        self._chosen = ""
        self.set_heading(words("operator.paper.heading"), words("operator.paper.hint"))
        self.set_back()
        self.set_primary(words("operator.paper.save"), self._save, icon="save").setEnabled(False)
        self.ask(_chosen, self._show)

    def _show(self, chosen: tuple[str, str]) -> None:
        words = self.words
        paper, self._chosen = chosen
        self._paper = Choices(
            self.theme,
            words("operator.paper.size"),
            [
                Option(name, words(f"operator.paper.{name}"), words(f"operator.paper.{name}_help"))
                for name in PAPERS
            ],
            paper,
            name="paper",
        )
        self.body.addWidget(self._paper)
        self._place: QWidget = text(words("operator.paper.looking"), "hint")
        self.body.addWidget(self._place)
        self._look()

    def _look(self) -> None:
        self.ask_free(_printer_names, self._found)

    def _found(self, names: list[str]) -> None:
        words = self.words
        options = [Option("", words("operator.paper.system"), words("operator.paper.system_help"))]
        options += [Option(name, name) for name in names]
        is_known = self._chosen in names
        if names:
            self._printers = Choices(
                self.theme,
                words("operator.paper.printer"),
                options,
                self._chosen if is_known else "",
                name="printer",
            )
            self._put(self._printers)
        else:
            none = notice(
                self.theme,
                "warning",
                words("operator.paper.none_found"),
                words("operator.paper.none_found_detail"),
                icon="print",
            )
            none.setObjectName("no_printer")
            again = self.make_button(
                words("operator.paper.look_again"), self._look, icon="refresh", name="look_again"
            )
            none.rows.addSpacing(8)
            none.rows.addWidget(flow_of([again]))
            self._put(none)
        if self.primary_button:
            self.primary_button.setEnabled(True)
        self.filled()

    def _put(self, widget: QWidget) -> None:
        self.body.replaceWidget(self._place, widget)
        self._place.hide()
        self._place.deleteLater()
        self._place = widget

    def _save(self) -> None:
        paper = self._paper.value if self._paper else "a5"
        printer = self._printers.value if self._printers else self._chosen
        self.set_busy(True, self.words("ui.saving"))

        def write(kiosk: Kiosk) -> None:
            write_setting(kiosk, "paper", paper)
            write_setting(kiosk, "printer", printer)

        def written(_nothing: None) -> None:
            self.set_busy(False)
            self.say(self.words("operator.settings.saved"))

        self.ask(write, written)


def _chosen(kiosk: Kiosk) -> tuple[str, str]:
    return read_setting(kiosk, "paper", "a5"), read_setting(kiosk, "printer", "")


def _printer_names(_open_desk: OpenDesk) -> list[str]:
    from app.ui.paper import printer_names

    return printer_names()
