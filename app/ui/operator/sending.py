"""The sending panel: what waits, how far it is, when the kiosk tries again, and what to do.

Says only what is true: stored here, on its way, or received with a proof that was verified.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from app.domain.sending import SendingStatus
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.sending_words import Truth, error_of, facts, truth
from app.ui.operator.session import Session
from app.ui.theme.icons import pixmap
from app.ui.widgets.cards import Card, icon_label, notice
from app.ui.widgets.labels import change_text, text

if TYPE_CHECKING:
    from app.ui.desk import OpenDesk
    from app.ui.window import Window

_TRUTH_ICONS = {"none": "task_alt", "stored": "inventory", "sending": "cloud_upload"}


class SendingScreen(DeskScreen):
    """Live: every change of the status changes the words in place, so that nothing jumps."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "sending", session, "sending")
        words = self.words
        self.set_heading(words("operator.sending.heading"), words("operator.sending.hint"))
        self._truth_card()
        self._notices = QVBoxLayout()
        self._notices.setSpacing(16)
        self.body.addLayout(self._notices)
        self._noticed: tuple[object, ...] = ()
        self._facts = _FactRows(self)
        self.body.addWidget(self._facts)
        self.set_primary(words("operator.sending.try_now"), self._try_now, icon="sync")
        self.add_beside(words("courier.door"), self._courier, icon="usb", name="to_courier")
        self.listen(sending=self._changed)
        status = window.bridge.status()
        if status:
            self._show(status)
        else:
            change_text(self._title, words("operator.sending.starting"))
            self.ask_free(_status, self._show)

    def _truth_card(self) -> None:
        card = Card("card")
        line = QHBoxLayout()
        line.setSpacing(16)
        self._icon = icon_label(self.theme, "cloud_sync", self.theme.colours.sea, 40)
        line.addWidget(self._icon)
        column = QVBoxLayout()
        column.setSpacing(4)
        self._title = text("", "title", name="truth")
        self._detail = text("", "hint", name="truth_detail")
        column.addWidget(self._title)
        column.addWidget(self._detail)
        line.addLayout(column, 1)
        card.rows.addLayout(line)
        self._progress = QProgressBar()
        self._progress.setObjectName("progress")
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(self.words("operator.sending.progress"))
        card.rows.addWidget(self._progress)
        self.body.addWidget(card)

    def _changed(self, status: object) -> None:
        if self._is_here() and isinstance(status, SendingStatus):
            self._show(status)

    def _show(self, status: SendingStatus) -> None:
        self._show_truth(truth(self.words, status))
        now = self.window_.desk.clock.now()
        self._facts.show_rows(facts(self.words, status, now))
        self._show_notices(status)
        if self.primary_button:
            self.primary_button.setEnabled(status.is_enrolled and not status.is_busy)
        self.say(self.words("operator.sending.trying") if status.is_busy else "")

    def _show_truth(self, said: Truth) -> None:
        change_text(self._title, said.title)
        change_text(self._detail, said.detail)
        colours = self.theme.colours
        colour = colours.good if said.kind == "none" else colours.sea
        side = self.theme.text(40)
        self._icon.setPixmap(pixmap(_TRUTH_ICONS[said.kind], colour, side, 2.0))
        self._progress.setVisible(said.progress is not None)
        self._progress.setValue(said.progress or 0)
        self._progress.setAccessibleDescription(said.title)

    def _show_notices(self, status: SendingStatus) -> None:
        """Rebuild the boxes only when their words change: no button vanishes in a press."""
        wanted = (status.is_enrolled, status.set_aside_count, status.last_error)
        if wanted == self._noticed:
            return
        self._noticed = wanted
        while item := self._notices.takeAt(0):
            old = item.widget()
            if old:
                old.hide()
                old.deleteLater()
        if not status.is_enrolled:
            self._notices.addWidget(self._enrol_notice())
        if status.set_aside_count:
            self._notices.addWidget(self._set_aside_notice(status.set_aside_count))
        if status.last_error and status.is_enrolled:
            title, detail = error_of(self.words, status.last_error)
            box = notice(self.theme, "warning", title, detail)
            box.setObjectName("last_error")
            self._notices.addWidget(box)

    def _enrol_notice(self) -> Card:
        words = self.words
        box = notice(
            self.theme,
            "warning",
            words("operator.sending.not_enrolled"),
            words("operator.sending.not_enrolled_detail"),
        )
        box.setObjectName("not_enrolled")
        return self._with_act(box, words("operator.sending.enrol"), self._enrol, "enrol")

    def _set_aside_notice(self, count: int) -> Card:
        words = self.words
        many = "operator.sending.set_aside_many"
        title = words("operator.sending.set_aside_one") if count == 1 else words(many, count=count)
        box = notice(self.theme, "warning", title, words("operator.sending.set_aside_detail"))
        box.setObjectName("set_aside")
        act = words("operator.sending.set_aside_act")
        return self._with_act(box, act, self._see_set_aside, "see_set_aside")

    def _with_act(self, box: Card, words: str, act: Callable[[], object], name: str) -> Card:
        line = QHBoxLayout()
        line.addSpacing(self.theme.text(28) + 16)
        line.addWidget(self.make_button(words, act, "secondary", name=name))
        line.addStretch(1)
        box.rows.addSpacing(8)
        box.rows.addLayout(line)
        return box

    def _try_now(self) -> None:
        self.set_busy(True, self.words("operator.sending.trying"))
        self.ask_free(_wake, self._show)

    def _enrol(self) -> None:
        from app.ui.operator.device import DeviceScreen

        session = self.session
        self.window_.go(lambda window: DeviceScreen(window, session))

    def _courier(self) -> None:
        from app.ui.operator.courier import courier_maker

        self.window_.go(courier_maker(self.session))

    def _see_set_aside(self) -> None:
        from app.ui.operator.desk_screen import open_tab

        place = self.session.list_place
        place.group, place.text = "attention", ""
        open_tab(self.window_, self.session, "list")


class _FactRows(Card):
    """The facts as label and value; rows are made once and change in place."""

    def __init__(self, screen: SendingScreen) -> None:
        super().__init__("card", gap=8)
        self._screen = screen
        self._rows: dict[str, tuple[QWidget, QLabel]] = {}

    def show_rows(self, rows: tuple[tuple[str, str, str], ...]) -> None:
        """Show these rows; one that is not named any more is hidden."""
        for name, label, value in rows:
            if name not in self._rows:
                self._rows[name] = self._make(name, label)
            row, shown = self._rows[name]
            change_text(shown, value)
            row.setAccessibleName(f"{label}: {value}")
            row.show()
        named = {name for name, _, _ in rows}
        for name, (row, _) in self._rows.items():
            if name not in named:
                row.hide()

    def _make(self, name: str, label: str) -> tuple[QWidget, QLabel]:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 4, 0, 4)
        line.setSpacing(24)
        left = text(label, "hint")
        left.setFixedWidth(self._screen.theme.column(220))
        value = text("", name=f"fact_{name}")
        line.addWidget(left)
        line.addWidget(value, 1)
        self.rows.addWidget(row)
        return row, value


def _status(open_desk: OpenDesk) -> SendingStatus:
    return open_desk.sending.status()


def _wake(open_desk: OpenDesk) -> SendingStatus:
    open_desk.sending.wake()
    return open_desk.sending.status()
