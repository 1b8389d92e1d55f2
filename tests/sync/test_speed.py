"""The panel's speed and expected time, against what then happens."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator

import pytest

from app.domain.sending import SendingStatus
from app.domain.sharing import Sharing
from app.sync.engine import Engine
from app.sync.runner import Runner
from app.sync.speed import Speedometer
from tests.link_packets import PROFILES, limit_share
from tests.link_wire import cuts_of
from tests.office.house import noise, wait_for
from tests.sync.island import Island

RATE = 8000.0
#: Looked at as often as this, or at each block of the link's.
TICK_S, BLOCK_BYTES = 0.2, 4322
#: Until the first bytes are acknowledged; and from a cut's end until bytes move again.
BEGINS_S, AGAIN_S = 2.0, 1.1
SEEDS = range(1, 13)


def arrivals(profile: str, seed: int, size: int) -> Iterator[tuple[float, int]]:
    """Yield when how much of so many bytes has arrived; a negative count is a request's beginning.

    As on the weak link of packets: a lost segment holds back what comes behind it.
    """
    line, chance = PROFILES[profile], random.Random(seed)
    rate = line.up_bit_s / 8 * limit_share(line)
    cuts = cuts_of(line, seed)
    cut = next(cuts, None)
    block_bytes = max(BLOCK_BYTES, round(rate * TICK_S))
    at, sent, held_until = BEGINS_S, 0, 0.0
    while sent < size:
        at += block_bytes / rate
        if cut and at > cut.begins_s:
            at = held_until = cut.ends_s + AGAIN_S
            cut = next(cuts, None)
            yield at, -1
            continue
        sent = min(size, sent + block_bytes)
        if chance.random() < 3 * line.loss:
            held_until = at + line.rtt_s * chance.choice((1.0, 1.5, 3.0))
        if at >= held_until or sent == size:
            yield at, sent


def foreseen(speed: Speedometer, profile: str, seed: int, seconds: float, at: float) -> float:
    """Let so much be sent; return in which share of its seconds the end was told within a quarter.

    The last ten do not count: a cut in them nobody can foresee.
    """
    size = round(seconds * PROFILES[profile].up_bit_s / 8)
    seen = list(arrivals(profile, seed, size))
    ends_at, looks, looked_at, before, arrived = seen[-1][0], [], 0.0, 0, 0
    stretch = speed.begin(at)
    for moment, sent in seen:
        if sent < 0:
            stretch, before = speed.begin(at + moment), arrived
            stretch.arrived(0, at + moment)
            continue
        arrived = sent
        told, left = stretch.arrived(sent - before, at + moment), size - sent
        if told and moment - looked_at >= 1 and ends_at - moment >= 10:
            looked_at = moment
            looks.append(left / told == pytest.approx(ends_at - moment, rel=0.25))
    speed.rest()
    return statistics.mean(looks)


@pytest.mark.parametrize("profile", ["good", "vsat", "edge"])
def test_the_end_is_foreseen_on_a_line_that_stays(profile: str) -> None:
    shares = [foreseen(Speedometer(), profile, seed, 90, 0) for seed in SEEDS]
    assert statistics.mean(shares) > 0.98
    assert min(shares) > 0.9


def test_the_end_is_foreseen_on_a_line_that_was_cut_before() -> None:
    """Knowing beforehand how often the line is away would give 0.95."""
    speed = Speedometer()
    shares = [foreseen(speed, "flaky", seed, 300, 1000.0 * seed) for seed in SEEDS]
    assert statistics.mean(shares[1:]) > 0.93
    assert min(shares[1:]) > 0.75


def test_earlier_days_tell_of_cuts_before_the_first_one_comes() -> None:
    """A first pack of a minute and a half, in which there are two or three cuts."""

    def first(remembered: float) -> float:
        return statistics.mean(
            foreseen(Speedometer(remembered), "flaky", seed, 80, 0) for seed in SEEDS
        )

    assert first(0.0) < 0.6
    assert first(RATE * 0.7) > first(0.0) + 0.15


def test_a_line_that_has_become_faster_is_not_expected_to_be_cut() -> None:
    shares = [foreseen(Speedometer(1_000), "edge", seed, 90, 0) for seed in SEEDS]
    assert statistics.mean(shares) > 0.98


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
    for _ in range(12):
        at = carry(speed, 30, at) + 10
    assert speed.bytes_per_s() == pytest.approx(RATE * 30 / 40, rel=0.04)


def test_a_night_without_work_counts_for_nothing() -> None:
    speed = Speedometer()
    carry(speed, 20, 0)
    speed.rest()
    carry(speed, 20, 30_000)
    assert speed.bytes_per_s() == pytest.approx(RATE, rel=0.1)


def test_a_line_that_brought_its_first_bytes_and_no_more_has_no_speed_yet() -> None:
    speed = Speedometer(RATE)
    stretch = speed.begin(100)
    assert stretch.arrived(5_000, 101) == 0
    assert speed.begin(103).arrived(0, 103) == 0


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
