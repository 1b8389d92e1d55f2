"""Owns what every source of pages promises; knows no device."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Protocol

from app.domain.sources import ScanProgress, ScanWish, SourceDescription

#: Pages as they come, each a file; may be closed early.
Pages = Generator[bytes, None, None]
Told = Callable[[ScanProgress], None]


class Stop(Protocol):
    """A wish to end, such as a ``threading.Event``."""

    def is_set(self) -> bool:
        """Tell whether to end now."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait until it is set, at most so long; tell whether it is."""
        ...


class Source(Protocol):
    """One thing that pages can come from; used by one thread at a time."""

    def describe(self) -> SourceDescription:
        """Return what is known of it, at once."""
        ...

    def scan(self, wish: ScanWish, told: Told, stop: Stop) -> Pages:
        """Yield pages, each a picture or PDF file of its own, as soon as they are whole.

        Asking for the next page says that the one before is kept: only then is anything done that
        cannot be taken back, such as deleting a file that was taken from a folder. Closing the
        iterator early ends the device's work and takes nothing back.

        Raises:
            LocalFault: one of ``app.capture.faults``; pages yielded before it are good.
        """
        ...


class Finder(Protocol):
    """Knows one way in which devices are connected."""

    def find(self, stop: Stop) -> tuple[Source, ...] | None:
        """Ask for all devices, in a stated time; None when they could not be asked."""
        ...

    def remembered(self, description: SourceDescription) -> Source | None:
        """Return a device from an earlier day without looking for it; None when not its kind."""
        ...
