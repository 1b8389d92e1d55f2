"""Many runs from one template: first every named step, then chance; and what came of them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from tests.crash.children import Failed, finish, fork
from tests.crash.house import build, warm_up
from tests.crash.places import Places
from tests.crash.road import Road
from tests.crash.runs import ACTORS, Plan, Run, random_plan
from tests.crash.steps import Death

#: Actor to the names of its steps, and how often each comes in a run without faults.
Known = dict[str, dict[str, int]]
_MOST_SAID_LETTERS = 3000


class Tally(msgspec.Struct):
    """What runs of one kind came to."""

    runs: int = 0
    kills: int = 0
    lost: int = 0
    doubled: int = 0
    unequal: int = 0
    #: Runs in which anything else was not as it must be.
    faulty: int = 0


class Campaign:
    """Runs plans one after the other; the folder is its own.

    Args:
        folder: made when absent; a disk of memory makes runs short.
        tell: hears of every run that is not well, and why.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._template = Places(folder / "template")
        self._road: Road | None = None
        self.known: Known = {}
        self.tallies: dict[str, Tally] = {}

    def prepare(self) -> None:
        """Make the template, warm this process up, and learn the steps from a run without faults.

        Raises:
            Failed: that run was not well.
        """
        self._template.folder.mkdir(parents=True)
        if not finish(fork(lambda: build(self._template))):
            raise Failed("the template was not made")
        with self._copy() as places:
            warm_up(places)
        self._road = Road()
        with self._copy() as places:
            if not Run(places, self._road, Plan(0, courier="then"), is_written=True).go().is_well():
                raise Failed("a run without faults is not well")
            for actor in ACTORS:
                names = (places.steps / actor).read_text().splitlines()
                self.known[actor] = dict(Counter(names))

    def plans(self, count: int, seed: int) -> Iterator[tuple[str, Plan]]:
        """Yield the kind of each run and its plan; with fewer than all, a sample of the steps."""
        named = list(self._named())
        if count < 2 * len(named):
            named = named[:: max(1, 2 * len(named) // count)]
        yield from named[:count]
        for number in range(max(0, count - len(named))):
            yield "chance", random_plan(seed + number, self.known)

    def run(self, number: int, kind: str, plan: Plan) -> bool:
        """Run one plan, tell of it if it is not well, and return whether it is."""
        assert self._road is not None
        tally = self.tallies.setdefault(kind, Tally())
        tally.runs += 1
        with self._copy() as places:
            run = Run(places, self._road, plan)
            try:
                verdict = run.go()
            except Failed as failed:
                tally.faulty += 1
                self._tell(f"run {number}: {failed}\n{plan}\n{_end_of(places.said)}")
                return False
            tally.kills += run.kills
            tally.lost += verdict.lost
            tally.doubled += verdict.doubled
            tally.unequal += verdict.unequal
            tally.faulty += not verdict.is_well()
            if not verdict.is_well():
                self._tell(f"run {number}: {verdict}\n{plan}\n{_end_of(places.said)}")
            return verdict.is_well()

    def close(self) -> None:
        """End the road's process and remove the folder."""
        if self._road is not None:
            self._road.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _named(self) -> Iterator[tuple[str, Plan]]:
        for actor, steps in self.known.items():
            for name, count in steps.items():
                for occurrence in sorted({1, count}):
                    courier: Literal["", "then"] = "then" if actor.startswith("stick") else ""
                    yield actor, Plan(0, {actor: (Death(name, occurrence),)}, courier=courier)

    @contextmanager
    def _copy(self) -> Iterator[Places]:
        """Give the folders of one run, always at the same place."""
        places = self._template.copy_to(self._folder / "run")
        try:
            yield places
        finally:
            places.clear()


def _end_of(said: Path) -> str:
    return said.read_text()[-_MOST_SAID_LETTERS:] if said.exists() else ""
