"""One start for ``bench.startup``: kiosk or empty, a folder, the parent's monotonic time."""

# Nothing is imported above the fork in the road: the empty window must stay empty.
import sys
import time


def main() -> None:
    """Start, measure, say it in JSON, end."""
    what, folder, began = sys.argv[1], sys.argv[2], float(sys.argv[3])
    figures = _kiosk(folder, began) if what == "kiosk" else _empty(began)
    import json

    figures["peak_bytes"] = _peak_bytes()
    print(json.dumps(figures))  # noqa: T201


def _peak_bytes() -> int:
    """Return this process's own peak; ``getrusage`` would count its parent's before the exec."""
    from pathlib import Path

    status = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024


def _empty(began: float) -> dict[str, float]:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QWidget

    application = QApplication(sys.argv[:1])
    figures: dict[str, float] = {}

    class Empty(QWidget):
        def paintEvent(self, event: object) -> None:
            figures.setdefault("first_paint_s", time.monotonic() - began)
            QTimer.singleShot(0, application.quit)

    window = Empty()
    window.resize(1280, 800)
    window.show()
    application.exec()
    return figures


def _kiosk(folder: str, began: float) -> dict[str, float]:
    # The order of ``python -m app``: command line, desk, Qt, window.
    from app.__main__ import parser

    data = parser().parse_args(["--data", folder]).data
    from app.bootstrap import make_desk

    desk = make_desk(data)
    from PySide6.QtCore import QEvent, QObject, QTimer

    from app.ui import window as windows

    figures: dict[str, float] = {}

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Paint and "first_paint_s" not in figures:
                # The timer fires when the paint of the window and all in it is through.
                QTimer.singleShot(0, painted)
            return False

    def painted() -> None:
        figures.setdefault("first_paint_s", time.monotonic() - began)

    def opened() -> None:
        figures["store_open_s"] = time.monotonic() - began
        QTimer.singleShot(0, window.close)

    from app.ui.applicant.home import HomeScreen

    application = windows.make_application(sys.argv[:1])
    window = windows.Window(desk, HomeScreen)
    watch = Watch()
    window.installEventFilter(watch)
    window.tasks.opened.connect(opened)
    window.resize(1280, 800)
    window.show()
    QTimer.singleShot(0, window.tasks.start)
    application.exec()
    return figures


if __name__ == "__main__":
    main()
