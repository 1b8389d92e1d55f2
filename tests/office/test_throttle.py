"""Tries are counted per caller and minute, in bounded memory."""

from __future__ import annotations

import pytest

from app.errors import UserError
from app.office.throttle import Throttle
from tests.fakes import FakeClock


def test_a_flood_of_callers_is_not_remembered_for_ever_but_the_newest_are() -> None:
    clock = FakeClock()
    throttle = Throttle(clock, 1)
    for number in range(25_000):
        throttle.take(f"caller {number}")
    assert len(throttle._tries) <= 10_000
    with pytest.raises(UserError) as refused:
        throttle.take("caller 24999")
    assert refused.value.code == "too_many_requests"
    clock.pass_time(60)
    throttle.take("caller 24999")
