"""Decides when cyclic garbage is looked for: thoroughly only while nobody is at the kiosk.

Never collects on a screen that is in use: a whole collection keeps every thread waiting for a
tenth of a second, whichever thread it fell to.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.ui.window import Window

#: Objects made before the youngest are looked through. Starting makes two hundred thousand that
#: stay; Python's own 700 would look through them three hundred times for nothing.
_EVERY = 20_000
#: Of every hundredth look at the middle-aged comes a whole one: for a kiosk never left alone.
_RARELY = 100


def collect_rarely() -> None:
    """Called before anything is made, so that starting is not held up."""
    gc.set_threshold(_EVERY, 10, _RARELY)


class Collecting(QObject):
    """Sets aside what stays as long as the program, and collects when a window is left alone."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        window.tasks.opened.connect(gc.freeze)
        window.idle.left_alone.connect(self.collect)

    def collect(self) -> None:
        """Collect everything, also what became garbage since it was set aside."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
