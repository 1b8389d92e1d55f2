"""Owns what every page of the desk has: the tabs, who is signed in, the lock, and live news.

Never shows anything of a person by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.ui.operator.session import Session
from app.ui.screen import Kept, Screen
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import rule
from app.ui.widgets.pills import PillButton

if TYPE_CHECKING:
    from app.ui.window import Maker, Window

Tab = Literal["today", "list", "sending", "settings"]
_ICONS: dict[Tab, str] = {
    "today": "today",
    "list": "list",
    "sending": "cloud_sync",
    "settings": "settings",
}
#: So wide that a line of the list holds everything at 1280 px.
COLUMN = 1100


class DeskScreen(Screen):
    """A page behind the operator's password; the idle lock leaves nothing of it."""

    def __init__(self, window: Window, name: str, session: Session, tab: Tab) -> None:
        super().__init__(window, f"operator_{name}", column=COLUMN)
        self.session = session
        self._tab: Tab = tab
        self._kept_for_later: Kept = {}
        bar = self._tabs()
        cast(QVBoxLayout, self.layout()).insertWidget(0, bar)

    def _tabs(self) -> QFrame:
        bar = QFrame()
        bar.setObjectName("desk_tabs")
        bar.setAccessibleName(self.words("operator.nav.label"))
        line = QHBoxLayout(bar)
        line.setContentsMargins(24, 8, 16, 8)
        line.setSpacing(16)
        pills: list[PillButton] = []
        for number, (tab, icon) in enumerate(_ICONS.items(), 1):
            pill = PillButton(
                self.theme,
                self.words(f"operator.nav.{tab}"),
                self._to_tab(tab),
                icon=icon,
                name=f"tab_{tab}",
            )
            pill.setChecked(tab == self._tab)
            keys = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            keys.activated.connect(self._to_tab(tab))
            pill.setToolTip(f"Ctrl+{number}")
            pills.append(pill)
        line.addWidget(flow_of([*pills]), 1)
        lock = self.make_button(
            self.words("operator.nav.lock"),
            self.window_.lock,
            "plain",
            icon="lock",
            spoken=self.words("operator.nav.lock_spoken"),
            name="lock",
        )
        lock.setToolTip(self.words("operator.nav.signed_in", name=self.session.operator.shown_name))
        line.addWidget(lock, 0, Qt.AlignmentFlag.AlignTop)
        below = QFrame()
        rows = QVBoxLayout(below)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(bar)
        rows.addWidget(rule())
        return below

    def _to_tab(self, tab: Tab) -> Callable[[], None]:
        def go() -> None:
            open_tab(self.window_, self.session, tab)

        return go

    def kept(self) -> Kept:
        """Return what is typed, and what still waits for the store's answer to be put back."""
        return {**self._kept_for_later, **super().kept()}

    def restore(self, kept: Kept) -> None:
        """Put back what was typed; what is filled in later gets it in ``filled``."""
        self._kept_for_later = kept
        super().restore(kept)

    def filled(self) -> None:
        """Run when the store's answer stands on the page: puts back what was typed in it."""
        if self._kept_for_later:
            super().restore(self._kept_for_later)
            self._kept_for_later = {}

    def listen(
        self,
        *,
        news: Callable[[object], None] | None = None,
        sending: Callable[[object], None] | None = None,
    ) -> None:
        """Call back, in the main thread, on news of the core while this page stands."""
        bridge = self.window_.bridge
        if news:
            bridge.news_came.connect(news)
        if sending:
            bridge.sending_changed.connect(sending)


def tab_maker(session: Session, tab: Tab) -> Maker:
    """Return the page of a tab; imported when it is opened."""
    if tab == "today":
        from app.ui.operator.today import TodayScreen

        return lambda window: TodayScreen(window, session)
    if tab == "list":
        from app.ui.operator.listing import ListScreen

        return lambda window: ListScreen(window, session)
    if tab == "sending":
        from app.ui.operator.sending import SendingScreen

        return lambda window: SendingScreen(window, session)
    from app.ui.operator.settings import SettingsScreen

    return lambda window: SettingsScreen(window, session)


def open_tab(window: Window, session: Session, tab: Tab) -> None:
    """Show a tab as the desk's only page: nothing piles up behind it."""
    window.restart(tab_maker(session, tab))
