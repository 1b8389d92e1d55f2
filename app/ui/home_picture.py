"""Draws the home screen into a picture file and ends: how a package is seen to start at all.

Never used on a kiosk that people stand at.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer

from app.ui.applicant.home import HomeScreen
from app.ui.desk import Desk
from app.ui.window import Window, make_application


def draw_home(desk: Desk, picture: Path) -> int:
    """Draw the window as it stands when the store has opened behind it.

    Returns:
        0 when the store opened and the picture is written, else 1.
    """
    application = make_application(sys.argv[:1])
    window = Window(desk, HomeScreen)
    window.resize(1280, 800)
    drawn: list[bool] = []

    def end(is_open: bool) -> None:
        drawn.append(is_open and window.grab().save(str(picture)))
        window.close()

    # By the timer, so that the screen hears of the open store before it is drawn.
    window.tasks.opened.connect(lambda: QTimer.singleShot(0, lambda: end(True)))
    window.tasks.open_failed.connect(lambda _error: QTimer.singleShot(0, lambda: end(False)))
    window.show()
    QTimer.singleShot(0, window.tasks.start)
    application.exec()
    return 0 if drawn == [True] else 1
