"""The kiosk's side of the bench of the link: a store with work waiting, and the engine that runs.

``prepare`` enrols with a running office and freezes seeded documents; ``run`` starts the sync
thread as the window does, and says when the last receipt is held. A process of its own, because it
stands in a network of its own.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from app.bootstrap import MachineClock, MachineDice
from app.domain.news import Announcer, ApplicationChanged, News
from app.domain.sending import SendingStatus
from app.storage import sending
from app.storage.store import Store
from app.sync.engine import Engine
from app.sync.enrolling import enrol
from app.sync.lane_judge import LaneJudge
from app.sync.link_adapter import Road
from app.sync.link_memory import RoadMemory
from app.sync.link_system import offers
from app.sync.once import opens_links
from app.sync.runner import Runner
from app.sync.streaming import Progress
from tests.fakes import FakeClock
from tests.sync.island import KEY, Island

#: Of the catalogue that the program brings.
_SERVICE = "passport_new_adult"
#: What the sending panel told while a run lasted.
PANEL_FILE = "panel.json"
#: A wait shorter than this may be over before the link is opened.
_REST = timedelta(seconds=0.4)


class _PresentClock(FakeClock):
    """The machine's time where the island wants a clock of its own kind."""

    _machine = MachineClock()

    def now(self) -> datetime:
        return self._machine.now()

    def monotonic(self) -> float:
        return self._machine.monotonic()


def main() -> None:
    """Do one of the two, as the arguments' JSON says."""
    verb, given = sys.argv[1], json.loads(sys.argv[2])
    if verb == "prepare":
        print(json.dumps(prepare(**given)))
    else:
        run(Path(given.pop("folder")), given.pop("ca_file"), **given)


def prepare(
    folder: str, ca_file: str, office_url: str, code: str, applications: list[list[int]], seed: int
) -> list[dict[str, object]]:
    """Make a store in which these applications wait, each with documents of so many bytes.

    Returns:
        Its records in the order of sending: kind, digest, and the number of the application.
    """
    island = Island(Path(folder), clock=_PresentClock())
    chance = random.Random(seed)
    records: list[dict[str, object]] = []
    try:
        enrol(
            island.store, island.clock, office_url, code, "Kiosk Letung", road=Road(ca_file=ca_file)
        )
        for number, documents in enumerate(applications):
            contents = {f"page-{at}": chance.randbytes(size) for at, size in enumerate(documents)}
            frozen = island.freeze(contents, service=_SERVICE)
            for record in (frozen.manifest, *frozen.blobs):
                kind = record.kind.name.lower()
                records.append({"kind": kind, "digest": record.digest, "application": number})
    finally:
        island.close()
    return records


class _Panel:
    """What the sending panel expects, once a second."""

    def __init__(self, clock: MachineClock) -> None:
        self._clock = clock
        self._expected: list[tuple[float, float]] = []

    def hear(self, status: SendingStatus) -> None:
        now = self._clock.monotonic()
        is_new = not self._expected or now - self._expected[-1][0] >= 1.0
        if is_new and status.pack_bytes and status.remaining_s is not None:
            self._expected.append((now, status.remaining_s))

    def write(self, file: Path) -> None:
        told = {"ended_at": self._clock.monotonic(), "expected": self._expected}
        file.write_text(json.dumps(told), encoding="utf-8")


def run(folder: Path, ca_file: str, *, has_steady: bool, steps: Sequence[int]) -> None:
    """Rest until the word comes that there is a network, then send everything."""
    clock, announcer = MachineClock(), Announcer()
    store = Store.open(folder, KEY, clock)

    def make_engine(on_progress: Callable[[Progress], None]) -> Engine:
        memory = RoadMemory(offers if has_steady else lambda rule: False)
        links = opens_links(clock, Road(ca_file=ca_file), memory)
        judge = LaneJudge(steps=tuple(steps))
        return Engine(store, clock, MachineDice(), announcer, links, on_progress, judge=judge)

    runner = Runner(store, clock, MachineDice(), announcer, make_engine)
    panel = _Panel(clock)
    runner.subscribe(panel.hear)
    with store.read() as session:
        waiting = len(sending.unsent_submissions(session))
    has_all = threading.Event()
    received: set[str] = set()

    def hear(news: News) -> None:
        if isinstance(news, ApplicationChanged) and news.what == "received":
            received.add(news.application_id)
            if len(received) == waiting:
                has_all.set()

    announcer.subscribe(hear)
    runner.start()
    _rest(runner, clock)
    print("ready", flush=True)
    sys.stdin.readline()
    runner.link_changed()
    has_all.wait()
    panel.write(folder.parent / PANEL_FILE)
    print("done", flush=True)
    runner.stop()
    store.close()


def _rest(runner: Runner, clock: MachineClock) -> None:
    """Wait until the engine has found no network and sleeps, as it does for most of its life."""
    pause = threading.Event()
    while True:
        status = runner.status()
        then = status.next_attempt_at
        if not status.is_busy and then is not None and then - clock.now() > _REST:
            return
        pause.wait(0.02)


if __name__ == "__main__":
    main()
