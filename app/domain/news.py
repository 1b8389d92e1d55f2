"""News of the kiosk's own making, for whoever listens; carries ids, never answers."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class ApplicationChanged(msgspec.Struct, frozen=True):
    """An application's state, answers or documents changed."""

    application_id: str
    #: What happened, as in the timeline: ``finalized``, ``received``, ``returned``, ``state``, ...
    what: str


class CatalogueTaken(msgspec.Struct, frozen=True):
    """A newer catalogue is in force for new applications."""

    version: str


class PageTaken(msgspec.Struct, frozen=True):
    """A page has another picture, or lies another way: it must be developed."""

    application_id: str
    page_id: str


class PageDeveloped(msgspec.Struct, frozen=True):
    """A page's travelling form is made and what is written on it was read."""

    application_id: str
    page_id: str


News = ApplicationChanged | CatalogueTaken | PageTaken | PageDeveloped
Listener = Callable[[News], None]


class Announcer:
    """Passes news on; listeners are called on the announcing thread and must not block."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; return the way to remove it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def announce(self, news: News) -> None:
        """Tell every listener."""
        for listener in tuple(self._listeners):
            listener(news)
