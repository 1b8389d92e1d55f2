"""The sync thread: wakes on new work and on demand, tells how it goes, and ends when told."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.domain.news import ApplicationChanged
from app.domain.sending import Sending, SendingStatus
from app.errors import LocalFault
from app.sync.engine import Engine
from app.sync.runner import Runner
from app.sync.streaming import Progress
from tests.link import WeakLink
from tests.office.house import CHECKOUT, noise, wait_for
from tests.sync.island import Island


class Watched:
    """A runner and every status it told."""

    def __init__(self, island: Island) -> None:
        self.island = island
        self.told: list[SendingStatus] = []
        self.threads: set[str] = set()
        self.runner = Runner(
            island.store, island.clock, island.dice, island.announcer, self.make_engine
        )
        self.runner.subscribe(self.hear)

    def make_engine(self, tell: Callable[[Progress], None]) -> Engine:
        island = self.island
        return Engine(
            island.store, island.clock, island.dice, island.announcer, island.open_link, tell
        )

    def hear(self, status: SendingStatus) -> None:
        self.told.append(status)
        self.threads.add(threading.current_thread().name)

    def rest(self) -> SendingStatus:
        """Wait until a cycle has ended."""
        wait_for(lambda: bool(self.told) and not self.runner.status().is_busy)
        return self.runner.status()


@pytest.fixture
def watched(island: Island) -> Iterator[Watched]:
    watched = Watched(island)
    yield watched
    assert watched.runner.stop(10)


def test_it_starts_with_a_cycle_and_says_that_the_link_works(watched: Watched) -> None:
    as_seen_by_screens: Sending = watched.runner
    assert as_seen_by_screens.status().link == "never_tried"
    watched.runner.start()
    status = watched.rest()
    assert (status.link, status.is_enrolled, status.waiting_count) == ("working", True, 0)
    assert status.last_contact_at is not None
    assert status.next_attempt_at is not None
    assert watched.threads == {"sync"}


def test_a_finalized_application_is_sent_at_once(watched: Watched) -> None:
    watched.runner.start()
    watched.rest()
    frozen = watched.island.freeze()
    watched.island.announcer.announce(ApplicationChanged(frozen.application_id, "finalized"))
    wait_for(lambda: watched.island.is_received(frozen))
    assert watched.rest().waiting_count == 0


def test_progress_is_told_live_and_at_most_ten_times_a_second(
    watched: Watched, island: Island
) -> None:
    frozen = island.freeze({"ktp": noise(6_000_000)})
    began_at = time.monotonic()
    watched.runner.start()
    wait_for(lambda: island.is_received(frozen), 60)
    lasted_s = time.monotonic() - began_at
    watched.rest()
    live = [one for one in watched.told if one.pack_bytes]
    assert live
    assert len(live) <= lasted_s * 10 + 4
    assert [one.sent_bytes for one in live] == sorted(one.sent_bytes for one in live)
    assert live[-1].sent_bytes == live[-1].pack_bytes
    assert live[0].sending_references == (frozen.reference,)
    assert all(one.waiting_bytes + one.sent_bytes <= one.pack_bytes for one in live)
    assert watched.runner.status().speed_bytes_per_s > 0


def test_a_dead_link_is_shown_with_the_next_attempt_and_try_now_works(
    watched: Watched, weak: WeakLink
) -> None:
    frozen = watched.island.freeze()
    weak.go_away()
    watched.runner.start()
    wait_for(lambda: watched.runner.status().link == "away")
    status = watched.rest()
    assert (status.last_error, status.waiting_count) == ("office_away", 1)
    assert status.waiting_bytes > 9_000
    assert status.next_attempt_at is not None
    weak.come_back()
    watched.runner.wake()
    wait_for(lambda: watched.island.is_received(frozen))
    status = watched.rest()
    assert (status.link, status.last_error) == ("working", "")


def test_the_schedule_itself_tries_again(watched: Watched, weak: WeakLink) -> None:
    """Nobody wakes it: the next attempt comes from the schedule, by the machine's own clock."""
    from app.bootstrap import MachineClock

    island = watched.island
    watched.runner._clock = MachineClock()
    island.engine = watched.make_engine(lambda progress: None)
    original = watched.make_engine

    def on_machine_time(tell: Callable[[Progress], None]) -> Engine:
        engine = original(tell)
        engine._clock = MachineClock()
        return engine

    watched.runner._make_engine = on_machine_time
    frozen = island.freeze()
    weak.go_away()
    watched.runner.start()
    wait_for(lambda: watched.runner.status().link == "away")
    weak.come_back()
    wait_for(lambda: island.is_received(frozen), 30)


