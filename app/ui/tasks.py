"""Owns the threads that screens may start work in, and brings results back to the main thread.

Never touches a widget outside the main thread, and never keeps a result for a screen that is gone.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.errors import AppError, BugError
from app.ui.desk import Desk, OpenDesk

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk

T = TypeVar("T")
#: How long a thread may compute in Python while the window waits for its turn. The usual 5 ms are
#: waited for again at each of the dozens of calls that Qt makes into Python to lay out one page.
_TURN_S = 0.0005
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Outcome:
    """A result or an error on its way to the main thread."""

    is_wanted: Callable[[], bool]
    done: Callable[[Any], object]
    failed: Callable[[AppError], object]
    result: object = None
    error: AppError | None = None


class Tasks(QObject):
    """Two executors: one thread for the store, in order; a few for everything else.

    Signals:
        opened: the store is open; ``open_desk`` is set.
        open_failed: with the AppError that tells why; every later task fails with it too.
    """

    opened = Signal()
    open_failed = Signal(object)
    _returned = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._store = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._free = ThreadPoolExecutor(3, thread_name_prefix="free")
        self._open_desk: OpenDesk | None = None
        self._open_error: AppError | None = None
        self._under_way = 0
        self._returned.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def open_desk(self) -> OpenDesk | None:
        """The open desk, or None while the store is being opened."""
        return self._open_desk

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way; for tests and the gallery, which wait for it."""
        return self._under_way == 0

    def start(self) -> None:
        """Open the store, behind whatever is on the screen."""
        sys.setswitchinterval(_TURN_S)
        self._submit(self._store, self._open, lambda: True, self._opened, self.open_failed.emit)

    def in_store(
        self,
        work: Callable[[Kiosk], T],
        done: Callable[[T], object],
        failed: Callable[[AppError], object],
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Do ``work`` after all earlier store work; ``done`` or ``failed`` runs in the main one."""
        self._submit(self._store, lambda: work(self._ready().kiosk), is_wanted, done, failed)

    def in_free(
        self,
        work: Callable[[OpenDesk], T],
        done: Callable[[T], object],
        failed: Callable[[AppError], object],
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Do slow ``work`` (pictures, printing, the office) beside the store's."""
        self._submit(self._free, lambda: work(self._ready()), is_wanted, done, failed)

    def stop(self) -> None:
        """Finish what was begun, then close the desk; called once, when the window closes."""
        self._free.shutdown(wait=True, cancel_futures=True)
        if self._open_desk:
            self._store.submit(self._open_desk.close)
        self._store.shutdown(wait=True)

    def _open(self) -> OpenDesk:
        try:
            self._open_desk = self._desk.open()
        except AppError as error:
            self._open_error = error
            raise
        return self._open_desk

    def _opened(self, _desk: OpenDesk) -> None:
        self.opened.emit()

    def _ready(self) -> OpenDesk:
        if self._open_error:
            raise self._open_error
        if self._open_desk is None:
            raise BugError("store_not_open")
        return self._open_desk

    def _submit(
        self,
        executor: ThreadPoolExecutor,
        work: Callable[[], T],
        is_wanted: Callable[[], bool],
        done: Callable[[T], object],
        failed: Callable[[AppError], object],
    ) -> None:
        def run() -> None:
            try:
                outcome = _Outcome(is_wanted, done, failed, result=work())
            except AppError as error:
                _log.warning("a task failed: %s", error)
                outcome = _Outcome(is_wanted, done, failed, error=error)
            except Exception:
                _log.exception("a task broke")
                outcome = _Outcome(is_wanted, done, failed, error=BugError("unexpected"))
            self._returned.emit(outcome)

        self._under_way += 1
        executor.submit(run)

    @Slot(object)
    def _deliver(self, outcome: _Outcome) -> None:
        self._under_way -= 1
        if not outcome.is_wanted():
            return
        if outcome.error:
            outcome.failed(outcome.error)
        else:
            outcome.done(outcome.result)
