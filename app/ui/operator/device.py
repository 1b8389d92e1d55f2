"""Enrolling this kiosk with the office: address, one-time code, a name for the kiosk.

The code is never stored here and leaves the boxes as soon as the office took it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.errors import AppError, UserError
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.widgets.cards import Card, notice, value_row
from app.ui.widgets.code_box import CodeBox
from app.ui.widgets.labelled_line import LabelledLine
from app.ui.widgets.labels import change_text, text

if TYPE_CHECKING:
    from app.services.enrolment import EnrolmentView
    from app.ui.desk import OpenDesk
    from app.ui.window import Window

_GROUPS = 5
#: Errors that mean that the code is at fault; the cursor goes there.
_CODE_FAULTS = ("enrolment_code_malformed", "enrolment_refused", "enrolment_code_used")


class DeviceScreen(DeskScreen):
    """What the kiosk is to the office, and the form that makes them known to each other."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "device", session, "settings")
        self._is_asking = False
        words = self.words
        self.set_heading(words("operator.device.heading"), words("operator.device.hint"))
        self.set_back()
        from app.services.enrolment import read_enrolment

        self.ask(read_enrolment, self._found)

    def _found(self, enrolment: EnrolmentView | None) -> None:
        if enrolment:
            self._show_enrolment(enrolment)
        else:
            self._show_form()

    def _show_enrolment(self, enrolment: EnrolmentView) -> None:
        words = self.words
        self.body.addWidget(
            notice(
                self.theme,
                "good",
                words("operator.device.enrolled"),
                words("operator.device.enrolled_detail"),
            )
        )
        card = Card("card", gap=8)
        for key, value in (
            ("office", enrolment.office_name),
            ("address_now", enrolment.office_url),
            ("code_of_kiosk", enrolment.device_code),
        ):
            card.rows.addWidget(value_row(self.theme, words(f"operator.device.{key}"), value))
        self.body.addWidget(card)

    def _show_form(self) -> None:
        words = self.words
        self._address = LabelledLine(
            self.theme,
            words("operator.device.address"),
            words("operator.device.address_hint"),
            name="office_address",
        )
        self._code = CodeBox(
            self.theme,
            "enrolment_code",
            lambda number: words("operator.device.code_group", number=number, count=_GROUPS),
            groups=_GROUPS,
        )
        self._code_problem = text("", "problem", name="enrolment_code_problem")
        self._code_problem.hide()
        self._name = LabelledLine(
            self.theme,
            words("operator.device.name"),
            words("operator.device.name_hint"),
            name="device_name",
        )
        card = Card("card", gap=24)
        card.rows.addWidget(self._address)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(text(words("operator.device.code"), "label"))
        column.addWidget(text(words("operator.device.code_hint"), "hint"))
        column.addWidget(self._code_problem)
        column.addSpacing(4)
        column.addWidget(self._code)
        card.rows.addLayout(column)
        card.rows.addWidget(self._name)
        self.body.addWidget(card)
        self._busy = notice(
            self.theme,
            "sea",
            words("operator.device.busy"),
            words("operator.device.busy_detail"),
            icon="hourglass_top",
        )
        self._busy.setObjectName("enrolling")
        self._busy.hide()
        self.body.addWidget(self._busy)
        self.set_primary(words("operator.device.enrol"), self._enrol, icon="link")
        self._address.box.setFocus()
        self.filled()

    def _enrol(self) -> None:
        if self._is_asking or not self._is_whole():
            return
        address, code = self._address.value.strip(), self._code.code
        name = self._name.value.strip()
        self.window_.hide_banner()
        self._set_asking(True)

        def ask_office(open_desk: OpenDesk) -> None:
            open_desk.enrol(address, code, name)

        self.ask_free(ask_office, self._enrolled, self._refused)

    def _is_whole(self) -> bool:
        """Say beside each box what is missing; the first gets the focus."""
        words, missing = self.words, self._code.missing_count
        self._address.say_problem(
            "" if self._address.value.strip() else words("operator.device.missing_address")
        )
        self._say_code("" if not missing else words("operator.device.missing_code", count=missing))
        self._name.say_problem(
            "" if self._name.value.strip() else words("operator.device.missing_name")
        )
        wrong: list[tuple[str, QWidget]] = []
        if self._address.problem:
            wrong.append((self._address.problem, self._address.box))
        if missing:
            wrong.append((self._code_problem.text(), self._code.first_gap()))
        if self._name.problem:
            wrong.append((self._name.problem, self._name.box))
        self.show_summary(wrong)
        return not wrong

    def _say_code(self, words: str) -> None:
        change_text(self._code_problem, words)
        self._code_problem.setVisible(bool(words))
        self._code.say_problem(is_wrong=bool(words))

    def _set_asking(self, is_asking: bool) -> None:
        self._is_asking = is_asking
        self._busy.setVisible(is_asking)
        for part in (self._address, self._code, self._name):
            part.setEnabled(not is_asking)
        self.set_busy(is_asking, self.words("operator.device.busy"))

    def _enrolled(self, _nothing: None) -> None:
        session = self.session
        self.window_.replace(lambda window: DeviceScreen(window, session))

    def _refused(self, error: AppError) -> None:
        self._set_asking(False)
        self.fail(error)
        if isinstance(error, UserError) and error.code in _CODE_FAULTS:
            self._say_code(self.words.error(error)[0])
            self._code.groups[0].setFocus()
        else:
            self._address.box.setFocus()
