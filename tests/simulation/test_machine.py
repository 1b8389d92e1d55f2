"""Whatever happens in whatever order, every finalized application ends at the office exactly once.

Hypothesis chooses what happens and tells the shortest story that breaks. ``LOKET_SIMULATION=big``
looks much further.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.simulation.month import folder_in_memory
from tests.simulation.road import CALM, ROUGH
from tests.simulation.truth import check_end, check_now, settle
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

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        self.world = World(Path(self.folder.name), seed, kiosks=2)

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
    def kiosk_dies_soon(self, who: int) -> None:
        self._there().kiosk_dies_soon(self._there().villages[who])

    @rule(is_fine=st.booleans())
    def weather_turns(self, is_fine: bool) -> None:
        self._there().road.weather = CALM if is_fine else ROUGH

    @rule()
    def officer_acts(self) -> None:
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


TestHappenings = Happenings.TestCase
TestHappenings.settings = settings(
    max_examples=300 if _IS_BIG else 3,
    stateful_step_count=60 if _IS_BIG else 20,
    # Shrinking a story takes minutes: the big run does it.
    phases=tuple(Phase) if _IS_BIG else (Phase.generate,),
    deadline=None,
    derandomize=not _IS_BIG,
    suppress_health_check=list(HealthCheck),
)
