"""How many connections share the work is found by trial, and kept for a day."""

from __future__ import annotations

import math
from collections.abc import Callable

from app.sync.choosing import pack_bytes_at
from app.sync.lane_judge import STEPS, LaneJudge

A_DAY_S = 24 * 3600.0


class Line:
    """Carries so much over so many connections, and is looked at once a second.

    Args:
        rate: connections to bytes a second.
    """

    def __init__(self, rate: Callable[[int], float]) -> None:
        self.rate = rate
        self.judge = LaneJudge()
        self.now, self.arrived = 50.0, 0.0
        #: Others find nothing to carry.
        self.most = max(STEPS)
        self.judge.begin(self.now)

    def send(self, seconds: int, *, is_up: bool = True) -> int:
        for _ in range(seconds):
            self.now += 1
            connections = min(self.judge.wanted, self.most)
            self.arrived += self.rate(connections) * is_up
            self.judge.look(self.now, round(self.arrived), connections)
        return self.judge.wanted

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.judge.begin(self.now)


def held_back(connections: int) -> float:
    """Behave like 512 kbit/s, 600 ms and 5 % loss, as measured."""
    return 64_000 * {1: 0.316, 3: 0.758, 5: 0.971}[connections]


def full(connections: int) -> float:
    """Behave like a line that one connection fills: more cost a little."""
    return 32_000 * {1: 0.986, 3: 0.945, 5: 0.92}[connections]


def thin(connections: int) -> float:
    """Behave like 64 kbit/s, where nothing holds one connection back."""
    return full(connections) / 4.5


def test_a_line_whose_connections_are_held_back_gets_five_within_minutes() -> None:
    line = Line(held_back)
    assert line.send(20) == 1
    assert line.send(10) == 3
    assert line.send(60) == 5
    assert line.send(600) == 5
    assert not line.judge.is_one_enough


def test_a_line_that_is_full_goes_back_to_one_and_is_left_alone_for_a_day() -> None:
    line = Line(full)
    assert line.send(25) == 3
    assert line.send(30) == 1
    assert line.judge.is_one_enough
    line.pause(A_DAY_S - 200)
    assert line.send(100) == 1
    line.pause(200)
    assert not line.judge.is_one_enough
    assert line.send(25) == 3


def test_another_network_is_tried_anew() -> None:
    line = Line(full)
    line.send(60)
    assert line.judge.is_one_enough
    line.judge.forget()
    line.rate = held_back
    line.pause(1)
    assert line.send(100) == 5


def test_another_network_is_heard_of_while_bytes_travel() -> None:
    line = Line(full)
    line.send(60)
    assert line.judge.is_one_enough
    line.judge.link_changed()
    line.rate = held_back
    assert line.send(20) == 1
    assert line.send(80) == 5
    line.judge.link_changed()
    assert line.send(1) == 1


def test_what_was_found_holds_for_the_next_pack() -> None:
    line = Line(held_back)
    line.send(100)
    line.pause(3600)
    assert line.judge.wanted == 5


def test_a_trial_that_found_nothing_more_to_carry_proves_nothing() -> None:
    line = Line(held_back)
    line.most = 1
    line.send(300)
    assert not line.judge.is_one_enough
    line.most = 5
    line.pause(60)
    assert line.judge.wanted == 1
    assert line.send(100) == 5


def test_a_cut_spoils_the_measurement_that_it_falls_into_and_no_more() -> None:
    line = Line(full)
    line.send(15)
    line.send(10, is_up=False)
    assert line.send(15) == 1
    assert line.send(10) == 3
    # Three are tried now; a cut makes them no better and no worse.
    line.send(12, is_up=False)
    assert line.send(15) == 3
    assert line.send(15) == 1
    assert line.judge.is_one_enough


def test_on_a_thin_line_nothing_is_tried_and_it_is_looked_at_again_soon() -> None:
    line = Line(thin)
    assert line.send(600) == 1
    assert line.judge.is_one_enough
    line.rate = held_back
    line.pause(60)
    assert line.send(100) == 5


def test_a_trial_that_is_cut_again_and_again_is_given_up_for_a_while() -> None:
    line = Line(full)
    assert line.send(25) == 3
    for _ in range(3):
        assert line.send(14) == 3
        line.send(10, is_up=False)
    assert line.send(1) == 1
    assert line.judge.is_one_enough
    line.pause(700)
    assert not line.judge.is_one_enough


def test_a_trial_whose_connections_never_stand_is_given_up_for_a_while() -> None:
    line = Line(full)
    line.most = 1
    assert line.send(25) == 3
    for _ in range(3):
        assert line.send(15) == 3
        line.judge.note_broken()
    assert line.send(1) == 1
    assert line.judge.is_one_enough
    assert line.judge.pack_bytes(20_000, 10_000_000) == pack_bytes_at(20_000)
    line.pause(700)
    assert not line.judge.is_one_enough


def test_connections_that_break_once_they_have_been_found_good_say_nothing_of_their_number() -> (
    None
):
    line = Line(held_back)
    line.send(100)
    for _ in range(5):
        line.judge.note_broken()
        assert line.send(10) == 5


def test_packs_are_short_while_several_may_share_the_work_and_long_once_one_is_enough() -> None:
    line = Line(full)
    assert line.judge.pack_bytes(20_000, 10_000_000) == 1_200_000
    # A thin line needs no trial to have long ones.
    assert line.judge.pack_bytes(8_000, 10_000_000) == pack_bytes_at(8_000) == 2_400_000
    line.send(60)
    assert line.judge.pack_bytes(20_000, 10_000_000) == pack_bytes_at(20_000) == 6_000_000


def test_what_is_left_is_shared_so_that_none_goes_on_alone_for_long() -> None:
    judge = LaneJudge(steps=(5,))
    left, packs = 3_000_000, 0
    while left > 0:
        one = judge.pack_bytes(60_000, left)
        assert one <= max(left / 10 + 1, 256 * 1024 / 5 + 1)
        left, packs = left - one, packs + 1
    assert packs < 60
    assert not math.isnan(judge.pack_bytes(0, 0))
