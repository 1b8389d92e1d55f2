"""The gate: a few at once, in order, and nobody waits for what cannot come."""

from __future__ import annotations

import asyncio

import pytest

from app.errors import RemoteError
from app.office.gate import Gate, spread_s
from tests.fakes import FakeClock, FakeDice


def test_a_gate_lets_in_in_order_and_tells_those_beyond_its_room_when_to_come_again() -> None:
    clock = FakeClock()
    gate = Gate(clock, FakeDice(), most_inside=2, most_waiting=3)
    inside: list[int] = []
    left: list[int] = []

    async def pass_through(number: int, may_go: asyncio.Event) -> None:
        async with gate.passed():
            inside.append(number)
            await may_go.wait()
            clock.pass_time(100)
        left.append(number)

    async def crowd() -> None:
        may_go = asyncio.Event()
        tasks = [asyncio.create_task(pass_through(number, may_go)) for number in range(5)]
        while len(inside) < 2:
            await asyncio.sleep(0)
        with pytest.raises(RemoteError, match=r"office_busy \(wait_s=1\)"):
            await pass_through(5, may_go)
        assert inside == [0, 1]
        may_go.set()
        await asyncio.gather(*tasks)
        # It has learnt by now how long one stays, and there is room again.
        await pass_through(6, may_go)

    asyncio.run(crowd())
    assert inside == [0, 1, 2, 3, 4, 6]
    assert left == inside


def test_those_who_are_put_off_do_not_all_come_again_at_the_same_moment() -> None:
    dice = FakeDice()
    told = [spread_s(dice, 10) for _ in range(50)]
    assert min(told) >= 10
    assert max(told) <= 20
    assert len(set(told)) > 5
    assert spread_s(dice, 0) == 1
    assert spread_s(dice, 1e9) == 60
