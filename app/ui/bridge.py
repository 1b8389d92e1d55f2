"""Carries what the core tells in its own threads to the main thread, as signals; never decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.desk import OpenDesk

if TYPE_CHECKING:
    from app.domain.sending import SendingStatus


class Bridge(QObject):
    """Signals that any screen may listen to.

    Signals:
        news_came: one of ``app.domain.news.News``.
        sending_changed: a ``SendingStatus``, at most ten a second.
    """

    news_came = Signal(object)
    sending_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._open: OpenDesk | None = None
        self._leave: list[Callable[[], None]] = []

    def attach(self, open_desk: OpenDesk) -> None:
        """Listen to the core; a signal sent from its threads arrives in the main one."""
        self._open = open_desk
        self._leave = [
            open_desk.kiosk.announcer.subscribe(self.news_came.emit),
            open_desk.sending.subscribe(self.sending_changed.emit),
        ]

    def detach(self) -> None:
        """Stop listening, before the window goes."""
        for leave in self._leave:
            leave()
        self._leave = []

    def status(self) -> SendingStatus | None:
        """Return the newest sending status; None while the store is being opened."""
        return self._open.sending.status() if self._open else None
