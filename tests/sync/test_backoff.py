"""Waits after failures: random over the whole range, from under a second to five minutes."""

from __future__ import annotations

from app.sync.backoff import MOST_S, delay_s, long_delay_s
from tests.fakes import FakeDice


def test_the_first_wait_is_under_a_second_and_the_longest_five_minutes() -> None:
    dice = FakeDice()
    first = [delay_s(1, dice) for _ in range(200)]
    assert 0.3 <= min(first) < 0.4
    assert 0.9 < max(first) <= 1.0
    late = [delay_s(400, dice) for _ in range(200)]
    assert min(late) < 10
    assert 290 < max(late) <= MOST_S


def test_each_failure_doubles_the_ceiling() -> None:
    for failures, ceiling_s in ((2, 2.0), (3, 4.0), (6, 32.0)):
        waits = [delay_s(failures, FakeDice(seed)) for seed in range(100)]
        assert 0.9 * ceiling_s < max(waits) <= ceiling_s


def test_what_only_a_person_can_mend_waits_long() -> None:
    waits = [long_delay_s(FakeDice(seed)) for seed in range(50)]
    assert min(waits) >= MOST_S / 2
    assert max(waits) <= MOST_S
