"""Owns the list of everything pages can come from here, and lets one of them work at a time.

Listing never asks a device: it says what was seen last. Asking is a call of its own, which may take
seconds and gives way as soon as somebody wants to scan.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from app.capture import faults
from app.capture.folder import FolderSource
from app.capture.source import Finder, Pages, Source, Stop, Told
from app.domain.clock import Clock
from app.domain.sources import FILE_ID, FOLDER_ID, ScanWish, SourceDescription
from app.errors import BugError, LocalFault

CAMERA_ID = "camera:"
#: What a scan that begins waits for a search to let go of the device.
_GIVE_WAY_S = 10.0
_GLANCE_S = 0.05


class Sources:
    """All sources of one kiosk; its methods may be called from any thread.

    Args:
        clock: the time.
        finders: the ways in which devices are connected to this machine.
    """

    def __init__(self, clock: Clock, finders: Sequence[Finder]) -> None:
        self._clock = clock
        self._finders = tuple(finders)
        self._devices: dict[str, SourceDescription] = {}
        self._known: dict[str, Source] = {}
        self._cameras: tuple[SourceDescription, ...] = ()
        self._folder: FolderSource | None = None
        #: Held while a device is spoken to.
        self._turn = threading.Lock()
        #: A scan waits for its turn; a search then ends.
        self._is_wanted = threading.Event()
        self._is_scanning = threading.Lock()
        self._is_new = True

    @property
    def is_new(self) -> bool:
        """Tell whether it was not yet told what was seen on an earlier day."""
        return self._is_new

    def listed(self) -> tuple[SourceDescription, ...]:
        """Return what there is, as it was seen last: scanners, cameras, folder, file."""
        folder = (self._folder.describe(),) if self._folder is not None else ()
        file = SourceDescription(FILE_ID, "file", is_feeder=True)
        return (*self._devices.values(), *self._cameras, *folder, file)

    def remember(self, descriptions: Sequence[SourceDescription]) -> None:
        """Take over what was seen on an earlier day, where nothing newer is known."""
        self._is_new = False
        for description in descriptions:
            for finder in self._finders:
                source = finder.remembered(description)
                if source is not None and description.id not in self._devices:
                    self._devices[description.id] = description
                    self._known[description.id] = source

    def note_cameras(self, cameras: Sequence[tuple[str, str]]) -> None:
        """Take over which cameras there are, as ids and names: the screen alone can see them."""
        self._cameras = tuple(
            SourceDescription(id, "camera", label, has_preview=True) for id, label in cameras
        )

    def watch(self, folder: Path | None) -> None:
        """Watch a folder, or none."""
        self._folder = FolderSource(folder, self._clock) if folder is not None else None

    def find(self, stop: Stop) -> tuple[SourceDescription, ...]:
        """Ask for all devices and return the list; what is not found any more is absent.

        A search that gives way to a scan, or meets one, leaves the list as it was.

        Raises:
            LocalFault: ``scan_cancelled`` when ``stop`` was set.
        """
        if not self._may_search(stop):
            return self.listed()
        try:
            for finder in self._finders:
                try:
                    found = finder.find(_Either(stop, self._is_wanted))
                except LocalFault as error:
                    if error.code != faults.CANCELLED or stop.is_set():
                        raise
                    break
                if found is not None:
                    self._replace(finder, found)
        finally:
            self._turn.release()
        return self.listed()

    def scan(self, source_id: str, wish: ScanWish, told: Told, stop: Stop) -> Pages:
        """Yield pages of one source; see ``Source.scan``.

        Raises:
            LocalFault: ``source_unknown``, ``scanner_busy`` while another scan is under way, and
                what the source reports.
            BugError: ``source_is_screens`` for the file and the cameras.
        """
        if source_id == FOLDER_ID and self._folder is not None:
            yield from self._folder.scan(wish, told, stop)
            return
        if source_id == FILE_ID or source_id.startswith(CAMERA_ID):
            raise BugError("source_is_screens")
        source = self._known.get(source_id)
        if source is None:
            raise faults.fault(faults.UNKNOWN)
        with self._device():
            try:
                yield from source.scan(wish, told, stop)
            except LocalFault as error:
                self._note(source_id, error.code)
                raise
            self._note(source_id, "")

    def _may_search(self, stop: Stop) -> bool:
        """Wait for another search to end and take the turn; False when somebody scans."""
        while not self._turn.acquire(timeout=_GLANCE_S):
            if stop.is_set():
                raise faults.fault(faults.CANCELLED)
            if self._is_scanning.locked():
                return False
        return True

    @contextmanager
    def _device(self) -> Iterator[None]:
        """Have the devices for oneself: one scan at a time, and a search gives way."""
        if not self._is_scanning.acquire(blocking=False):
            raise faults.fault(faults.BUSY)
        try:
            self._is_wanted.set()
            has_turn = self._turn.acquire(timeout=_GIVE_WAY_S)
            self._is_wanted.clear()
            if not has_turn:
                raise faults.fault(faults.BUSY)
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._is_scanning.release()

    def _note(self, source_id: str, code: str) -> None:
        """Remember how a device was when it was last used."""
        if code == faults.CANCELLED:
            return
        state = faults.STATES.get(code, "needs_attention") if code else "ready"
        seen = self._known[source_id].describe()
        self._devices[source_id] = msgspec.structs.replace(seen, state=state, fault=code)

    def _replace(self, finder: Finder, found: Sequence[Source]) -> None:
        """Take over what one finder saw; what it saw before and not now is absent."""
        seen = {source.describe().id: source for source in found}
        troubled = {
            _device_of(one.id): one
            for one in (source.describe() for source in found)
            if one.fault and not one.resolutions
        }
        kept: dict[str, SourceDescription] = {}
        for source_id, known in self._devices.items():
            trouble = troubled.get(_device_of(source_id))
            if trouble is not None:
                # It did not say what it is; what it was is still true.
                seen.pop(trouble.id, None)
                kept[source_id] = msgspec.structs.replace(
                    known, state=trouble.state, fault=trouble.fault, address=trouble.address
                )
            elif source_id in seen:
                continue
            elif finder.remembered(known) is None:
                kept[source_id] = known
            else:
                kept[source_id] = msgspec.structs.replace(known, state="absent", fault=faults.LOST)
        self._known = {**self._known, **seen}
        fresh = {source_id: source.describe() for source_id, source in seen.items()}
        self._devices = {**fresh, **kept}


def _device_of(source_id: str) -> str:
    """Return what a device's glass and feeder have in common."""
    return source_id.rpartition("#")[0]


class _Either:
    """A wish to end that is set when one of two is."""

    def __init__(self, one: Stop, other: Stop) -> None:
        self._one, self._other = one, other

    def is_set(self) -> bool:
        return self._one.is_set() or self._other.is_set()

    def wait(self, timeout: float) -> bool:
        return self._one.wait(timeout) or self._other.is_set()
