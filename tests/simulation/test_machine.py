"""Whatever happens in whatever order: nothing is lost or doubled, and no life goes a forbidden way.

Hypothesis chooses what happens and tells the shortest story that breaks. ``LOKET_SIMULATION=big``
looks much further, for ``LOKET_SIMULATION_EXAMPLES`` stories.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from app.domain.requests import BillingWanted
from app.office import review
from tests.simulation.desk import ANI
from tests.simulation.month import folder_in_memory
from tests.simulation.road import CALM, ROUGH
from tests.simulation.truth import check_end, check_now, settle
from tests.simulation.villages import Village
from tests.simulation.world import World

_IS_BIG = os.environ.get("LOKET_SIMULATION") == "big"
_WHO = st.integers(0, 1)


class Happenings(RuleBasedStateMachine):
    """Two kiosks and one office."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.folder = tempfile.TemporaryDirectory(dir=folder_in_memory())
        self.world: World | None = None

    @initialize(seed=st.integers(0, 2**16), lives=st.lists(st.booleans(), max_size=3))
    def begin(self, seed: int, lives: list[bool]) -> None:
        self.world = World(Path(self.folder.name), seed, kiosks=2)
        self.world.storm_ends()
        for number, is_paid in enumerate(lives):
            begin_life(self.world, self.world.villages[number % 2], is_paid=is_paid)

    def _there(self) -> World:
        assert self.world is not None
        return self.world

    @rule(who=_WHO)
    def somebody_finalizes(self, who: int) -> None:
        self._there().somebody_finalizes(self._there().villages[who])

    @rule(who=_WHO)
    def somebody_corrects(self, who: int) -> None:
        self._there().somebody_corrects(self._there().villages[who])

    @rule(who=_WHO, minutes=st.sampled_from([1, 20, 3000]))
    def kiosk_syncs(self, who: int, minutes: int) -> None:
        world = self._there()
        world.time.pass_by(minutes * 60.0)
        world.kiosk_syncs(world.villages[who])
        check_now(world, world.villages[who])

    @rule(who=_WHO)
    def somebody_asks(self, who: int) -> None:
        self._there().somebody_asks(self._there().villages[who])

    @rule(who=_WHO)
    def somebody_says(self, who: int) -> None:
        self._there().somebody_says(self._there().villages[who])

    @rule(who=_WHO)
    def somebody_pays(self, who: int) -> None:
        self._there().somebody_pays(self._there().villages[who])

    @rule()
    def treasury_tells(self) -> None:
        self._there().treasury_tells()

    @rule()
    def office_keeps_house(self) -> None:
        self._there().office_keeps_house()

    @rule(who=_WHO)
    def kiosk_dies_soon(self, who: int) -> None:
        self._there().kiosk_dies_soon(self._there().villages[who])

    @rule(is_fine=st.booleans())
    def weather_turns(self, is_fine: bool) -> None:
        self._there().road.weather = CALM if is_fine else ROUGH

    @rule(times=st.integers(1, 4))
    def officer_acts(self, times: int) -> None:
        for _ in range(times):
            self._there().officer_acts()

    @rule()
    def office_backs_up(self) -> None:
        self._there().office_backs_up()

    @rule()
    def office_is_restored(self) -> None:
        self._there().office_is_restored()

    @rule()
    def office_is_restarted(self) -> None:
        self._there().office_is_restarted()

    @rule()
    def office_loses_a_file(self) -> None:
        self._there().office_loses_a_file()

    @rule()
    def something_late_arrives(self) -> None:
        self._there().something_late_arrives()

    @rule(who=_WHO)
    def courier_calls(self, who: int) -> None:
        self._there().courier_calls(self._there().villages[who])

    @rule()
    def courier_is_at_the_office(self) -> None:
        self._there().courier_is_at_the_office()

    @rule()
    def an_old_stick_turns_up(self) -> None:
        self._there().an_old_stick_turns_up()

    @precondition(lambda self: self.world is not None and len(self.world.log) > 10)
    @rule()
    def a_clock_jumps(self) -> None:
        self._there().a_clock_jumps()

    def teardown(self) -> None:
        """Let it come to rest, and compare both sides."""
        try:
            if self.world is not None:
                self.world.storm_ends()
                settle(self.world)
                check_end(self.world)
        finally:
            if self.world is not None:
                self.world.close()
            self.folder.cleanup()
            logging.disable(logging.NOTSET)


def begin_life(world: World, village: Village, *, is_paid: bool) -> None:
    """Bring one application as far as to be paid for, or to wish for an interview."""
    made = village.finalize()
    village.cycle()
    review.accept(world.bureau.office, ANI, made.application_id, 1)
    village.cycle()
    if is_paid:
        village.applicants.want(village.kiosk, made.application_id, BillingWanted())
        village.cycle()
        world.somebody_pays(village)
        world.treasury_tells_all()
        village.cycle()


TestHappenings = Happenings.TestCase
TestHappenings.settings = settings(
    max_examples=int(os.environ.get("LOKET_SIMULATION_EXAMPLES", "300")) if _IS_BIG else 3,
    stateful_step_count=60 if _IS_BIG else 20,
    # Shrinking a story takes minutes: the big run does it.
    phases=tuple(Phase) if _IS_BIG else (Phase.generate,),
    deadline=None,
    derandomize=not _IS_BIG,
    suppress_health_check=list(HealthCheck),
)
