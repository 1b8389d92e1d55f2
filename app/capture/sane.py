"""Scanners on Linux through SANE: finds them, keeps their names stable, scans with them.

Never loads a driver into this process: everything goes through ``scanimage``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from app.capture import faults
from app.capture.sane_options import (
    Options,
    arguments,
    bed,
    feeder_word,
    glass_word,
    read_options,
    resolutions,
)
from app.capture.scanimage import Scanimage
from app.capture.source import Pages, Source, Stop, Told
from app.domain.clock import Clock
from app.domain.sources import ScanWish, SourceDescription, SourceKind
from app.errors import LocalFault

#: Looking through the network takes SANE three to five seconds; a dead network share longer.
LISTING_S = 15.0
#: A device answers what it can do in one second, through a weak Wi-Fi in three.
ASKING_S = 8.0
#: All of it together; a device that is not reached by then is shown as it was.
LOOKING_S = 25.0
MOST_DEVICES = 16
#: Each has its pipe before the first one comes.
MOST_SHEETS = 100
#: Not scanners: webcams and cameras are Qt's business, and files for SANE's own tests.
NOT_SCANNERS = frozenset({"v4l", "gphoto2", "pnm"})
_NETWORK = frozenset({"airscan", "escl", "net"})
_ID = "sane:"
_LIST = ["--formatted-device-list=%d\x1f%v\x1f%m\x1f%t%n"]
#: Says where a device is now, None when nowhere.
Locate = Callable[[str, Stop], str | None]


@dataclass(frozen=True)
class Device:
    """One line of SANE's list."""

    address: str
    maker: str
    model: str
    kind: str
    #: Counts devices of one name, from one.
    number: int = 1

    @property
    def driver(self) -> str:
        """Return the name of SANE's backend."""
        return self.address.partition(":")[0]

    @property
    def name(self) -> str:
        """Return what people call it."""
        maker = "" if self.maker in ("Noname", "eSCL", "WSD") else self.maker
        return " ".join(f"{maker} {self.model}".split())[:80]

    @property
    def id(self) -> str:
        """Return a name that outlives the plug: an address changes with every plugging in."""
        more = f" ({self.number})" if self.number > 1 else ""
        return f"{_ID}{self.driver}:{self.name}{more}"


class SaneSource:
    """The glass or the feeder of one device.

    Args:
        program: runs ``scanimage``.
        description: what is known of it.
        locate: finds the device again when it is not where it was.
        more: further options for its driver.
        options: what may be set, when that is known already.
    """

    def __init__(
        self,
        program: Scanimage,
        description: SourceDescription,
        locate: Locate,
        more: Sequence[str] = (),
        options: Options | None = None,
    ) -> None:
        self._program = program
        self._description = description
        self._locate = locate
        self._more = list(more)
        self._options = options

    def describe(self) -> SourceDescription:
        """Return what was found out about it."""
        return self._description

    def scan(self, wish: ScanWish, told: Told, stop: Stop) -> Pages:
        """Yield pages as TIFF files; see ``Source``."""
        address = self._description.address
        for attempt in (1, 2):
            taken = 0
            try:
                for page in self._scan_at(address, wish, told, stop):
                    taken += 1
                    yield page
            except LocalFault as error:
                # What it can do may have changed; it is asked anew the next time.
                self._options = None
                if error.code != faults.LOST or taken or attempt == 2:
                    raise
                found = self._locate(self._description.id, stop)
                if found is None or found == address:
                    raise
                address = found
                self._description = msgspec.structs.replace(self._description, address=found)
                continue
            return

    def _scan_at(self, address: str, wish: ScanWish, told: Told, stop: Stop) -> Pages:
        device = [f"--device-name={address}", *self._more]
        if self._options is None:
            self._options = _options(self._program, device, self._is_feeder, ASKING_S, stop)
        word = feeder_word(self._options) if self._is_feeder else glass_word(self._options)
        given, dpi = arguments(self._options, word, wish)
        # A glass has one page; asked for more the driver would scan the same one again.
        most = (
            max(1, min(wish.most_pages, MOST_SHEETS))
            if self._is_feeder and not wish.is_preview
            else 1
        )
        yield from self._program.pages([*device, *given], dpi, most, told, stop)

    @property
    def _is_feeder(self) -> bool:
        return self._description.is_feeder


