"""Owns the one window: top bar, banner, the trail of screens, language, look, idle lock.

Never knows what a screen is about, and imports none at start but the home screen.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.domain.words import Language, Words
from app.errors import AppError, BugError
from app.resources import load_words
from app.ui.bridge import Bridge
from app.ui.collecting import Collecting
from app.ui.desk import Desk, OpenDesk
from app.ui.idle import Idle
from app.ui.screen import Kept, Screen
from app.ui.tasks import Tasks
from app.ui.theme.stylesheet import palette, stylesheet
from app.ui.theme.tokens import Appearance, Theme, theme_of
from app.ui.theme.typeface import load_typeface
from app.ui.topbar import Topbar
from app.ui.translator import WordsTranslator
from app.ui.voice import has_voice

#: Makes a screen from state that it holds; called again whenever language or look changes.
Maker = Callable[["Window"], Screen]
_log = logging.getLogger(__name__)


class Window(QWidget):
    """The kiosk's window.

    Attributes:
        words: the texts in the language chosen now.
        theme: the tokens of the look chosen now.
        tasks: where work is done.
        bridge: what the core tells, as signals.
        collecting: looks for garbage, in this thread alone.
    """

    def __init__(self, desk: Desk, home: Maker) -> None:
        super().__init__()
        self.desk = desk
        self._home = home
        self._all_words: dict[Language, Words] = {}
        self.appearance = desk.appearance
        self.tasks = Tasks(desk)
        self.bridge = Bridge()
        self.tasks.opened.connect(self._store_opened)
        self.tasks.open_failed.connect(self._store_failed)
        self._trail: list[Maker] = []
        self.screen_: Screen | None = None
        #: Whether an engine that reads aloud was found; looked for when the store is open.
        self.can_speak = False
        self.topbar: Topbar | None = None
        self._banner: QWidget | None = None
        self._sheets: list[QWidget] = []
        self._translator: WordsTranslator | None = None
        self.setObjectName("window")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.words = self._take_language(desk.language)
        self.theme = self._take_look(desk.appearance)
        self.idle = Idle(self)
        self.collecting = Collecting(self)
        self.go_home()

    # --- language and look ------------------------------------------------------------------------

    def _take_language(self, language: Language) -> Words:
        if language not in self._all_words:
            self._all_words[language] = load_words(language)
        self.words = self._all_words[language]
        application = QApplication.instance()
        if application is not None:
            if self._translator:
                application.removeTranslator(self._translator)
            self._translator = WordsTranslator(self.words)
            application.installTranslator(self._translator)
        self.setWindowTitle(self.words("ui.title"))
        return self.words

    def _take_look(self, appearance: Appearance) -> Theme:
        self.appearance = appearance
        self.theme = theme_of(appearance)
        # The application's, too: a file dialog is a window of its own.
        QApplication.setPalette(palette(self.theme))
        self.setStyleSheet(stylesheet(self.theme))
        return self.theme

    def change_language(self, language: Language) -> None:
        """Show everything in the other language, where the person is, with what they typed."""
        kept = self._kept()
        self._take_language(language)
        self._rebuild(kept)

    def change_look(self, appearance: Appearance) -> None:
        """Show everything in another theme or text size, where the person is."""
        if appearance != self.appearance:
            kept = self._kept()
            self._take_look(appearance)
            self._rebuild(kept)

    def _kept(self) -> Kept:
        return self.screen_.kept() if self.screen_ else {}

    def _rebuild(self, kept: Kept) -> None:
        self._close_sheets()
        self.hide_banner()
        self._show()
        if self.screen_:
            self.screen_.restore(kept)

    # --- the trail of screens ---------------------------------------------------------------------

    def go(self, maker: Maker) -> None:
        """Go on to a screen; Back returns here."""
        self._leave()
        self._trail.append(maker)
        self._show()

    def replace(self, maker: Maker) -> None:
        """Show a screen in the place of this one; Back goes where it went before."""
        self._leave()
        self._trail[-1:] = [maker]
        self._show()

    def back(self) -> None:
        """Return to the screen before, or stay when there is none."""
        if len(self._trail) > 1:
            self._leave()
            self._trail.pop()
            self._show()

    def restart(self, maker: Maker) -> None:
        """Show a screen from which Back leads home, whatever led here."""
        self._leave()
        self._trail = [self._home, maker]
        self._show()

    def go_home(self) -> None:
        """Forget the trail and show the first screen."""
        self._leave()
        self._trail = [self._home]
        self._show()

    def lock(self) -> None:
        """Save, clear and show the first screen as the next person should find it."""
        self._close_sheets()
        self._leave()
        QGuiApplication.clipboard().clear()
        self._take_language(self.desk.language)
        self._take_look(self.desk.appearance)
        self._trail = [self._home]
        self._show()

    def _leave(self) -> None:
        if self.screen_ and not self.screen_.is_left:
            self.screen_.leaving()
            self.screen_.is_left = True
        self.hide_banner()

    def _show(self) -> None:
        """Make the top of the trail and put it in the place of what was shown."""
        old_screen = self.screen_
        if old_screen:
            old_screen.is_left = True
        self._renew_topbar()
        self.screen_ = self._trail[-1](self)
        if old_screen:
            self._drop(old_screen)
        self._rows.addWidget(self.screen_, 1)
        if self.isVisible():
            self.screen_.show()
            self.screen_.entered()

    def _renew_topbar(self) -> None:
        """Make the bar anew where its words, its look or its buttons are others than before."""
        if self.topbar and self.topbar.is_of_now():
            return
        if self.topbar:
            self._drop(self.topbar)
        self.topbar = Topbar(self)
        self._rows.insertWidget(0, self.topbar)
        if self.isVisible():
            self.topbar.show()

    def _drop(self, old: QWidget) -> None:
        old.hide()
        self._rows.removeWidget(old)
        old.deleteLater()

    # --- banner and sheets ------------------------------------------------------------------------

    def show_error(self, error: AppError) -> None:
        """Say above the screen what happened and what to do next."""
        from app.ui.widgets.banner import Banner

        self.hide_banner()
        self._banner = Banner(self.theme, self.words, error, self.hide_banner)
        self._rows.insertWidget(1, self._banner)
        self._banner.show()

    def hide_banner(self) -> None:
        """Take the banner away."""
        if self._banner:
            self._banner.hide()
            self._rows.removeWidget(self._banner)
            self._banner.deleteLater()
            self._banner = None

    def open_sheet(self, sheet: QWidget) -> None:
        """Lay a sheet over everything; it takes all touches and keys until it is closed."""
        self._sheets.append(sheet)
        sheet.setParent(self)
        sheet.setGeometry(self.rect())
        sheet.show()
        sheet.raise_()

    def close_sheet(self, sheet: QWidget) -> None:
        """Take a sheet away and give the focus back to the screen."""
        if sheet in self._sheets:
            self._sheets.remove(sheet)
            sheet.hide()
            sheet.deleteLater()
            if self.screen_ and not self._sheets:
                self.screen_.setFocus()

    def _close_sheets(self) -> None:
        for sheet in tuple(self._sheets):
            self.close_sheet(sheet)

    # --- store, crash, end ------------------------------------------------------------------------

    def _store_opened(self) -> None:
        if self.tasks.open_desk:
            self.bridge.attach(self.tasks.open_desk)
            self._take_choices(self.tasks.open_desk)
        # The button appears with the next screen: nothing on this one moves under a finger.
        self.can_speak = has_voice()

    def _take_choices(self, open_desk: OpenDesk) -> None:
        """Begin as the operator chose, unless the first person was quicker to choose."""
        before = self.desk
        language = open_desk.language or before.language
        appearance = open_desk.appearance or before.appearance
        self.desk = replace(before, language=language, appearance=appearance)
        if self.words.language == before.language != language:
            self.change_language(language)
        if self.appearance == before.appearance:
            self.change_look(appearance)

    def _store_failed(self, error: AppError) -> None:
        from app.ui.fault import FaultScreen

        self._trail = [lambda window: FaultScreen(window, error)]
        self._home = self._trail[0]
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep sheets over everything."""
        super().resizeEvent(event)
        for sheet in self._sheets:
            sheet.setGeometry(self.rect())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Watch the person's touches and keys from the moment there is a window to touch."""
        super().showEvent(event)
        self.idle.watch(self.windowHandle())
        if self.screen_:
            self.screen_.entered()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Save what is typed, let begun work end, close the store."""
        self._leave()
        self.idle.stop()
        self.bridge.detach()
        self.tasks.stop()
        super().closeEvent(event)


def make_application(arguments: list[str]) -> QApplication:
    """Return the application with our style and type; called once in a process."""
    application = QApplication.instance() or QApplication(arguments)
    if not isinstance(application, QApplication):
        raise BugError("no_gui_application")
    application.setStyle("Fusion")
    application.setFont(load_typeface())
    application.setQuitOnLastWindowClosed(True)
    return application


def run_kiosk(desk: Desk) -> int:
    """Show the kiosk until its window is closed; the store opens behind the first paint."""
    from app.ui.applicant.home import HomeScreen

    application = make_application(sys.argv[:1])
    window = Window(desk, HomeScreen)
    window.tasks.opened.connect(window.collecting.set_aside)
    _catch_crashes(window)
    if desk.is_full_screen:
        window.showFullScreen()
    else:
        window.resize(first_size(window.screen().availableSize()))
        window.show()
    QTimer.singleShot(0, window.tasks.start)
    return application.exec()


def first_size(screen: QSize) -> QSize:
    """Return how large the window begins: whole on a small screen, upright on an upright one."""
    wanted = QSize(1280, 800)
    if screen.height() > screen.width():
        wanted.transpose()
    return wanted.boundedTo(screen)


def _catch_crashes(window: Window) -> None:
    def crashed(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        _log.critical("uncaught", exc_info=(kind, error, trace))
        if not issubclass(kind, KeyboardInterrupt):
            window.show_error(error if isinstance(error, AppError) else BugError("unexpected"))

    sys.excepthook = crashed
