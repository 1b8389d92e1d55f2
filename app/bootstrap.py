"""The only composition root of the kiosk: makes every object and hands it to who needs it.

Holds no logic. Imports late: what the first picture does not need is imported when the store opens.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.alone import only_one
from app.config import Settings, data_folder, read_settings

if TYPE_CHECKING:
    from app.domain.sharing import Sharing
    from app.security.key_store import StoreKey
    from app.services.backing_up import Backups
    from app.services.doctor import DoctorReport
    from app.services.kiosk import Kiosk
    from app.sync.courier import StickCourier
    from app.sync.engine import Engine
    from app.sync.link_adapter import Road
    from app.sync.runner import Runner
    from app.sync.streaming import Progress
    from app.ui.desk import Desk, OpenDesk

#: How long the sync thread may take to end when the window closes.
STOP_DEADLINE_S = 10.0


class MachineClock:
    """The machine's clocks; the one place that reads them."""

    def now(self) -> datetime:
        """Return the wall clock's time in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - here time enters the program

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


class MachineDice:
    """The operating system's randomness."""

    def bytes(self, count: int) -> bytes:
        """Return random bytes fit for keys."""
        return os.urandom(count)


@dataclass(frozen=True)
class OpenKiosk:
    """A kiosk with its store open.

    Attributes:
        kiosk: what services work on.
        key: the store's key, and where it was found.
        settings: what the program started with.
    """

    kiosk: Kiosk
    key: StoreKey
    settings: Settings


def kiosk_folder(wanted: Path | None) -> Path:
    """Return the kiosk's folder by argument, environment or platform."""
    return data_folder(os.environ, wanted)


@contextmanager
def open_kiosk(folder: Path) -> Iterator[OpenKiosk]:
    """Open the store and all that works on it; close everything at the end."""
    opened = _open_kiosk(folder)
    try:
        yield opened
    finally:
        opened.kiosk.imaging.close()
        opened.kiosk.store.close()


def examine_kiosk(folder: Path) -> DoctorReport:
    """Let the doctor look at a kiosk's folder."""
    from app.imaging.pool import ImagingPool
    from app.resources import load_catalogue
    from app.security.key_store import MachineKeyRing, store_key
    from app.services.doctor import examine
    from app.storage.moving_in import finish_restore

    def find_key() -> StoreKey:
        finish_restore(folder)
        return store_key(folder, MachineKeyRing())

    def can_read_papers() -> bool:
        imaging = ImagingPool(has_engine=read_settings(folder).reads_papers)
        try:
            return imaging.check()
        finally:
            imaging.close()

    return examine(
        folder,
        MachineClock(),
        find_key,
        lambda: load_catalogue().version,
        can_read_papers,
    )


def make_runner(opened: OpenKiosk) -> Runner:
    """Make the sync engine's thread; it does not run yet."""
    from app.sync.network_watch import watch_network
    from app.sync.runner import Runner

    kiosk = opened.kiosk

    def make_engine(on_progress: Callable[[Progress], None]) -> Engine:
        # Called on the sync thread: requests is slow to import.
        from app.sync.courier_handing import RelayingEngine
        from app.sync.courier_relay import RelayBox
        from app.sync.once import opens_links

        links = opens_links(kiosk.clock, road(opened.settings))
        engine = RelayingEngine(
            kiosk.store,
            kiosk.clock,
            kiosk.dice,
            kiosk.announcer,
            links,
            on_progress,
            sharing=sharing(opened.settings),
        )
        engine.carry(RelayBox(kiosk.store))
        return engine

    return Runner(
        kiosk.store,
        kiosk.clock,
        kiosk.dice,
        kiosk.announcer,
        make_engine,
        opened.settings.pull_interval_s,
        watch_network,
    )


def sharing(settings: Settings) -> Sharing:
    """Return what holds of a shared link as long as nobody chose otherwise on a screen."""
    from app.domain.sharing import Sharing

    return Sharing(
        settings.most_bytes_per_s, settings.quiet_hours, settings.most_document_bytes_per_day
    )


def make_courier(opened: OpenKiosk, then: Callable[[], None] = lambda: None) -> StickCourier:
    """Make what reads and writes sticks; ``then`` is called after each exchange."""
    from app.sync.courier import StickCourier
    from app.sync.courier_relay import RelayBox

    kiosk = opened.kiosk
    box = RelayBox(kiosk.store)
    return StickCourier(kiosk.store, kiosk.clock, kiosk.announcer, box, then=then)


