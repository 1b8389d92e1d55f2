"""The one sync thread: wakes on new work, a changed network and the schedule; tells how it goes.

Never lets a screen wait: every call from outside sets a flag or reads a snapshot. Imports the
network libraries on its own thread, because the first screen does not need them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from app.domain.clock import Clock, Dice
from app.domain.news import Announcer, ApplicationChanged, News
from app.domain.sending import SendingStatus
from app.errors import AppError
from app.storage.store import Store
from app.sync import status
from app.sync.stopping import Stopping

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

    from app.sync.engine import Engine
    from app.sync.reports import CycleReport
    from app.sync.streaming import Progress

_log = logging.getLogger(__name__)
#: Progress is told at most ten times a second.
_LEAST_BETWEEN_REPORTS_S = 0.1
#: The schedule goes by the wall clock, which may be set back by a year: no sleep is longer.
_LONGEST_SLEEP_S = 900.0
#: Work that is due although a cycle ended well is looked at again after this.
_SOON_S = 5.0
_NEXT = "next_cycle"
#: Changes after which something new waits to be sent.
_WAKES = frozenset({"finalized", "queued_again", "asked"})

#: Calls its first argument whenever another network is there.
WatchesNetwork = Callable[[Callable[[], None], Stopping], None]
#: Builds the engine on the sync thread.
MakesEngine = Callable[[Callable[["Progress"], None]], "Engine"]


class Runner:
    """Runs the engine; what screens know as ``Sending``.

    Args:
        store: for the facts of the panel.
        clock: the time.
        dice: spreads the kiosks' regular pulls.
        announcer: tells of finalized applications, which wake the engine.
        make_engine: called once, on the sync thread.
        pull_interval_s: pause between two looks for news when nothing waits.
        watch: tells of another network, on a thread of its own, until told to stop.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        dice: Dice,
        announcer: Announcer,
        make_engine: MakesEngine,
        pull_interval_s: float = 300.0,
        watch: WatchesNetwork | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._dice = dice
        self._announcer = announcer
        self._make_engine = make_engine
        self._pull_interval_s = pull_interval_s
        self._watch = watch
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._is_forced = threading.Event()
        #: Made, and used but for a changed network, by the sync thread.
        self._engine: Engine | None = None
        self._thread: threading.Thread | None = None
        self._scheduler: BackgroundScheduler | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._listeners: list[Callable[[SendingStatus], None]] = []
        self._status = status.UNKNOWN
        self._reported_at = float("-inf")
        self._next_attempt_at: datetime | None = None
        #: What waits beside the pack under way.
        self._beside_bytes = 0

    def start(self) -> None:
        """Begin; the first cycle runs at once."""
        if self._thread is not None:
            return
        self._unsubscribe = self._announcer.subscribe(self._hear)
        self._wake.set()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()
        if self._watch is not None:
            watching = (self.link_changed, self._stop)
            threading.Thread(
                target=self._watch, args=watching, name="network watch", daemon=True
            ).start()

    def stop(self, deadline_s: float = 5.0) -> bool:
        """End; False, and a line in the log, when the thread did not end in time.

        A thread is never killed: what it was doing is safe at any point, and the process may go.
        """
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._stop.set()
        self._wake.set()
        if self._thread is None:
            return True
        self._thread.join(deadline_s)
        has_ended = not self._thread.is_alive()
        if not has_ended:
            _log.error("the sync thread did not end within %.0f s", deadline_s)
        return has_ended

    def status(self) -> SendingStatus:
        """Return the newest snapshot."""
        return self._status

    def wake(self) -> None:
        """Try now, whatever the schedule says."""
        self._is_forced.set()
        self._wake.set()

    def link_changed(self) -> None:
        """The machine has another network: try now, and forget the failures on the old one."""
        if self._engine is not None:
            # At once: the cycle under way may last for hours.
            self._engine.link_changed()
        self.wake()

    def subscribe(self, listener: Callable[[SendingStatus], None]) -> Callable[[], None]:
        """Call a listener on each change, from the sync thread; return the way to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _hear(self, news: News) -> None:
        if isinstance(news, ApplicationChanged) and news.what in _WAKES:
            self._wake.set()

    def _run(self) -> None:
        """Sleep, cycle, choose the next time; until told to stop."""
        while not self._stop.is_set():
            self._wake.wait(_LONGEST_SLEEP_S)
            self._wake.clear()
            if self._stop.is_set():
                break
            try:
                # First: what waits is told even if nothing else succeeds.
                self._publish(status.at_rest(self._store, self._status, None, is_busy=True))
                if self._engine is None:
                    self._engine = self._begin()
                self._cycle(self._engine)
            except Exception as error:  # the top of the sync loop: one of the three places that may
                # The words of a foreign exception may hold what was sent; its place does not.
                _log.exception("a sync cycle broke")
                self._sleep_until(self._clock.now() + timedelta(seconds=_LONGEST_SLEEP_S / 3))
                self._publish(status.broken(self._status, error, self._next_attempt_at))
        if self._scheduler is not None:
            # Without jobs first: one that is due at the very moment of a shutdown breaks the
            # scheduler's thread (it looks for the job among those never started).
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)

    def _begin(self) -> Engine:
        """Prepare what every cycle needs; called again until it succeeds."""
        from app.storage.sweeping import sweep_orphans

        if self._scheduler is None:
            self._scheduler = _schedule()
        try:
            sweep_orphans(self._store)
        except AppError as error:
            # It only saves room: what waits goes without it.
            _log.warning("old files were not swept: %s", error)
        return self._make_engine(self._tell_progress)

    def _cycle(self, engine: Engine) -> None:
        is_forced = self._is_forced.is_set()
        self._is_forced.clear()
        report = engine.cycle(self._stop, is_forced=is_forced)
        self._choose_next(report)
        known = status.after(report, self._status)
        self._publish(status.at_rest(self._store, known, self._next_attempt_at, is_busy=False))

    def _choose_next(self, report: CycleReport) -> None:
        now = self._clock.now()
        wait_s = self._pull_interval_s * (0.75 + int.from_bytes(self._dice.bytes(1)) / 512)
        then = report.next_attempt_at or now + timedelta(seconds=wait_s)
        if report.held_until is not None:
            # Whatever else waits, documents may go then.
            then = min(then, report.held_until)
        elif report.error is None and any(
            wait.reason == "waits_for_turn" and not wait.is_set_aside for wait in report.waits
        ):
            then = now + timedelta(seconds=_SOON_S)
        self._sleep_until(then)

    def _sleep_until(self, then: datetime) -> None:
        self._next_attempt_at = then
        if self._scheduler is None:
            return
        self._scheduler.add_job(
            self._wake.set,
            "date",
            run_date=then,
            id=_NEXT,
            replace_existing=True,
            misfire_grace_time=None,
        )

    def _tell_progress(self, progress: Progress) -> None:
        now = self._clock.monotonic()
        is_last = progress.sent_bytes >= progress.pack_bytes
        if now - self._reported_at < _LEAST_BETWEEN_REPORTS_S and not is_last:
            return
        self._reported_at = now
        before = self._status
        if progress.pack_bytes != before.pack_bytes or progress.sent_bytes < before.sent_bytes:
            # Another pack, or the same one from where the office says: count anew.
            before = status.at_rest(self._store, before, None, is_busy=True)
            self._beside_bytes = status.waiting_beside(self._store, progress.pack_bytes)
        speed = progress.speed_bytes_per_s or before.speed_bytes_per_s
        left = self._beside_bytes + progress.pack_bytes - progress.sent_bytes
        self._publish(
            msgspec.structs.replace(
                before,
                link="working",
                sent_bytes=progress.sent_bytes,
                pack_bytes=progress.pack_bytes,
                sending_references=progress.references,
                waiting_bytes=left,
                speed_bytes_per_s=speed,
                remaining_s=left / speed if speed else None,
                is_busy=True,
            )
        )

    def _publish(self, snapshot: SendingStatus) -> None:
        if snapshot == self._status:
            return
        self._status = snapshot
        for listener in tuple(self._listeners):
            try:
                listener(snapshot)
            except AppError as error:
                _log.error("a listener failed: %s", error)


def _schedule() -> BackgroundScheduler:
    """Return a schedule that runs."""
    from apscheduler.executors.debug import DebugExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    # Its only job sets a flag, so it runs in the scheduler's own thread.
    schedule = BackgroundScheduler(
        executors={"default": DebugExecutor()}, timezone=UTC, daemon=True
    )
    schedule.start()
    return schedule
