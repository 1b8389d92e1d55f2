"""One run: a village's applications travel while processes are killed and the link is cut.

Everything a run does follows from its seed; only the moment at which two processes meet does not.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from tests.crash import kiosk_part, office_part
from tests.crash.children import Failed, Orders, Timer, finish, fork, is_done, kill
from tests.crash.judging import Verdict, judge
from tests.crash.places import Places
from tests.crash.road import Road, Weather
from tests.crash.steps import Death
from tests.link import Cut

#: Who may die; each name is also that of the file its steps are written to.
ACTORS = (
    "kiosk_first", "kiosk_then", "office", "officer",
    "stick_filled", "stick_at_office", "stick_again", "stick_last", "stick_read",
)  # fmt: skip
_ON_LINK = ACTORS[:4]
#: A kiosk's life takes about so long; a kill by the clock comes within it.
_LIFE_S = 0.5
#: What the kiosk sends in one phase, roughly.
_UP_BYTES = 45_000


class Plan(msgspec.Struct, frozen=True):
    """What goes wrong in one run."""

    seed: int
    #: Actor to the steps before which its first, second, ... life ends.
    deaths: dict[str, tuple[Death, ...]] = {}
    #: Actor to seconds after which its first life ends, wherever it is.
    moments: dict[str, float] = {}
    #: Bytes up after which the link is cut, counted from the cut before; and how.
    cuts: tuple[tuple[int, Cut], ...] = ()
    swallows_after: int = 0
    #: A stick travels too: before the kiosk's first life on the link, or before its second.
    courier: Literal["", "first", "then"] = ""
    #: Where a file on the stick is cut off after the kiosk wrote it, as a share of it; 0 is whole.
    torn_at: float = 0.0


def random_plan(seed: int, steps: dict[str, dict[str, int]]) -> Plan:
    """Draw a plan: two faults at least, of any kind, so that they fall on each other too.

    Args:
        seed: of the dice.
        steps: actor to the names of its steps, and how often each comes in a run without faults.
    """
    dice = random.Random(seed)
    deaths: dict[str, tuple[Death, ...]] = {}
    moments: dict[str, float] = {}
    courier: Literal["", "first", "then"] = dice.choice(("", "", "first", "then"))
    actors = ACTORS if courier else _ON_LINK
    for _ in range(dice.randint(1, 3)):
        actor = dice.choice(actors)
        if dice.random() < 0.35 and actor.startswith(("kiosk", "office")):
            moments[actor] = dice.random() * _LIFE_S
            continue
        name, count = dice.choice(sorted(steps[actor].items()))
        deaths[actor] = (*deaths.get(actor, ()), Death(name, dice.randint(1, count)))
    cuts: list[tuple[int, Cut]] = [
        (dice.randint(1, _UP_BYTES), dice.choice(("rst", "fin", "silence")))
        for _ in range(dice.choice((0, 0, 1, 1, 2, 3)))
    ]
    swallows = dice.randint(1, _UP_BYTES) if dice.random() < 0.3 else 0
    torn_at = dice.random() if courier and dice.random() < 0.3 else 0.0
    return Plan(seed, deaths, moments, tuple(cuts), swallows, courier, torn_at)


class Run:
    """One run in folders of its own.

    Args:
        places: copies of the template's folders, to be used up.
        road: the link's process.
        plan: what goes wrong.
        is_written: the steps of every actor are written down.
    """

    def __init__(self, places: Places, road: Road, plan: Plan, *, is_written: bool = False) -> None:
        self._places = places
        self._road = road
        self._plan = plan
        self._is_written = is_written
        self._deaths = {actor: list(plan.deaths.get(actor, ())) for actor in ACTORS}
        self._moments = dict(plan.moments)
        self._timer = Timer()
        self._office = 0
        self._actor = 0
        #: Processes that were killed.
        self.kills = 0

    def go(self) -> Verdict:
        """Live through both phases, let everything settle, and judge.

        Raises:
            Failed: a process ended by itself in a way it must not, or hung.
        """
        places = self._places
        live = partial(kiosk_part.live, places.kiosk, self._road.url)
        decide = partial(office_part.decide, places.office, *places.facts().applications)
        try:
            self._start_office()
            self._carry("first")
            self._accompany("kiosk_first", live)
            self._accompany("officer", decide)
            self._road.set(self._weather())
            self._carry("then")
            self._accompany("kiosk_then", live)
        finally:
            self._timer.stop()
            for child in (self._office, self._actor):
                if child:
                    kill(child)
        return _judged(places)

    def _carry(self, when: str) -> None:
        """Let a stick travel to the office and back, if the plan says so."""
        if self._plan.courier != when:
            return
        places = self._places
        at_kiosk = partial(kiosk_part.stay, places.kiosk, places.stick)
        at_office = partial(office_part.take_in, places.office, places.stick)
        # The second trip carries what the first one's answers asked for.
        for kiosk, office in (("stick_filled", "stick_at_office"), ("stick_again", "stick_last")):
            self._accompany(kiosk, at_kiosk)
            for path in sorted(places.stick.rglob("*")):
                if self._plan.torn_at and path.is_file():
                    os.truncate(path, int(path.stat().st_size * self._plan.torn_at))
            self._accompany(office, at_office)
        self._accompany("stick_read", at_kiosk)

    def _weather(self) -> Weather:
        return Weather(self._address, self._plan.cuts, self._plan.swallows_after)

    def _accompany(self, actor: str, work: Callable[[], None]) -> None:
        """Start an actor again as often as it dies, and the office beside it, until it is done."""
        while True:
            self._actor = fork(work, self._orders(actor, self._places.folder))
            self._arm(actor, self._actor)
            status = self._wait_for_actor()
            if is_done(status):
                return
            self.kills += 1

    def _wait_for_actor(self) -> int:
        while True:
            ended, status = os.waitpid(-1, 0)
            if ended == self._actor:
                self._actor = 0
                return status
            if ended != self._office:
                raise Failed("the link's process ended")
            self._office = 0
            if is_done(status):
                raise Failed("the office ended by itself")
            self.kills += 1
            self._start_office()

    def _start_office(self) -> None:
        """Start the office and bring the road to it, again if it is killed before it listens."""
        while True:
            ours, theirs = os.pipe()
            serve = partial(office_part.serve, self._places.office, theirs)
            self._office = fork(serve, self._orders("office", self._places.office))
            os.close(theirs)
            with os.fdopen(ours) as said:
                line = said.readline()
            if line:
                break
            if is_done(os.waitpid(self._office, 0)[1]):
                raise Failed("the office ended by itself")
            self.kills += 1
        found = urlsplit(msgspec.json.decode(line)["url"])
        self._address = (str(found.hostname), int(found.port or 0))
        self._road.set(self._weather())
        self._arm("office", self._office)

    def _orders(self, actor: str, folder: Path) -> Orders:
        deaths = self._deaths[actor]
        written = self._places.steps / actor if self._is_written else None
        return Orders(folder, self._places.said, deaths.pop(0) if deaths else None, written)

    def _arm(self, actor: str, child: int) -> None:
        if after := self._moments.pop(actor, 0.0):
            self._timer.kill_after(after, child)


def _judged(places: Places) -> Verdict:
    """Judge in a child: this process keeps no database open."""
    written = places.folder / "verdict.json"

    def work() -> None:
        written.write_bytes(msgspec.json.encode(judge(places)))

    if not finish(fork(work, Orders(places.folder, places.said))):
        raise Failed("the judge was killed")
    return msgspec.json.decode(written.read_bytes(), type=Verdict)
