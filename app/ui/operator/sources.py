"""Where pages come from: everything there is with its state, the choice of one, a try, a folder."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.domain.sources import SourceDescription
from app.errors import AppError, LocalFault
from app.ui.applicant.cameras import watch_cameras
from app.ui.applicant.files import choose_folder
from app.ui.applicant.sources import Sources, find_sources, load_sources, name_of
from app.ui.operator.choices import Choices, Option
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.operator.trying import Trial, Trying
from app.ui.screen import empty
from app.ui.widgets.cards import Card, notice
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import text
from app.ui.widgets.page_picture import PagePicture
from app.ui.widgets.scrolling import bring_into_sight

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


class SourcesScreen(DeskScreen):
    """The list as it was seen last, at once; what the devices say now, when they have answered."""

    def __init__(self, window: Window, session: Session, trial: Trial | None = None) -> None:
        super().__init__(window, "sources", session, "settings")
        words = self.words
        self._trial = trial if trial is not None else Trial()
        self._trying = Trying(self, self._trial, self._show_trial, self._untried)
        self._leaves = Event()
        self._sources: Sources | None = None
        self._choices: Choices | None = None
        self._folder: Path | None = None
        self.set_heading(words("operator.sources.heading"), words("operator.sources.hint"))
        self._list = QVBoxLayout()
        self._list.setSpacing(16)
        self.body.addLayout(self._list)
        self._acts()
        self._tried = QVBoxLayout()
        self.body.addLayout(self._tried)
        self._place = QVBoxLayout()
        self.body.addLayout(self._place)
        self.set_back()
        self.set_primary(words("operator.sources.save"), self._save, icon="save").setEnabled(False)
        self._show_trial()
        self.ask(_known, self._know)

    def leaving(self) -> None:
        """End what is under way."""
        self._leaves.set()
        self._trying.stop()

    # --- making -----------------------------------------------------------------------------------

    def _acts(self) -> None:
        words = self.words
        self._again: QPushButton = self.make_button(
            words("operator.sources.find"), self._find, icon="refresh", name="find_sources"
        )
        self._try: QPushButton = self.make_button(
            words("operator.sources.try"), self._begin, icon="visibility", name="try_source"
        )
        self._again.setEnabled(False)
        self._try.setEnabled(False)
        self.body.addWidget(flow_of([self._try, self._again], 12))
        self._finding = text(words("operator.sources.finding"), "hint", name="finding")
        self._finding.hide()
        self.body.addWidget(self._finding)

    def _know(self, known: tuple[Sources, str, Path | None]) -> None:
        """Show what was seen last, then ask the devices."""
        sources, chosen, self._folder = known
        self._trial.selected = self._trial.selected or chosen
        self._show_folder()
        self._show_list(sources)
        self._again.setEnabled(True)
        if self.primary_button:
            self.primary_button.setEnabled(True)
        watch_cameras(self, self._show_list)
        self.filled()

    def _show_list(self, sources: Sources) -> None:
        if self._choices is not None:
            if self._sources == sources:
                return
            self._trial.selected = self._choices.value or self._trial.selected
        self._sources = sources
        focused: QWidget | None = self.focusWidget()
        held = "" if focused is None else focused.objectName()
        empty(self._list)
        words = self.words
        options = [
            Option(one.id, name_of(words, one), self._state_of(one)) for one in sources.listed
        ]
        title = words("operator.sources.which")
        self._choices = Choices(
            self.theme, title, options, self._trial.selected, name="source", least=420
        )
        self._list.addWidget(self._choices)
        for one in sources.listed:
            if one.fault and one.state != "absent":
                fault, detail = words.error(LocalFault(one.fault))
                said = f"{name_of(words, one)}: {fault}"
                self._list.addWidget(notice(self.theme, "warning", said, detail))
        self._try.setEnabled(True)
        self._refocus(held)
        self.order_keys()

    def _refocus(self, name: str) -> None:
        """Leave the focus where it was, on the list made anew."""
        for part in self._choices.findChildren(QPushButton, name) if self._choices else ():
            part.setFocus()

    def _state_of(self, source: SourceDescription) -> str:
        words = self.words
        state = words(f"capture.state.{source.state}")
        if source.kind == "file":
            return words("operator.sources.file_help")
        if source.kind == "folder":
            return f"{self._folder or ''} · {state}"
        kind = "network_feeder" if source.kind == "network" and source.is_feeder else source.kind
        return f"{words(f'capture.kind.{kind}')} · {state}"

    # --- trying -----------------------------------------------------------------------------------

    def _selected(self) -> SourceDescription | None:
        value = self._choices.value if self._choices else ""
        listed = self._sources.listed if self._sources else ()
        return next((one for one in listed if one.id == value), None)

    def _begin(self) -> None:
        """Try what is marked; a folder's files would be taken, and files need no try."""
        source = self._selected()
        if source is None or source.kind in ("file", "folder") or source.state == "absent":
            key = "nothing_marked" if source is None else "no_try"
            if source is not None and source.state == "absent":
                key = "try_absent"
            self.say(self.words(f"operator.sources.{key}"))
            return
        self.say("")
        self._trial.selected = source.id
        self._trying.begin(source)

    def _show_trial(self) -> None:
        """Show what came of a try."""
        empty(self._tried)
        picture = self._trial.picture
        if picture is None or picture.isNull():
            return
        words = self.words
        card = Card("card", gap=8)
        title = words("operator.sources.tried", name=self._trial.tried)
        card.rows.addWidget(text(title, "title", name="tried"))
        card.rows.addWidget(text(words("operator.sources.tried_hint"), "hint"))
        frame = PagePicture(self.theme, title, QSize(480, 360))
        frame.show_picture(picture)
        card.rows.addWidget(frame)
        self._tried.addWidget(card)
        bring_into_sight(self.view, card)

    def _untried(self, error: AppError | None) -> None:
        if error is not None:
            self.fail(error)
        self.ask(load_sources, self._show_list)

    # --- finding and choosing ---------------------------------------------------------------------

    def _find(self) -> None:
        self._again.setEnabled(False)
        self._finding.show()
        leaves = self._leaves
        self.ask_free(lambda desk: find_sources(desk.kiosk, leaves), self._found, self._not_found)

    def _found(self, sources: Sources) -> None:
        self._finding.hide()
        self._again.setEnabled(True)
        self._show_list(sources)
        self.say(self.words("operator.sources.found", count=len(sources.listed)))

    def _not_found(self, error: AppError) -> None:
        self._finding.hide()
        self._again.setEnabled(True)
        self.fail(error)

    def _save(self) -> None:
        source = self._selected()
        if source is None:
            self.say(self.words("operator.sources.nothing_marked"))
            return
        self._trial.selected = source.id
        self.set_busy(True, self.words("ui.saving"))

        def choose(kiosk: Kiosk) -> None:
            from app.services import capturing

            capturing.choose(kiosk, source.id)

        def chosen(_nothing: None) -> None:
            self.set_busy(False)
            self.say(self.words("operator.settings.saved"))

        self.ask(choose, chosen)

    # --- the folder -------------------------------------------------------------------------------

    def _show_folder(self) -> None:
        empty(self._place)
        words = self.words
        card = Card("card", gap=12)
        card.rows.addWidget(text(words("operator.sources.folder"), "title"))
        now = str(self._folder) if self._folder else words("operator.sources.folder_none")
        card.rows.addWidget(text(now, name="folder_now"))
        card.rows.addWidget(text(words("capture.folder_rule"), "hint"))
        buttons = [
            self.make_button(
                words("operator.sources.folder_choose"),
                self._ask_folder,
                icon="folder_open",
                name="choose_folder",
            )
        ]
        if self._folder:
            buttons.append(
                self.make_button(
                    words("operator.sources.folder_leave"),
                    lambda: self.watch_folder(None),
                    "plain",
                    icon="close",
                    name="leave_folder",
                )
            )
        card.rows.addWidget(flow_of([*buttons], 12))
        self._place.addWidget(card)
        self.order_keys()

    def _ask_folder(self) -> None:
        choose_folder(self, self.watch_folder)

    def watch_folder(self, path: Path | None) -> None:
        """Watch another folder, or none."""

        def watch(kiosk: Kiosk) -> tuple[Sources, Path | None]:
            from app.services import capturing

            capturing.watch_folder(kiosk, path)
            return load_sources(kiosk), capturing.folder(kiosk)

        def watched(now: tuple[Sources, Path | None]) -> None:
            sources, self._folder = now
            self._show_folder()
            self._show_list(sources)
            self.say(self.words("operator.settings.saved"))

        self.ask(watch, watched)


def _known(kiosk: Kiosk) -> tuple[Sources, str, Path | None]:
    from app.services import capturing

    chosen = capturing.chosen(kiosk)
    return load_sources(kiosk), chosen.id if chosen else "", capturing.folder(kiosk)
