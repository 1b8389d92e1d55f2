"""What a connection loses and where its packets wait decides how the next bytes go."""

from __future__ import annotations

import math

from app.sync.link_memory import CALM, STEADY, RoadMemory
from app.sync.link_system import TcpState
from tests.sync.island import has_every_rule

LOOK_S = 0.25


def offered() -> RoadMemory:
    return RoadMemory(has_every_rule)


def state(**told: float) -> TcpState:
    usual: dict[str, float] = {
        "rto_s": 1.0, "unheard_s": 0.1, "outstanding_bytes": 9_000, "acked_bytes": 1,
        "received_bytes": 1, "trip_s": 0.6, "least_trip_s": 0.6, "segment_bytes": 1448,
    }  # fmt: skip
    return TcpState(**{**usual, **told})  # type: ignore[arg-type]


def busy(
    memory: RoadMemory, seconds: float, segments_per_s: float, loss: float, **told: float
) -> list[str]:
    """Let a busy connection be looked at for a while; return the rules it was given."""
    given: list[str] = []
    sent = resent = 0.0
    before = state(**told)
    now = 0.0
    while now < seconds:
        now += LOOK_S
        sent += segments_per_s * LOOK_S
        resent += segments_per_s * LOOK_S * loss
        after = state(
            segments=round(sent), resent=round(resent), delivered=round(sent - resent), **told
        )
        memory.note(before, after, LOOK_S)
        given += memory.rules(after, now)
        before = after
    return given


def test_a_line_without_losses_is_filled_calmly() -> None:
    memory = offered()
    assert busy(memory, 10, 800, 0.0) == [CALM]
    assert memory.congestion == CALM


def test_a_lossy_line_is_kept_steady_and_measured_anew_before_it_would_be_drained() -> None:
    memory = offered()
    given = busy(memory, 30, 22, 0.02)
    assert memory.congestion == STEADY
    assert given == [CALM, STEADY] * 3


def test_a_line_on_which_all_is_taken_for_lost_is_not_begun_anew() -> None:
    """It would start from one segment, and measure that as the line."""
    assert busy(offered(), 30, 5, 0.05, least_trip_s=0.5) == [CALM, STEADY] * 3
    assert busy(offered(), 30, 5, 0.05, least_trip_s=0.5, is_timed_out=True) == []


def test_losses_that_hold_a_calm_line_back_make_it_steady() -> None:
    memory = offered()
    memory.congestion = CALM
    assert busy(memory, 10, 50, 0.02)[0] == STEADY
    # The same losses with a full queue are the queue's own: the line is as full as can be.
    memory = offered()
    memory.congestion = CALM
    assert busy(memory, 10, 50, 0.02, trip_s=2.0) == []


def test_a_fast_line_with_a_queue_is_filled_calmly_whatever_overflows_it() -> None:
    memory = offered()
    assert busy(memory, 10, 800, 0.1, trip_s=0.1, least_trip_s=0.05) == [CALM]


def test_no_more_is_under_way_than_fills_a_thin_line_and_finds_what_is_lost() -> None:
    memory = offered()
    assert memory.most_under_way(state()) == math.inf
    busy(memory, 10, 5, 0.05, least_trip_s=0.5)
    rate = memory.rate_bytes_per_s()
    assert 6_000 < rate < 8_000
    assert rate < memory.most_under_way(state(least_trip_s=0.5)) < rate * 1.5


def test_a_fast_line_is_left_to_the_system() -> None:
    memory = offered()
    busy(memory, 10, 800, 0.0)
    assert memory.most_under_way(state()) == math.inf


def test_the_silence_of_a_cut_says_nothing_of_the_lines_speed() -> None:
    memory = offered()
    busy(memory, 10, 5, 0.0)
    rate = memory.rate_bytes_per_s()
    busy(memory, 15, 0, 0.0, unheard_s=5.0)
    assert memory.rate_bytes_per_s() == rate


def test_where_the_system_has_no_rule_against_losses_none_is_asked_for() -> None:
    memory = RoadMemory(lambda rule: False)
    assert not memory.has_steady
    assert busy(memory, 30, 50, 0.05) == []
    assert memory.congestion == CALM
