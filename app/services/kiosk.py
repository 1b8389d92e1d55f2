"""The kiosk's parts, handed to every service; built by the composition root, decides nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from app.capture.sources import Sources
from app.domain.catalogue import Catalogue
from app.domain.catalogue_reading import decode, encode
from app.domain.clock import Clock, Dice
from app.domain.news import Announcer
from app.domain.regions import Regions
from app.domain.words import WIB
from app.errors import BugError, UserError
from app.imaging.pool import ImagingPool
from app.services.room import LEAST_FREE_BYTES
from app.storage import catalogues as stored
from app.storage.store import Store


class Catalogues:
    """Every catalogue this kiosk may need: the shipped one, and those in the store.

    Args:
        store: holds the catalogues taken from the office or used by an application.
        shipped: reads the catalogue that came with the program; called at most once.
    """

    def __init__(self, store: Store, shipped: Callable[[], Catalogue]) -> None:
        self._store = store
        self._read_shipped = shipped
        self._known: dict[str, Catalogue] = {}
        self._shipped_version = ""

    def current(self) -> Catalogue:
        """Return the newest of all, for new applications."""
        shipped = self._shipped()
        with self._store.read() as session:
            versions = stored.versions(session)
        return self.of(max((shipped.version, *versions), key=_age_of))

    def of(self, version: str) -> Catalogue:
        """Return the catalogue an application was started under.

        Raises:
            BugError: ``catalogue_missing``; a version is stored before an application names it.
        """
        if version not in self._known:
            self._shipped()
        if version not in self._known:
            with self._store.read() as session:
                content = stored.content(session, version)
            if content is None:
                raise BugError("catalogue_missing", version=version)
            self._known[version] = decode(content)
        return self._known[version]

    def encoded(self, version: str) -> bytes:
        """Return one catalogue's JSON, to be stored beside the first application that uses it."""
        return encode(self.of(version))

    def _shipped(self) -> Catalogue:
        if not self._shipped_version:
            shipped = self._read_shipped()
            self._known[shipped.version] = shipped
            self._shipped_version = shipped.version
        return self._known[self._shipped_version]


def _age_of(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


class Tries:
    """Bounds how often something may be tried: ten times a minute, whoever tries."""

    def __init__(self, most: int = 10, window_s: float = 60.0) -> None:
        self._most = most
        self._window_s = window_s
        self._at: deque[float] = deque()

    def count(self, now_s: float) -> None:
        """Count one try.

        Raises:
            UserError: ``too_many_tries`` with ``seconds``.
        """
        while self._at and now_s - self._at[0] >= self._window_s:
            self._at.popleft()
        if len(self._at) >= self._most:
            seconds = int(self._at[0] + self._window_s - now_s) + 1
            raise UserError("too_many_tries", seconds=seconds)
        self._at.append(now_s)


@dataclass(frozen=True)
class Kiosk:
    """What services work with.

    Attributes:
        store: everything remembered.
        clock: the time.
        dice: chance.
        catalogues: what can be applied for.
        regions: the table of places, read at the first call.
        imaging: the workers that look at untrusted pictures.
        capture: everything pages can come from.
        announcer: tells the interface what changed.
        status_tries: bounds how often anybody asks for a status here.
        least_free_bytes: what new work leaves free on the disk.
        at_developing: held while a page is encoded and read, so that nothing is made twice.
    """

    store: Store
    clock: Clock
    dice: Dice
    catalogues: Catalogues
    regions: Callable[[], Regions]
    imaging: ImagingPool
    capture: Sources
    announcer: Announcer
    status_tries: Tries = field(default_factory=Tries)
    least_free_bytes: int = LEAST_FREE_BYTES
    at_developing: Lock = field(default_factory=Lock)

    def today(self) -> date:
        """Return the day on the islands' calendar."""
        return self.clock.now().astimezone(WIB).date()
