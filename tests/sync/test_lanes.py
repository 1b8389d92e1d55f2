"""Without BBR several connections share the work where that carries more, and only there."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from app.domain.sharing import Sharing
from app.office.context import Office
from app.office.tables import UploadRow
from app.storage import settings
from app.storage.tables import PackRow
from app.sync.engine import Engine
from app.sync.lane_judge import LaneJudge, Trial
from app.sync.link_memory import RoadMemory
from app.sync.link_sockets import Patience
from app.sync.runner import Runner
from tests.link import Cut, WeakLink
from tests.office.house import CHECKOUT, Served, noise, wait_for
from tests.sync.island import Frozen, Island
from tests.sync.narrow import NarrowLink
from tests.sync.test_cuts import assert_arrived_once

#: Each connection over the narrow link: slow enough for others to be opened beside it.
EACH_BYTES_PER_S = 500_000
LEAST_BYTES = 64 * 1024


def without_bbr(rule: str) -> bool:
    """Offer what a system without it does."""
    return rule != "bbr"


def hollow_memory() -> RoadMemory:
    """Know what the weak link of sockets is like; see ``Island``."""
    memory = RoadMemory(without_bbr)
    memory.note_hollow()
    memory.note_hollow()
    return memory


class OnLine(LaneJudge):
    """Judges by the time that a line would have taken, not by that of a busy machine.

    Args:
        rate: connections to bytes a second that they carry together.
    """

    def __init__(self, rate: Callable[[int], float]) -> None:
        super().__init__(Trial(settling_s=0.5, measuring_s=2.0), least_bytes=LEAST_BYTES)
        self._line_rate = rate
        self._now, self._seen = 0.0, 0
        #: How much had arrived when more connections than wanted were last there.
        self.surplus_at = 0
        self.settled_at: int | None = None

    def begin(self, now: float, ceiling_bytes_per_s: int = 0) -> None:
        super().begin(self._now, ceiling_bytes_per_s)

    def look(self, now: float, arrived_bytes: int, connections: int) -> None:
        self._now += (arrived_bytes - self._seen) / self._line_rate(connections)
        self._seen = arrived_bytes
        super().look(self._now, arrived_bytes, connections)
        if self.is_one_enough:
            self.settled_at = self.settled_at or arrived_bytes
            self.surplus_at = arrived_bytes if connections > 1 else self.surplus_at


def equip(island: Island, judge: LaneJudge, sharing: Sharing | None = None) -> None:
    """Put a kiosk on a system without BBR."""
    island.memory = hollow_memory()
    # Nothing here is about waiting, and a busy machine answers late.
    island.patience = Patience(unheard_s=30, idle_s=30, doubt_s=30, idle_doubt_s=30)
    island.engine = Engine(
        island.store, island.clock, island.dice, island.announcer, island.open_link,
        island.progress.append, judge=judge, sharing=sharing or Sharing(),
    )  # fmt: skip


def three() -> LaneJudge:
    """Return one that has found out already."""
    return LaneJudge(steps=(3,), least_bytes=LEAST_BYTES)


@contextmanager
def narrow(island: Island, served: Served, *, each: float = 1e9) -> Iterator[NarrowLink]:
    with NarrowLink(served.address, each) as link:
        island.url = link.url
        yield link


def documents(count: int = 8, size: int = 100_000) -> dict[str, bytes]:
    return {f"page-{at}": noise(size, at) for at in range(count)}


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.lanes._LOOK_S", 0.01)


def uploads(office: Office) -> list[str]:
    with office.database.read() as session:
        return list(session.scalars(select(UploadRow.state)))


def test_connections_that_are_held_back_become_five_and_bring_everything_once(
    island: Island, office: Office, served: Served
) -> None:
    judge = OnLine(lambda connections: 40_000 * connections**0.7)
    equip(island, judge)
    all_frozen = [island.freeze(documents(8)), island.freeze(documents(6, 90_000))]
    with narrow(island, served, each=EACH_BYTES_PER_S) as link:
        report = island.cycle()
        assert report.error is None
        # The first, and four that were made once.
        assert link.connections == judge.wanted == 5
        assert link.all_up_bytes < 1.05 * 1_340_000
    assert set(report.sent) == {frozen.reference for frozen in all_frozen}
    assert all(island.is_received(frozen) for frozen in all_frozen)
    assert_arrived_once(office, *all_frozen)
    assert set(uploads(office)) == {"complete"}


def test_a_line_that_one_connection_fills_goes_back_to_one(
    island: Island, office: Office, served: Served
) -> None:
    judge = OnLine(lambda _: 40_000)
    equip(island, judge)
    frozen = island.freeze(documents(8))
    with narrow(island, served, each=EACH_BYTES_PER_S) as link:
        assert island.cycle().error is None
        assert link.connections == 3
    # The others end where they are; what they left is gone on with below.
    assert judge.settled_at is not None
    assert judge.surplus_at - judge.settled_at < 200_000
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)
    # From now on packs are long and alone again.
    before = uploads(office)
    assert set(before) == {"complete"}
    island.url = ""
    again = island.freeze(documents(9))
    assert island.cycle().error is None
    assert island.is_received(again)
    assert len(uploads(office)) == len(before) + 1


class OneAtATime(NarrowLink):
    """A network that lets nobody have two connections."""

    def __init__(self, upstream: tuple[str, int], each_bytes_per_s: float) -> None:
        self._is_taken = threading.Lock()
        super().__init__(upstream, each_bytes_per_s)

    def _serve(self, kiosk: socket.socket) -> None:
        if not self._is_taken.acquire(blocking=False):
            kiosk.close()
            return
        try:
            super()._serve(kiosk)
        finally:
            self._is_taken.release()


def test_where_no_second_connection_stands_one_is_found_to_be_enough(
    island: Island, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.lanes._TRY_AGAIN_S", 0.01)
    judge = OnLine(lambda _: 40_000)
    equip(island, judge)
    frozen = island.freeze(documents(8))
    with OneAtATime(served.address, EACH_BYTES_PER_S) as link:
        island.url = link.url
        assert island.cycle().error is None
    assert island.is_received(frozen)
    assert judge.is_one_enough


def test_where_bbr_is_offered_one_connection_carries_one_pack(
    island: Island, office: Office, weak: WeakLink
) -> None:
    equip(island, three())
    island.memory.has_steady = True
    before = weak.connections
    frozen = island.freeze(documents())
    assert island.cycle().error is None
    assert island.is_received(frozen)
    assert weak.connections == before + 1
    assert uploads(office) == ["complete"]


def test_cuts_of_one_connection_or_another_lose_and_double_nothing(
    island: Island, office: Office, weak: WeakLink
) -> None:
    equip(island, three())
    frozen = island.freeze(documents(10, 200_000))
    cuts: tuple[Cut, ...] = ("rst", "fin", "rst", "fin")
    for how in cuts:
        weak.cut_after(300_000, how)
    for _ in range(4):
        island.cycle()
    assert weak.cuts_made == 4
    assert island.is_received(frozen)
    assert_arrived_once(office, frozen)
    with island.store.read() as session:
        assert session.scalar(select(func.count()).select_from(PackRow)) == 0


def test_a_connection_that_meets_a_torn_file_has_it_set_aside_and_goes_on(
    island: Island, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    equip(island, three())
    whole = island.freeze(documents(12))
    island.clock.pass_time(1)
    # At the end of what waits: one of the others takes it.
    torn = island.freeze(documents(3, 99_000))
    path = island.store.blobs.path(torn.blobs[-1].digest)
    path.write_bytes(b"rot" + path.read_bytes()[3:])
    with narrow(island, served, each=EACH_BYTES_PER_S) as link:
        assert island.cycle().error is None
        assert link.connections >= 3
    assert island.is_received(whole)
    assert island.outbox()[torn.id].last_error == "blob_torn"
    assert "a lane stopped" not in caplog.text


def test_another_network_is_heard_of_in_the_middle_of_a_cycle(
    island: Island, served: Served
) -> None:
    forgotten_with_work: list[bool] = []

    class Told(LaneJudge):
        def forget(self) -> None:
            super().forget()
            forgotten_with_work.append(bool(island.outbox()))

    equip(island, Told(steps=(3,), least_bytes=LEAST_BYTES))
    runner = Runner(
        island.store, island.clock, island.dice, island.announcer, lambda tell: island.engine
    )
    frozen = island.freeze(documents(8))
    with narrow(island, served, each=100_000) as link:
        runner.start()
        wait_for(lambda: link.connections == 3)
        runner.link_changed()
        wait_for(lambda: island.is_received(frozen) and bool(forgotten_with_work))
        assert runner.stop(10)
    assert forgotten_with_work == [True]


_KIOSK = """
import sys
from pathlib import Path
from tests.sync import test_lanes
from tests.sync.island import Island
import app.sync.lanes
app.sync.lanes._LOOK_S = 0.01
island = Island(Path(sys.argv[1]))
island.url = sys.argv[2]
test_lanes.equip(island, test_lanes.three())
island.cycle()
"""


def test_a_kiosk_that_is_killed_with_three_packs_under_way_goes_on_with_each(
    island: Island, office: Office, served: Served
) -> None:
    all_frozen: list[Frozen] = [island.freeze(documents(6)), island.freeze(documents(6, 90_000))]
    with narrow(island, served, each=100_000) as link:
        command = [sys.executable, "-c", _KIOSK, str(island.folder), link.url]
        with subprocess.Popen(command, cwd=CHECKOUT) as process:
            wait_for(lambda: link.connections == 3 and link.all_up_bytes > 200_000)
            process.send_signal(signal.SIGKILL)
    with island.store.read() as session:
        assert session.scalar(select(func.count()).select_from(PackRow)) == 3
    travelled = link.all_up_bytes
    with narrow(island, served) as link:
        # As it comes to life again: on any system.
        assert island.cycle().error is None
        travelled += link.all_up_bytes
    assert all(island.is_received(frozen) for frozen in all_frozen)
    assert_arrived_once(office, *all_frozen)
    assert travelled < 1.15 * 1_140_000


def test_a_ceiling_holds_for_all_connections_together(island: Island, served: Served) -> None:
    equip(island, three(), Sharing(most_bytes_per_s=300_000))
    frozen = island.freeze(documents(6))
    with narrow(island, served) as link:
        began_at = time.monotonic()
        assert island.cycle().error is None
        # A second's worth may go at once.
        assert time.monotonic() - began_at > 600_000 / 300_000 - 1.05
        assert link.connections == 3
    assert island.is_received(frozen)


def test_what_was_found_under_a_ceiling_does_not_outlive_it(island: Island, served: Served) -> None:
    judge = OnLine(lambda _: 40_000)
    equip(island, judge, Sharing(most_bytes_per_s=2_000_000))
    with narrow(island, served, each=EACH_BYTES_PER_S):
        for _ in range(2):
            island.freeze(documents(8))
            assert island.cycle().error is None
            assert judge.is_one_enough
        with island.store.write() as session:
            settings.write_setting(session, "most_bytes_per_s", "0")
        assert island.cycle().error is None
    assert not judge.is_one_enough


def test_the_panel_counts_what_all_connections_carry(island: Island, served: Served) -> None:
    equip(island, three())
    frozen = island.freeze(documents(8))
    with narrow(island, served, each=EACH_BYTES_PER_S):
        assert island.cycle().error is None
    assert island.is_received(frozen)
    # One pack alone is a sixth of what waits.
    assert max(one.pack_bytes for one in island.progress) > 1.7 / 6 * 800_000