def test_nothing_is_sent_before_enrolment_and_nothing_breaks(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    island = Island(tmp_path_factory.mktemp("new"))
    watched = Watched(island)
    watched.runner.start()
    status = watched.rest()
    assert (status.is_enrolled, status.link, status.last_error) == (False, "never_tried", "")
    assert watched.runner.stop(10)
    island.close()


def test_a_cycle_that_breaks_is_logged_and_the_thread_lives(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    frozen = watched.island.freeze()
    original = watched.island.open_link
    broken: list[bool] = []

    def break_once(*named: object) -> object:
        if not broken:
            broken.append(True)
            raise ZeroDivisionError
        return original(*named)  # type: ignore[arg-type]

    watched.island.open_link = break_once  # type: ignore[method-assign,assignment]
    watched.runner.start()
    wait_for(lambda: "a sync cycle broke" in caplog.text)
    watched.runner.wake()
    wait_for(lambda: watched.island.is_received(frozen))


def test_a_sweep_that_fails_keeps_nothing_from_being_sent(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    island = watched.island
    blobs = island.store.blobs.path("ab").parent.parent
    away = blobs.rename(blobs.with_name("away"))
    watched.runner.start()
    assert watched.rest().link == "working"
    assert "old files were not swept" in caplog.text
    away.rename(blobs)
    frozen = island.freeze()
    watched.runner.wake()
    wait_for(lambda: island.is_received(frozen))


def test_an_engine_that_cannot_be_made_is_told_with_what_waits_and_made_later(
    watched: Watched,
) -> None:
    island = watched.island
    frozen = island.freeze()
    errors = [LocalFault("store_busy"), ZeroDivisionError()]
    runner = watched.runner

    def make_in_the_end(tell: Callable[[Progress], None]) -> Engine:
        if errors:
            runner.wake()
            raise errors.pop(0)
        return watched.make_engine(tell)

    runner._make_engine = make_in_the_end
    runner.start()
    wait_for(lambda: island.is_received(frozen))
    assert watched.rest().last_error == ""
    broken = [one for one in watched.told if one.last_error and not one.is_busy]
    assert [one.last_error for one in broken] == ["store_busy", "unexpected"]
    assert all(one.is_enrolled and one.waiting_count == 1 for one in broken)
    assert all(one.next_attempt_at for one in broken)
    # The schedule was made once.
    wait_for(lambda: [one.name for one in threading.enumerate()].count("APScheduler") == 1)


def test_stopping_in_the_middle_of_a_transfer_takes_no_second(
    watched: Watched, island: Island, weak: WeakLink
) -> None:
    island.freeze({"ktp": noise(3_000_000)})
    weak.cut_after(100_000, "silence")
    watched.runner.start()
    wait_for(lambda: weak.cuts_made == 1)
    began_at = time.monotonic()
    assert watched.runner.stop(10)
    assert time.monotonic() - began_at < 3


def test_importing_the_runner_imports_no_network_library() -> None:
    """The first screen must not wait for them."""
    code = (
        "import sys, app.sync.runner; "
        "print([name for name in ('requests', 'urllib3', 'apscheduler') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