def make_backups(opened: OpenKiosk) -> Backups:
    """Make what copies the kiosk to another disk."""
    from app.services.backing_up import Backups

    return Backups(opened.kiosk, opened.key)


def road(settings: Settings) -> Road:
    """Return how to reach the office, beside its address."""
    from app.sync.link_adapter import Road

    return Road(settings.office_ca_file, settings.office_certificate, settings.proxy_url)


def make_desk(folder: Path) -> Desk:
    """Make what the window starts with; opens nothing."""
    from app.ui.collecting import collect_rarely
    from app.ui.desk import Desk

    collect_rarely()
    settings = read_settings(folder)
    return Desk(
        clock=MachineClock(),
        open=lambda: _open_desk(folder),
        idle_s=round(settings.idle_warning_s),
        countdown_s=round(settings.idle_lock_s - settings.idle_warning_s),
        is_full_screen=settings.is_full_screen,
    )


def run_kiosk(wanted: Path | None) -> int:
    """Show the kiosk's window until it is closed.

    Raises:
        LocalFault: ``kiosk_in_use`` when the folder has a window already.
    """
    folder = kiosk_folder(wanted)
    desk = make_desk(folder)
    with ExitStack() as held:
        # A folder that cannot be written is for the window to tell, where a person sees it.
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            held.enter_context(only_one(folder, "window.lock", "kiosk_in_use"))
        from app.ui.window import run_kiosk as run_window

        return run_window(desk)


def draw_home(wanted: Path | None, picture: Path) -> int:
    """Open the kiosk, draw its home screen into a picture and close it."""
    from app.ui.home_picture import draw_home as draw

    return draw(make_desk(kiosk_folder(wanted)), picture)


def _open_kiosk(folder: Path) -> OpenKiosk:
    from app.capture.machine import machine_sources
    from app.domain.news import Announcer
    from app.imaging.pool import ImagingPool
    from app.resources import load_catalogue, load_regions
    from app.security.key_store import MachineKeyRing, store_key
    from app.services.kiosk import Catalogues, Kiosk
    from app.storage.moving_in import finish_restore
    from app.storage.store import Store

    clock = MachineClock()
    settings = read_settings(folder)
    _keep_log(folder)
    finish_restore(folder)
    key = store_key(folder, MachineKeyRing())
    store = Store.open(folder, key.key, clock)
    kiosk = Kiosk(
        store=store,
        clock=clock,
        dice=MachineDice(),
        catalogues=Catalogues(store, load_catalogue),
        regions=cache(load_regions),
        imaging=ImagingPool(has_engine=settings.reads_papers),
        capture=machine_sources(clock),
        announcer=Announcer(),
    )
    return OpenKiosk(kiosk, key, settings)


@cache
def _keep_log(folder: Path) -> None:
    """Write a log beside the store, small and masked; once for each folder and process."""
    import logging

    from app.security.log_file import LogFile

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        # The store says what is wrong with the disk; a log must not.
        return
    root = logging.getLogger()
    root.addHandler(LogFile(folder))
    root.setLevel(logging.INFO)
    for chatty in ("alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _open_desk(folder: Path) -> OpenDesk:
    from app.services.developing import Developer
    from app.services.upkeep import Upkeep
    from app.ui.choices import chosen_look
    from app.ui.desk import OpenDesk

    opened = _open_kiosk(folder)
    kiosk = opened.kiosk
    runner = make_runner(opened)
    developer = Developer(kiosk)
    backups = make_backups(opened)
    upkeep = Upkeep(kiosk, backups)
    language, appearance = chosen_look(kiosk)

    def close() -> None:
        developer.stop(STOP_DEADLINE_S)
        upkeep.stop(STOP_DEADLINE_S)
        runner.stop(STOP_DEADLINE_S)
        kiosk.imaging.close()
        kiosk.store.close()

    def enrol_here(office_url: str, typed_code: str, device_name: str) -> None:
        from app.sync.enrolling import enrol

        way = road(opened.settings)
        enrol(kiosk.store, kiosk.clock, office_url, typed_code, device_name, road=way)
        runner.wake()

    # Last: their threads' imports would slow what the person waits for.
    runner.start()
    developer.start()
    upkeep.start()
    return OpenDesk(
        kiosk=kiosk,
        sending=runner,
        enrol=enrol_here,
        close=close,
        examine=lambda: examine_kiosk(folder),
        courier=make_courier(opened, runner.wake),
        backups=backups,
        sharing=sharing(opened.settings),
        language=language,
        appearance=appearance,
    )
