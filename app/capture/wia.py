"""Scanners on Windows through WIA 2.0: finds them and scans, each time in a process of its own.

Never speaks to COM in this process: a driver that crashes or hangs takes only the other one along.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import msgspec

from app.capture import faults
from app.capture.sane_options import PREVIEW_DPI, nearest
from app.capture.source import Pages, Source, Stop
from app.capture.source import Told as ToldProgress
from app.capture.wia_orders import (
    Ended,
    FindOrder,
    Found,
    FoundDevice,
    Order,
    PageBegun,
    PageDone,
    ScanOrder,
    Told,
)
from app.capture.wia_process import serve
from app.domain.clock import Clock
from app.domain.sources import ScanProgress, ScanWish, SourceDescription, SourceKind
from app.errors import LocalFault

#: WIA says nothing while a page is read: the slowest glass at 300 dpi, and a lamp that warms up.
SILENT_S = 180.0
LOOKING_S = 25.0
_GLANCE_S = 0.05
_MOST_TOLD_BYTES = 200 * 1024 * 1024
_ID = "wia:"
_WINDOWS = "app.capture.wia_com:windows"


class WiaFinder:
    """Finds what Windows knows.

    Args:
        clock: the time.
        maker: ``module:function`` that returns the COM objects, in the other process.
        silent_s: how long a driver may say nothing.
    """

    def __init__(self, clock: Clock, maker: str = _WINDOWS, silent_s: float = SILENT_S) -> None:
        self._clock = clock
        self._maker = maker
        self._silent_s = silent_s

    def find(self, stop: Stop) -> tuple[Source, ...] | None:
        """Ask Windows for all scanners; None when it could not be asked.

        Raises:
            LocalFault: ``scan_cancelled``.
        """
        found: list[Source] = []
        try:
            for told in self.carry_out(FindOrder(), LOOKING_S, stop):
                if isinstance(told, Found):
                    found += [one for device in told.devices for one in self._sources_of(device)]
        except LocalFault as error:
            if error.code == faults.CANCELLED:
                raise
            return None
        return tuple(found)

    def remembered(self, description: SourceDescription) -> Source | None:
        """Return a device of an earlier day, without asking whether it is there."""
        if not description.id.startswith(_ID):
            return None
        return WiaSource(self, description, self._silent_s)

    def carry_out(self, order: Order, silent_s: float, stop: Stop) -> Iterator[Told]:
        """Have an order carried out; yield what is told, until it ended.

        Raises:
            LocalFault: what the device reports, ``scan_cancelled``, ``scanner_silent``,
                ``scanner_driver_died``.
        """
        with _driver(self._maker, order) as pipe:
            until = self._clock.monotonic() + silent_s
            while True:
                if stop.is_set():
                    raise faults.fault(faults.CANCELLED)
                if self._clock.monotonic() > until:
                    raise faults.fault(faults.SILENT)
                if not pipe.poll(_GLANCE_S):
                    continue
                told = _received(pipe)
                if isinstance(told, Ended):
                    if told.fault:
                        raise faults.fault(
                            told.fault if told.fault in faults.CODES else faults.DIED
                        )
                    return
                yield told
                until = self._clock.monotonic() + silent_s

    def _sources_of(self, device: FoundDevice) -> list[Source]:
        parts = [(False, device.has_glass), (True, device.has_feeder)]
        described = [
            _described(device, is_feeder=is_feeder) for is_feeder, is_there in parts if is_there
        ]
        return [WiaSource(self, description, self._silent_s) for description in described]


class WiaSource:
    """The glass or the feeder of one device.

    Args:
        finder: has orders carried out.
        description: what is known of it.
        silent_s: how long its driver may say nothing.
    """

    def __init__(self, finder: WiaFinder, description: SourceDescription, silent_s: float) -> None:
        self._finder = finder
        self._description = description
        self._silent_s = silent_s

    def describe(self) -> SourceDescription:
        """Return what was found out about it."""
        return self._description

    def scan(self, wish: ScanWish, told: ToldProgress, stop: Stop) -> Pages:
        """Yield pages as TIFF files; see ``Source``. WIA tells no progress within a page."""
        known = self._description
        wanted = PREVIEW_DPI if wish.is_preview else wish.dpi
        is_several = known.is_feeder and not wish.is_preview
        order = ScanOrder(
            known.address,
            known.is_feeder,
            nearest(known.resolutions, wanted) or wanted,
            wish.is_color,
            max(1, wish.most_pages) if is_several else 1,
            wish.region,
        )
        number = 1
        for step in self._finder.carry_out(order, self._silent_s, stop):
            if isinstance(step, PageBegun):
                number = step.number
                told(ScanProgress(number))
            elif isinstance(step, PageDone):
                told(ScanProgress(number, 1.0))
                yield step.content


def _described(device: FoundDevice, *, is_feeder: bool) -> SourceDescription:
    kind: SourceKind = "feeder" if is_feeder else "flatbed"
    width, height = device.feeder_mm if is_feeder else device.glass_mm
    return SourceDescription(
        id=f"{_ID}{device.device_id}#{kind}",
        kind=kind,
        label=device.name,
        state=faults.STATES.get(device.fault, "needs_attention") if device.fault else "ready",
        fault=device.fault,
        resolutions=device.resolutions,
        width_mm=width,
        height_mm=height,
        is_feeder=is_feeder,
        has_preview=not is_feeder and len(device.resolutions) > 1,
        has_region=not is_feeder and bool(width and height),
        address=device.device_id,
    )


@contextmanager
def _driver(maker: str, order: Order) -> Iterator[Connection]:
    """Start the process that has the driver; it never outlives the work."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=serve,
        args=(theirs, maker, msgspec.msgpack.encode(order)),
        name="scanner",
        daemon=True,
    )
    try:
        process.start()
    except OSError as error:
        ours.close()
        raise faults.fault(faults.DIED) from error
    finally:
        theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.kill()
        process.join()
        process.close()


def _received(pipe: Connection) -> Told:
    try:
        told: Told = msgspec.msgpack.decode(pipe.recv_bytes(_MOST_TOLD_BYTES), type=Told)
    except (EOFError, OSError, ValueError, RecursionError) as error:
        # The driver took the other process along.
        raise faults.fault(faults.DIED) from error
    return told
