"""The courier's page: plug in a stick, see what will be done, wait, pull it out.

Says that the stick may be pulled out only after everything on it was read back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.domain.courier import Courier, CourierProgress, Drive, Exchanged, OnStick, Waits
from app.errors import AppError, BugError
from app.ui.applicant.files import choose_folder
from app.ui.operator import courier_words
from app.ui.operator.choices import Choices, Option
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.screen import empty
from app.ui.widgets.buttons import CheckCard
from app.ui.widgets.cards import Card, icon_label, notice
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import change_text, text

if TYPE_CHECKING:
    from app.ui.desk import OpenDesk
    from app.ui.window import Window

_LOOK_MS = 2000
_TELL_MS = 100
#: Parts of the progress bar.
_PARTS = 1000


@dataclass
class Stay:
    """One stick's stay; outlives the page when its language changes.

    Attributes:
        drives: what is plugged in, and a folder that was chosen.
        folder: of the stick that is used.
        progress: written by the thread that works, read by the page.
        ends: set when somebody breaks it off.
    """

    drives: tuple[Drive, ...] = ()
    chosen: tuple[Drive, ...] = ()
    folder: str = ""
    carries_others: bool = False
    is_busy: bool = False
    progress: CourierProgress | None = None
    done: Exchanged | None = None
    ends: Event = field(default_factory=Event)


class CourierScreen(DeskScreen):
    """One page in three states: choosing, working, done."""

    def __init__(self, window: Window, session: Session, stay: Stay | None = None) -> None:
        super().__init__(window, "courier", session, "sending")
        self._stay = stay if stay is not None else Stay()
        self._choices: Choices | None = None
        self._others: CheckCard | None = None
        self._seen: tuple[object, ...] = ()
        self._is_looking = False
        words = self.words
        self.set_heading(words("courier.heading"), words("courier.hint"))
        self._page = QVBoxLayout()
        self._page.setSpacing(24)
        self.body.addLayout(self._page)
        self._looks = QTimer(self)
        self._looks.setInterval(_LOOK_MS)
        self._looks.timeout.connect(self._look)
        self._tells = QTimer(self)
        self._tells.setInterval(_TELL_MS)
        self._tells.timeout.connect(self._show_progress)
        if self._stay.done is not None:
            self._show_done(self._stay.done)
        else:
            self._show_choice()

    def leaving(self) -> None:
        """Break off what is under way: nothing is lost by it."""
        self._looks.stop()
        self._tells.stop()
        self._stay.ends.set()
        self._stay.is_busy = False

    # --- choosing ---------------------------------------------------------------------------------

    def _show_choice(self) -> None:
        words = self.words
        empty(self._page)
        self._choices, self._others, self._seen = None, None, ()
        self.set_back()
        start = self.set_primary(words("courier.start"), self._start, icon="usb")
        start.setEnabled(False)
        self._road = QVBoxLayout()
        self._road.setSpacing(16)
        self._page.addLayout(self._road)
        self._sticks = QVBoxLayout()
        self._sticks.setSpacing(16)
        self._page.addLayout(self._sticks)
        folder = self.make_button(
            words("courier.choose_folder"), self._choose, icon="folder_open", name="choose_folder"
        )
        self._page.addWidget(flow_of([folder]))
        self._plan = QVBoxLayout()
        self._plan.setSpacing(16)
        self._page.addLayout(self._plan)
        self._show_sticks()
        self._look()
        self._looks.start()

    def _look(self) -> None:
        """Ask which sticks there are, and what lies on the one that is chosen."""
        if self._is_looking:
            return
        self._is_looking = True
        folder = self._folder()

        def look(open_desk: OpenDesk) -> tuple[tuple[Drive, ...], str, Waits, OnStick | None]:
            courier = _courier(open_desk)
            drives, waits = courier.drives(), courier.waits()
            if not folder or not waits.is_enrolled:
                return drives, folder, waits, None
            try:
                return drives, folder, waits, courier.look(folder)
            except AppError:
                return drives, "", waits, None

        self.ask_free(look, self._looked, self._not_looked)

    def _not_looked(self, _error: AppError) -> None:
        """Look again in two seconds; whatever is wrong is told when somebody starts."""
        self._is_looking = False

    def _looked(self, seen: tuple[tuple[Drive, ...], str, Waits, OnStick | None]) -> None:
        self._is_looking = False
        if self._stay.is_busy or self._stay.done is not None or seen == self._seen:
            return
        self._seen = seen
        drives, folder, waits, found = seen
        if drives != self._stay.drives:
            self._stay.drives = drives
            self._show_sticks()
        if folder == "" and self._folder() in {one.folder for one in self._stay.chosen}:
            self._stay.chosen = ()
            self._show_sticks()
        self._show_road(waits)
        self._show_plan(waits, found)

    def _show_sticks(self) -> None:
        words = self.words
        focused: QWidget | None = self.focusWidget()
        held = "" if focused is None else focused.objectName()
        empty(self._sticks)
        drives = (*self._stay.drives, *self._stay.chosen)
        if not drives:
            self._choices = None
            box = notice(
                self.theme, "sand", words("courier.none"), words("courier.none_detail"), icon="usb"
            )
            box.setObjectName("no_stick")
            self._sticks.addWidget(box)
            return
        folders = [one.folder for one in drives]
        if self._stay.folder not in folders:
            self._stay.folder = folders[0]
        options = [Option(one.folder, one.name, courier_words.room(words, one)) for one in drives]
        title = words("courier.plug")
        self._choices = Choices(
            self.theme, title, options, self._stay.folder, name="stick", least=420
        )
        self._choices.chosen.connect(self._look)
        self._sticks.addWidget(self._choices)
        for part in self._choices.findChildren(QWidget, held) if held else ():
            part.setFocus()
        QTimer.singleShot(0, self, self._look)

    def _folder(self) -> str:
        if self._choices is not None:
            self._stay.folder = self._choices.value
            return self._stay.folder
        return ""

    def _show_road(self, waits: Waits) -> None:
        empty(self._road)
        if said := courier_words.on_the_road(self.words, waits):
            box = notice(self.theme, "sea", self.words("courier.on_stick"), said, icon="sailing")
            box.setObjectName("on_stick")
            self._road.addWidget(box)
        if waits.relayed:
            said = courier_words.counted(self.words, "courier.relayed", waits.relayed)
            box = notice(
                self.theme, "sea", self.words("courier.relayed"), said, icon="cloud_upload"
            )
            box.setObjectName("relayed")
            self._road.addWidget(box)

    def _show_plan(self, waits: Waits, found: OnStick | None) -> None:
        words = self.words
        empty(self._plan)
        self._others = None
        can_start = found is not None and waits.is_enrolled
        if not waits.is_enrolled:
            self._plan.addWidget(
                notice(
                    self.theme,
                    "warning",
                    words("operator.sending.not_enrolled"),
                    words("operator.sending.not_enrolled_detail"),
                )
            )
        elif found is not None:
            card = Card("card", gap=8)
            card.rows.addWidget(text(words("courier.what"), "title"))
            for line in courier_words.plan(words, waits, found):
                card.rows.addWidget(text(line, name="plan"))
            self._plan.addWidget(card)
            self._offer_others(found)
        if self.primary_button:
            self.primary_button.setEnabled(can_start)
        self.order_keys()

    def _offer_others(self, found: OnStick) -> None:
        if not found.others:
            return
        title = courier_words.counted(self.words, "courier.others", found.others)
        hint = self.words("courier.others_hint")
        self._others = CheckCard(self.theme, title, help_text=hint, name="carries_others")
        self._others.setChecked(self._stay.carries_others)
        self._plan.addWidget(self._others)

    def _choose(self) -> None:
        choose_folder(self, self._chosen)

    def _chosen(self, folder: Path) -> None:
        self._stay.chosen = (Drive(str(folder), folder.name or str(folder)),)
        self._stay.folder = str(folder)
        self._show_sticks()

    # --- working ----------------------------------------------------------------------------------

    def _start(self) -> None:
        stay = self._stay
        stay.carries_others = self._others is not None and self._others.isChecked()
        folder, carries = self._folder(), stay.carries_others
        if stay.is_busy or not folder:
            return
        self._looks.stop()
        self.window_.hide_banner()
        stay.is_busy, stay.progress, stay.ends = True, None, Event()
        ends = stay.ends
        self._show_working()

        def tell(progress: CourierProgress) -> None:
            stay.progress = progress

        def exchange(open_desk: OpenDesk) -> Exchanged:
            return _courier(open_desk).exchange(folder, tell, ends, carries_others=carries)

        self.ask_free(exchange, self._ended, self._failed)

    def _show_working(self) -> None:
        words = self.words
        empty(self._page)
        card = Card("card")
        card.rows.addWidget(text(words("courier.busy"), "title", name="busy"))
        self._step = text(words("courier.step.reading"), name="step_now")
        card.rows.addWidget(self._step)
        self._bar = QProgressBar()
        self._bar.setObjectName("progress")
        self._bar.setRange(0, _PARTS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(words("courier.progress"))
        card.rows.addWidget(self._bar)
        self._amount = text("", "hint", name="amount")
        card.rows.addWidget(self._amount)
        self._page.addWidget(card)
        if self.back_button:
            self.back_button.setEnabled(False)
        self.set_primary(words("courier.cancel"), self._cancel, icon="close")
        self._tells.start()

    def _show_progress(self) -> None:
        progress = self._stay.progress
        # The machine works for the person: the desk must not lock over it.
        self.window_.idle.stir()
        if progress is None:
            return
        change_text(self._step, self.words(f"courier.step.{progress.step}"))
        change_text(self._amount, courier_words.amount(self.words, progress))
        self._bar.setValue(progress.done_bytes * _PARTS // max(1, progress.all_bytes))
        self._bar.setAccessibleDescription(self._amount.text())

    def _cancel(self) -> None:
        self._stay.ends.set()
        self.set_busy(True, self.words("courier.cancelling"))

    def _ended(self, done: Exchanged) -> None:
        self._rest()
        self._stay.done = done
        self._show_done(done)

    def _failed(self, error: AppError) -> None:
        self._rest()
        self._show_choice()
        self.fail(error)

    def _rest(self) -> None:
        self._tells.stop()
        self._stay.is_busy = False
        self.say("")

    # --- done -------------------------------------------------------------------------------------

    def _show_done(self, done: Exchanged) -> None:
        words = self.words
        empty(self._page)
        detail = "done_detail" if done.written.references else "done_empty_detail"
        card = Card("good")
        card.rows.addWidget(icon_label(self.theme, "task_alt", self.theme.colours.good, 56))
        card.rows.addWidget(text(words("courier.done"), "title", name="done"))
        card.rows.addWidget(text(words(f"courier.{detail}")))
        self._page.addWidget(card)
        lines = courier_words.done(words, done)
        if lines:
            what = Card("card", gap=8)
            for line in lines:
                what.rows.addWidget(text(line, name="came_of_it"))
            self._page.addWidget(what)
        for line in courier_words.stayed_behind(words, done):
            self._page.addWidget(notice(self.theme, "warning", line))
        self.set_back()
        self.set_primary(words("courier.again"), self._again, icon="usb")
        self.order_keys()

    def _again(self) -> None:
        self._stay.done = None
        self._stay.folder, self._stay.chosen = "", ()
        self._show_choice()


def courier_maker(session: Session) -> Callable[[Window], CourierScreen]:
    """Return the page with a stay of its own, which a change of language does not end."""
    stay = Stay()
    return lambda window: CourierScreen(window, session, stay)


def _courier(open_desk: OpenDesk) -> Courier:
    if open_desk.courier is None:
        raise BugError("courier_not_there")
    return open_desk.courier
