"""Watches for an abandoned screen: warns with a countdown, then has the window clear and lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QWindow

if TYPE_CHECKING:
    from app.ui.widgets.sheet import Sheet
    from app.ui.window import Window

_SIGNS_OF_LIFE = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.KeyPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.Wheel,
    }
)


class Idle(QObject):
    """Counts quiet seconds; one timer, restarted by every touch or key that reaches the window.

    Signals:
        left_alone: nobody is there, and nothing of a person is shown any more.
    """

    left_alone = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._left_s = 0
        self._sheet: Sheet | None = None
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(window.desk.idle_s * 1000)
        self._quiet.timeout.connect(self.warn)
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self.tick)

    def watch(self, handle: QWindow | None) -> None:
        """Listen at the native window: every real touch and key passes there first."""
        if handle:
            handle.installEventFilter(self)
        self._quiet.start()

    def stir(self) -> None:
        """Take what a machine just did for the person as a sign of life, as a long scan is."""
        if not self._second.isActive():
            self._quiet.start()

    def stop(self) -> None:
        """Count no more."""
        self._quiet.stop()
        self._second.stop()

    def eventFilter(self, _of: QObject, event: QEvent) -> bool:  # noqa: N802
        """Let everything pass; only take note of it."""
        if event.type() in _SIGNS_OF_LIFE and not self._second.isActive():
            self._quiet.start()
        return False

    def warn(self) -> None:
        """Open the warning, or tidy up at once where nothing personal is shown."""
        screen = self._window.screen_
        if screen is None or screen.is_public:
            self._tidy()
            return
        from app.ui.widgets.sheet import Sheet

        words = self._window.words
        self._left_s = self._window.desk.countdown_s
        self._sheet = Sheet(
            self._window,
            words("ui.idle.title"),
            words("ui.idle.body", seconds=self._left_s),
            icon="hourglass_top",
        )
        self._sheet.add(words("ui.idle.end"), self.lock, "secondary")
        self._sheet.add(words("ui.idle.stay"), self.stay, "primary")
        self._sheet.open(escape=self.stay)
        self._second.start()

    def tick(self) -> None:
        """Count one second down; lock at zero."""
        self._left_s -= 1
        if self._left_s <= 0:
            self.lock()
        elif self._sheet:
            self._sheet.say(self._window.words("ui.idle.body", seconds=self._left_s))

    def stay(self) -> None:
        """Go on where the person was."""
        self._second.stop()
        if self._sheet:
            self._sheet.close_()
            self._sheet = None
        self._quiet.start()

    def lock(self) -> None:
        """Clear the screen and lock."""
        self._second.stop()
        self._sheet = None
        self._window.lock()
        self._quiet.start()
        self.left_alone.emit()

    def _tidy(self) -> None:
        window = self._window
        changed = window.words.language != window.desk.language
        if changed or window.appearance != window.desk.appearance:
            window.lock()
        self._quiet.start()
        self.left_alone.emit()
