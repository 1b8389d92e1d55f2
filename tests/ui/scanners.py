"""Scanners that a test holds in its hands: they give the pages they are told to, or fail."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event

import msgspec

from app.capture.source import Source, Stop, Told
from app.capture.sources import Sources
from app.domain.clock import Clock
from app.domain.sources import ScanProgress, ScanWish, SourceDescription, SourceState
from app.errors import LocalFault

GLASS = SourceDescription(
    "fake:glass", "flatbed", "Canon LiDE 300", width_mm=216, height_mm=297, address="usb:1"
)
TRAY = SourceDescription("fake:tray", "feeder", "Fujitsu fi-7160", is_feeder=True, address="usb:2")


@dataclass
class FakeScanner(Source):
    """Gives pages in order; each scan begins with the next one.

    Attributes:
        pages: what lies in it.
        fault: what it reports after its pages are gone, or at once when there are none.
        waits: at this page it stands still until ``goes`` is set.
        goes: see ``waits``.
    """

    description: SourceDescription = GLASS
    pages: list[bytes] = field(default_factory=list)
    fault: str = ""
    waits: int = 0
    goes: Event = field(default_factory=Event)
    wishes: list[ScanWish] = field(default_factory=list)
    is_closed: bool = False

    def describe(self) -> SourceDescription:
        return self.description

    def scan(self, wish: ScanWish, told: Told, stop: Stop) -> Generator[bytes, None, None]:
        self.wishes.append(wish)
        self.is_closed = False
        try:
            yield from self._scan(wish, told, stop)
        finally:
            self.is_closed = True

    def _scan(self, wish: ScanWish, told: Told, stop: Stop) -> Iterator[bytes]:
        most = wish.most_pages if self.description.is_feeder else 1
        if not self.pages and self.fault:
            raise LocalFault(self.fault)
        for number in range(1, min(most, len(self.pages)) + 1):
            told(ScanProgress(number, 0.4))
            while number == self.waits and not self.goes.is_set():
                if stop.wait(0.01):
                    raise LocalFault("scan_cancelled")
            yield self.pages.pop(0)
        if self.fault:
            raise LocalFault(self.fault)


class _FakeFinder:
    def __init__(self, scanners: Sequence[FakeScanner]) -> None:
        self._scanners = scanners

    def find(self, stop: Stop) -> tuple[Source, ...]:
        return tuple(self._scanners)

    def remembered(self, description: SourceDescription) -> Source | None:
        known = (one for one in self._scanners if one.description.id == description.id)
        return next(known, None)


def sources_of(clock: Clock, scanners: Sequence[FakeScanner]) -> Sources:
    """Return sources that find whatever is in the list when they look."""
    return Sources(clock, (_FakeFinder(scanners),))


def ailing(state: SourceState, fault: str) -> FakeScanner:
    """Return a scanner that is not ready."""
    return FakeScanner(msgspec.structs.replace(GLASS, state=state, fault=fault))