class SaneFinder:
    """Finds what SANE knows.

    Args:
        clock: the time.
        program: runs ``scanimage``.
        not_scanners: drivers to leave out.
        more: further options for every driver.
    """

    def __init__(
        self,
        clock: Clock,
        program: Scanimage,
        not_scanners: frozenset[str] = NOT_SCANNERS,
        more: Sequence[str] = (),
    ) -> None:
        self._clock = clock
        self._program = program
        self._not_scanners = not_scanners
        self._more = list(more)

    def find(self, stop: Stop) -> tuple[Source, ...] | None:
        """Ask for all devices and what each can do; None when SANE could not be asked.

        Raises:
            LocalFault: ``scan_cancelled``.
        """
        until = self._clock.monotonic() + LOOKING_S
        devices = self._devices(stop)
        if devices is None:
            return None
        found: list[Source] = []
        for device in devices:
            left = min(ASKING_S, max(0.5, until - self._clock.monotonic()))
            found += self._sources_of(device, left, stop)
        return tuple(found)

    def remembered(self, description: SourceDescription) -> Source | None:
        """Return a device of an earlier day, without asking whether it is there."""
        if not description.id.startswith(_ID):
            return None
        return SaneSource(self._program, description, self._where_is, self._more)

    def _devices(self, stop: Stop) -> list[Device] | None:
        try:
            answer = self._program.ask(_LIST, LISTING_S, stop)
        except LocalFault as error:
            if error.code == faults.CANCELLED:
                raise
            return None
        return None if answer.fault else read_devices(answer.text, self._not_scanners)

    def _where_is(self, source_id: str, stop: Stop) -> str | None:
        device_id = source_id.rpartition("#")[0]
        devices = self._devices(stop) or []
        return next((device.address for device in devices if device.id == device_id), None)

    def _sources_of(self, device: Device, deadline_s: float, stop: Stop) -> list[Source]:
        """Return a device's glass and feeder; one of them with its fault when it does not say."""
        asked = [f"--device-name={device.address}", *self._more]
        try:
            glass = _options(self._program, asked, False, deadline_s, stop)
            has_feeder, has_glass = bool(feeder_word(glass)), bool(glass_word(glass))
            if not has_feeder:
                # Without a choice, its kind says what it is.
                is_sheetfed = "sheetfed" in device.kind and not has_glass
                return [self._made(device, glass, is_feeder=is_sheetfed)]
            made = [self._made(device, glass, is_feeder=False)] if has_glass else []
            fed = _options(self._program, asked, True, deadline_s, stop)
            return [*made, self._made(device, fed, is_feeder=True)]
        except LocalFault as error:
            if error.code == faults.CANCELLED:
                raise
            return [self._made(device, None, is_feeder="sheetfed" in device.kind, fault=error.code)]

    def _made(
        self, device: Device, options: Options | None, *, is_feeder: bool, fault: str = ""
    ) -> SaneSource:
        known = options or {}
        width, height = bed(known)
        kind: SourceKind = "feeder" if is_feeder else "flatbed"
        description = SourceDescription(
            id=f"{device.id}#{kind}",
            kind="network" if device.driver in _NETWORK else kind,
            label=device.name,
            state=faults.STATES.get(fault, "needs_attention") if fault else "ready",
            fault=fault,
            resolutions=resolutions(known),
            width_mm=width,
            height_mm=height,
            is_feeder=is_feeder,
            has_preview=not is_feeder and len(resolutions(known)) > 1,
            has_region=not is_feeder and bool(width and height),
            address=device.address,
        )
        return SaneSource(self._program, description, self._where_is, self._more, options)


def read_devices(text: str, not_scanners: frozenset[str] = NOT_SCANNERS) -> list[Device]:
    """Read SANE's list: one line for each device, its fields apart by a unit separator."""
    devices: list[Device] = []
    counted: dict[str, int] = {}
    for line in text.splitlines():
        fields = line.split("\x1f")
        if len(fields) != 4 or not fields[0] or fields[0].partition(":")[0] in not_scanners:
            continue
        device = Device(fields[0], fields[1], fields[2], fields[3])
        counted[device.id] = number = counted.get(device.id, 0) + 1
        devices.append(replace(device, number=number))
    if any(device.driver == "airscan" for device in devices):
        # SANE's own, older driver finds the same network scanners once more.
        devices = [device for device in devices if device.driver != "escl"]
    return devices[:MOST_DEVICES]


def _options(
    program: Scanimage, device: Sequence[str], is_feeder: bool, deadline_s: float, stop: Stop
) -> Options:
    """Ask a device what may be set when it reads from its glass, or its feeder."""
    options = _asked(program, device, deadline_s, stop)
    wanted = feeder_word(options) if is_feeder else glass_word(options)
    if wanted and options["source"].current != wanted:
        # A feeder takes longer sheets than the glass, and perhaps fewer resolutions.
        return _asked(program, [*device, f"--source={wanted}"], deadline_s, stop)
    return options


def _asked(program: Scanimage, device: Sequence[str], deadline_s: float, stop: Stop) -> Options:
    answer = program.ask([*device, "--all-options"], deadline_s, stop)
    if answer.fault:
        raise faults.fault(answer.fault)
    return read_options(answer.text)
