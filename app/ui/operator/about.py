"""Which program and services these are, and what the doctor found, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app import __version__
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.widgets.cards import Card, icon_label, notice, value_row
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.doctor import DoctorReport, Finding
    from app.services.enrolment import EnrolmentView
    from app.services.kiosk import Kiosk
    from app.ui.desk import OpenDesk
    from app.ui.window import Window


class AboutScreen(DeskScreen):
    """Versions at once; findings when the doctor is done."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "about", session, "settings")
        words = self.words
        self.set_heading(words("operator.about.heading"))
        self._facts = Card("card", gap=8)
        self._row("program", words("operator.about.program_version", version=__version__))
        self.body.addWidget(self._facts)
        self._findings = Card("card", gap=12)
        self._findings.setObjectName("findings")
        self.body.addWidget(self._findings)
        self.set_back()
        self.ask(_known, self._show_known)
        open_desk = window.tasks.open_desk
        if open_desk and open_desk.examine:
            self.set_primary(words("operator.about.again"), self._examine, icon="refresh")
            self._examine()
        else:
            self._findings.hide()

    def _row(self, name: str, value: str) -> None:
        label = self.words(f"operator.about.{name}")
        self._facts.rows.addWidget(value_row(self.theme, label, value))

    def _show_known(self, known: tuple[str, EnrolmentView | None]) -> None:
        version, enrolment = known
        self._row("catalogue", self.words("operator.about.catalogue_version", version=version))
        none = self.words("operator.about.office_none")
        self._row("office", enrolment.office_name if enrolment else none)
        if enrolment:
            self._row("device", enrolment.device_code)

    def _examine(self) -> None:
        self._fill([text(self.words("operator.about.checking"), "hint")])
        self.set_busy(True, self.words("operator.about.checking"))
        self.ask_free(_examine, self._found)

    def _found(self, report: DoctorReport | None) -> None:
        self.set_busy(False)
        findings = report.findings if report else ()
        wrong = [finding for finding in findings if finding.state != "well"]
        lines = [self._finding_line(finding) for finding in sorted(findings, key=_urgency)]
        if not wrong:
            fine = self.words("operator.about.fine")
            lines.insert(0, notice(self.theme, "good", fine))
        self._fill(lines)

    def _fill(self, widgets: list[QWidget]) -> None:
        while item := self._findings.rows.takeAt(0):
            old = item.widget()
            if old:
                old.hide()
                old.deleteLater()
        title = text(self.words("operator.about.findings"), "title")
        for widget in [title, *widgets]:
            self._findings.rows.addWidget(widget)

    def _finding_line(self, finding: Finding) -> QWidget:
        colours = self.theme.colours
        icon, colour = {
            "well": ("check_circle", colours.good),
            "weak": ("warning", colours.warn),
            "broken": ("report", colours.danger),
        }[finding.state]
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        drawn = icon_label(self.theme, icon, colour, 24)
        line.addWidget(drawn, 0, Qt.AlignmentFlag.AlignTop)
        said = self.words(f"doctor.{finding.code}", **finding.params)
        line.addWidget(text(said), 1)
        state = self.words(f"doctor.{finding.state}")
        holder.setAccessibleName(f"{state}: {said}")
        return holder


def _urgency(finding: Finding) -> int:
    return {"broken": 0, "weak": 1, "well": 2}[finding.state]


def _known(kiosk: Kiosk) -> tuple[str, EnrolmentView | None]:
    from app.services.enrolment import read_enrolment

    return kiosk.catalogues.current().version, read_enrolment(kiosk)


def _examine(open_desk: OpenDesk) -> DoctorReport | None:
    return open_desk.examine() if open_desk.examine else None
