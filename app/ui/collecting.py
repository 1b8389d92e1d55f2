"""Decides when cyclic garbage is looked for: by the window's thread, thoroughly once left alone.

Never lets another thread collect: what belongs to a window would be destroyed there, and Qt dies
of it. Never collects everything on a screen that is in use: that keeps every thread waiting for a
tenth of a second.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from app.ui.window import Window

#: Objects made before the youngest are looked through. Starting makes two hundred thousand that
#: stay; Python's own 700 would look through them three hundred times for nothing.
_EVERY = 20_000
#: Looks at the youngest before one at the middle-aged.
_SELDOM = 10
#: Of every hundredth look at the middle-aged comes a whole one: for a kiosk never left alone.
_RARELY = 100
#: How long objects may gather before they are counted.
_LOOK_MS = 500


def collect_rarely() -> None:
    """Called before anything is made, so that starting is not held up."""
    gc.set_threshold(_EVERY, _SELDOM, _RARELY)


class Collecting(QObject):
    """Takes collecting over from Python, which would do it in whichever thread makes objects."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        gc.disable()
        self._looks = QTimer(self)
        self._looks.setInterval(_LOOK_MS)
        self._looks.timeout.connect(self.look)
        self._looks.start()
        window.idle.left_alone.connect(self.collect)

    def look(self) -> None:
        """Collect what is due, as Python would have done itself."""
        made, looks, middle = gc.get_count()
        if made <= _EVERY:
            return
        if looks <= _SELDOM:
            gc.collect(0)
        else:
            gc.collect(1 if middle <= _RARELY else 2)

    def set_aside(self) -> None:
        """Look no more through what is there now: it stays as long as the program."""
        gc.freeze()

    def collect(self) -> None:
        """Collect everything, also what became garbage since it was set aside."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
