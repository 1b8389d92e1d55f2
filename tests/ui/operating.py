"""The operator's desk in a real window, over a real store and whatever road the test wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain.courier import Courier
from app.domain.sending import Sending
from app.domain.sharing import Sharing
from app.security.key_store import StoreKey
from app.services.backing_up import Backups
from app.services.doctor import DoctorReport, examine
from app.services.kiosk import Kiosk
from app.services.operators import OperatorView, add_operator
from app.sync.enrolling import enrol
from app.ui.applicant.home import HomeScreen
from app.ui.choices import chosen_look
from app.ui.desk import Desk, OpenDesk
from app.ui.operator.desk_screen import Tab, tab_maker
from app.ui.operator.session import Session
from app.ui.window import Window
from tests.builders import STORE_KEY, close_kiosk
from tests.ui.styling import style

AYU = ("ayu", "Ayu Lestari", "perahu biru 7")
W = TypeVar("W", bound=QWidget)
_PLAIN = Qt.KeyboardModifier.NoModifier


class Stand:
    """One window on one kiosk, looked at and used as a person would."""

    def __init__(
        self,
        qtbot: QtBot,
        kiosk: Kiosk,
        sending: Sending,
        *,
        size: tuple[int, int] = (1280, 800),
        before_close: Callable[[], object] = lambda: None,
        courier: Courier | None = None,
        backups: Backups | None = None,
        sharing: Sharing | None = None,
    ) -> None:
        style()
        self.qtbot, self.kiosk, self.sending = qtbot, kiosk, sending
        self._before_close = before_close
        self._courier = courier
        self._backups = backups
        self._sharing = sharing
        desk = Desk(clock=kiosk.clock, open=self._open, idle_s=60, countdown_s=3)
        self.window = Window(desk, HomeScreen)
        self.window.resize(*size)
        self.window.show()
        self.window.tasks.start()
        self.settle()

    def _open(self) -> OpenDesk:
        language, appearance = chosen_look(self.kiosk)
        return OpenDesk(
            kiosk=self.kiosk,
            sending=self.sending,
            enrol=self._enrol,
            close=self._close,
            examine=self._examine,
            courier=self._courier,
            backups=self._backups,
            sharing=self._sharing,
            language=language,
            appearance=appearance,
        )

    def _examine(self) -> DoctorReport:
        return examine(
            self.kiosk.store.folder,
            self.kiosk.clock,
            lambda: StoreKey(STORE_KEY, "file"),
            lambda: "2026.1.1",
        )

    def _enrol(self, office_url: str, code: str, name: str) -> None:
        enrol(self.kiosk.store, self.kiosk.clock, office_url, code, name)
        self.sending.wake()

    def _close(self) -> None:
        self._before_close()
        close_kiosk(self.kiosk)

    def close(self) -> None:
        """Close the window and all behind it."""
        self.window.close()

    # --- looking ----------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until nothing is under way."""
        self.qtbot.waitUntil(lambda: self.window.tasks.is_idle, timeout=20_000)
        QApplication.processEvents()

    @property
    def screen(self) -> str:
        """Name of the screen shown."""
        assert self.window.screen_ is not None
        return self.window.screen_.screen_name

    def find(self, kind: type[W], name: str) -> W:
        """Return what a person sees under that name."""
        found = [
            one
            for one in self.window.findChildren(kind, name)
            if one.isVisible() and one.window() is self.window
        ]
        assert len(found) == 1, f"{name}: {len(found)} seen"
        return found[0]

    def sees(self, words: str) -> bool:
        """Tell whether a label on the window says this."""
        return any(words in said for said in self.said())

    def said(self) -> list[str]:
        """Return what every visible label says."""
        return [label.text() for label in self.window.findChildren(QLabel) if label.isVisible()]

    def until_seen(self, words: str) -> None:
        """Wait for words."""
        self.qtbot.waitUntil(lambda: self.sees(words), timeout=20_000)

    @property
    def focused(self) -> QWidget:
        """Whatever takes the keys now."""
        focused: QWidget | None = self.window.focusWidget()
        return self.window if focused is None else focused

    # --- doing ------------------------------------------------------------------------------------

    def type(self, name: str, text: str) -> None:
        """Type into a box, in the place of what stands there."""
        box = self.find(QLineEdit, name)
        box.clear()
        QTest.keyClicks(box, text)

    def press(self, name: str) -> None:
        """Click a button and wait for what it begins."""
        QTest.mouseClick(self.find(QAbstractButton, name), Qt.MouseButton.LeftButton)
        self.settle()

    def key(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Press a key wherever the focus is, and wait for what it begins."""
        QTest.keyClick(self.focused, key, modifier)
        self.settle()

    def sign_in(self) -> None:
        """Stand behind the password, the account made if need be."""
        name, shown_name, password = AYU
        add_operator(self.kiosk, name, shown_name, password)
        self.press("operator")
        self.type("account_name", name)
        self.type("password", password)
        self.press("primary")

    def open(self, tab: Tab) -> Session:
        """Stand at a tab without typing a password."""
        session = Session(OperatorView(AYU[0], AYU[1]))
        self.window.restart(tab_maker(session, tab))
        self.settle()
        return session
