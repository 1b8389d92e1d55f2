"""The desk's settings: a page that leads to one page for each thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.screen import Screen
from app.ui.widgets.buttons import ChoiceButton

if TYPE_CHECKING:
    from app.ui.window import Window

_PAGES = {
    "device": "link",
    "sources": "document_scanner",
    "look": "format_size",
    "paper": "print",
    "sharing": "wifi",
    "accounts": "manage_accounts",
    "backup": "save",
    "about": "info",
}


class SettingsScreen(DeskScreen):
    """A few big cards."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "settings", session, "settings")
        self.set_heading(self.words("operator.settings.heading"))
        column = QVBoxLayout()
        column.setSpacing(16)
        for name, icon in _PAGES.items():
            card = ChoiceButton(
                self.theme,
                self.words(f"operator.settings.{name}"),
                self._to_page(name),
                help_text=self.words(f"operator.settings.{name}_help"),
                icon=icon,
                name=f"settings_{name}",
            )
            column.addWidget(card)
        self.body.addLayout(column)

    def _to_page(self, name: str) -> Callable[[], None]:
        def go() -> None:
            session = self.session
            page = _page(name)
            self.window_.go(lambda window: page(window, session))

        return go


def _page(name: str) -> Callable[[Window, Session], Screen]:
    """Return a settings page; imported when it is opened."""
    if name == "device":
        from app.ui.operator.device import DeviceScreen

        return DeviceScreen
    if name == "sources":
        from functools import partial

        from app.ui.operator.sources import SourcesScreen
        from app.ui.operator.trying import Trial

        return partial(SourcesScreen, trial=Trial())
    if name == "look":
        from app.ui.operator.look import LookScreen

        return LookScreen
    if name == "paper":
        from app.ui.operator.paper import PaperScreen

        return PaperScreen
    if name == "sharing":
        from app.ui.operator.sharing import SharingScreen

        return SharingScreen
    if name == "accounts":
        from app.ui.operator.accounts import AccountsScreen

        return AccountsScreen
    if name == "backup":
        from app.ui.operator.backup import BackupScreen

        return BackupScreen
    from app.ui.operator.about import AboutScreen

    return AboutScreen
