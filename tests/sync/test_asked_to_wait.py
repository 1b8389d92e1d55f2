"""An office that says when to come again is obeyed on every connection, not only on the first."""

from __future__ import annotations

import pytest

from app.sync.engine import Engine
from app.sync.streaming import Progress
from tests.office.house import Served, noise
from tests.sync.hostile import Asked, HostileServer, answer, passing_on
from tests.sync.island import Frozen, Island
from tests.sync.narrow import NarrowLink
from tests.sync.test_lanes import equip, three

AN_HOUR_S = 3600


class Choosy:
    """The real office behind a server that has no time for some packs.

    Args:
        served: the office.
        status: that it says.
        smaller_than: packs below so many bytes are put off, but the first is taken.
    """

    def __init__(self, served: Served, status: int, smaller_than: int) -> None:
        self.put_off: list[int] = []
        self._status = status
        self._smaller_than = smaller_than
        self._has_taken = False
        self._honest = passing_on(
            served.address,
            lambda asked, status, told, body: answer(status, {"Loket-Office": "", **told}, body),
        )

    def __call__(self, asked: Asked) -> bytes:
        if asked.method not in ("POST", "PATCH"):
            return self._honest(asked)
        if self._has_taken and len(asked.body) < self._smaller_than:
            self.put_off.append(len(asked.body))
            return answer(self._status, {"Retry-After": f"{AN_HOUR_S}"})
        self._has_taken = True
        return self._honest(asked)


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lanes._LOOK_S", "lanes._TRY_AGAIN_S", "ahead._TRY_AHEAD_AGAIN_S"):
        monkeypatch.setattr(f"app.sync.{name}", 0.01)
    monkeypatch.setattr("app.sync.ahead._LOOK_FOR_URGENT_S", 0.01)


@pytest.mark.parametrize("status", [401, 503])
def test_what_one_lane_is_told_holds_for_all_lanes(
    island: Island, served: Served, status: int
) -> None:
    equip(island, three())
    island.freeze({"big": noise(1_600_000)})
    for number in range(8):
        island.clock.pass_time(1)
        island.freeze({"ktp": noise(60_000, number)})
    choosy = Choosy(served, status, 400_000)
    with HostileServer(choosy) as server:
        address = server.listener.getsockname()
        with NarrowLink(address, 500_000) as link:
            island.url = link.url
            report = island.cycle()
    # Two lanes, each once; and at last the first connection, which ends the cycle.
    assert 2 <= len(choosy.put_off) <= 3
    assert report.error == {401: "token_refused", 503: "office_away"}[status]


@pytest.mark.parametrize("status", [401, 503])
def test_a_form_that_is_told_to_wait_does_not_ask_again_beside_the_long_pack(
    island: Island, served: Served, status: int
) -> None:
    long = island.freeze({"ktp": noise(1_500_000)})
    urgent: list[Frozen] = []

    def tell(progress: Progress) -> None:
        if not urgent and progress.sent_bytes > 100_000:
            island.clock.pass_time(1)
            urgent.append(island.freeze({}))

    island.engine = Engine(
        island.store, island.clock, island.dice, island.announcer, island.open_link, tell
    )
    choosy = Choosy(served, status, 400_000)
    choosy._has_taken = True
    with HostileServer(choosy) as server:
        address = server.listener.getsockname()
        with NarrowLink(address, 500_000) as link:
            island.url = link.url
            island.cycle()
    assert island.is_received(long)
    # Once beside it, once when its turn has come.
    assert len(choosy.put_off) == 2
