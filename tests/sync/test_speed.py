"""The panel's speed and expected time, against what then happens."""

from __future__ import annotations

import time

import pytest

from app.domain.sending import SendingStatus
from app.domain.sharing import Sharing
from app.sync.engine import Engine
from app.sync.runner import Runner
from app.sync.speed import Speedometer
from tests.office.house import noise, wait_for
from tests.sync.island import Island

RATE = 8000.0


def carry(speed: Speedometer, seconds: float, begins_at: float, rate: float = RATE) -> float:
    """Let one request's bytes arrive; return the moment of the last."""
    stretch = speed.begin(begins_at)
    steps = round(seconds * 4)
    for step in range(1, steps + 1):
        stretch.arrived(round(rate * step / 4), begins_at + step / 4)
    return begins_at + seconds


def test_a_steady_link_is_measured_at_once() -> None:
    speed = Speedometer()
    assert speed.bytes_per_s() == 0
    carry(speed, 5, 100)
    assert speed.bytes_per_s() == pytest.approx(RATE, rel=0.1)


def test_cuts_count_as_the_time_they_take() -> None:
    speed = Speedometer()
    at = 0.0
    for _ in range(4):
        at = carry(speed, 30, at) + 10
    assert speed.bytes_per_s() == pytest.approx(RATE * 30 / 40, rel=0.25)


def test_a_night_without_work_counts_for_nothing() -> None:
    speed = Speedometer()
    carry(speed, 20, 0)
    speed.rest()
    carry(speed, 20, 30_000)
    assert speed.bytes_per_s() == pytest.approx(RATE, rel=0.1)


def test_another_link_is_believed_within_a_minute() -> None:
    speed = Speedometer()
    at = carry(speed, 120, 0)
    carry(speed, 60, at, RATE * 10)
    assert speed.bytes_per_s() > RATE * 5


def test_the_panel_agrees_with_what_then_happens(island: Island) -> None:
    told: list[tuple[float, SendingStatus]] = []

    def make_engine(tell: object) -> Engine:
        return Engine(
            island.store, island.clock, island.dice, island.announcer, island.open_link,
            tell, sharing=Sharing(most_bytes_per_s=150_000),  # type: ignore[arg-type]
        )  # fmt: skip

    runner = Runner(island.store, island.clock, island.dice, island.announcer, make_engine)
    runner.subscribe(lambda status: told.append((time.monotonic(), status)))
    frozen = island.freeze({"ktp": noise(700_000)})
    runner.start()
    wait_for(lambda: island.is_received(frozen), 60)
    assert runner.stop(10)
    ended_at = next(at for at, status in told if 0 < status.pack_bytes == status.sent_bytes)
    late = [
        (ended_at - at, status)
        for at, status in told
        if status.pack_bytes and 0.4 < status.sent_bytes / status.pack_bytes < 0.7
    ]
    assert late
    for left_s, status in late:
        assert status.remaining_s == pytest.approx(left_s, rel=0.25, abs=0.5)
        assert status.waiting_bytes == status.pack_bytes - status.sent_bytes
