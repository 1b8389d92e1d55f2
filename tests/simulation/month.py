"""A month from one seed: working days, bad weather, deaths, restored backups; then calm, and truth.

``python -m tests.simulation.month --seed 7`` replays one.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.simulation.truth import check_end, check_now, settle
from tests.simulation.villages import Village
from tests.simulation.world import World

_HOUR_S = 3600.0
#: A village's kiosk has power while people are awake.
_HOURS = 12
#: In memory where the system has such a place: a month writes to the disk ten thousand times.
_MEMORY = Path("/dev/shm")  # noqa: S108 - nothing there outlives the run


def live(world: World, days: int) -> None:
    """Let so many days go by."""
    for day in range(days):
        is_link_up = {village.name: world.chance.random() > 0.15 for village in world.villages}
        for _hour in range(_HOURS):
            world.time.pass_by(_HOUR_S * world.chance.uniform(0.8, 1.2))
            _office_hour(world)
            for village in world.villages:
                _kiosk_hour(world, village, is_link_up=is_link_up[village.name])
        world.time.pass_by((24 - _HOURS) * _HOUR_S)
        if day % 3 == 1:
            world.office_backs_up()
        world.office_keeps_house()


def _office_hour(world: World) -> None:
    for _ in range(2):
        _maybe(world, 0.8, world.officer_acts)
    _maybe(world, 0.5, world.treasury_tells)
    _maybe(world, 0.2, world.something_late_arrives)
    _maybe(world, 0.01, world.office_is_restarted)
    _maybe(world, 0.004, world.office_is_restored)
    _maybe(world, 0.006, world.office_loses_a_file)
    _maybe(world, 0.008, world.a_clock_jumps)
    _maybe(world, 0.04, world.courier_is_at_the_office)
    _maybe(world, 0.02, world.an_old_stick_turns_up)


def _kiosk_hour(world: World, village: Village, *, is_link_up: bool) -> None:
    _maybe(world, 0.06, lambda: world.somebody_finalizes(village))
    _maybe(world, 0.1, lambda: world.somebody_corrects(village))
    _maybe(world, 0.4, lambda: world.somebody_asks(village))
    _maybe(world, 0.04, lambda: world.somebody_says(village))
    _maybe(world, 0.03, lambda: world.kiosk_dies_soon(village))
    _maybe(world, 0.005, lambda: world.operator_sends_again(village))
    _maybe(world, 0.02, lambda: world.courier_calls(village))
    if is_link_up and world.chance.random() < 0.35:
        world.kiosk_syncs(village, is_forced=world.chance.random() < 0.2)
        check_now(world, village)
        _maybe(world, 0.8, lambda: world.somebody_pays(village))


def _maybe(world: World, share: float, happen: Callable[[], None]) -> None:
    if world.chance.random() < share:
        happen()


def folder_in_memory() -> Path | None:
    """Return where a world is cheap to keep; None when only the disk is there."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


def run(seed: int, days: int = 30, kiosks: int = 3) -> World:
    """Live through one month and check everything; the world that was, closed."""
    with tempfile.TemporaryDirectory(dir=folder_in_memory()) as at:
        world = World(Path(at), seed, kiosks)
        try:
            live(world, days)
            world.storm_ends()
            settle(world)
            check_end(world)
        except BaseException as error:
            error.add_note(f"replay with: python -m tests.simulation.month --seed {seed}")
            error.add_note("\n".join(world.log[-40:]))
            raise
        finally:
            world.close()
    return world


def main() -> None:
    """Replay one month and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--kiosks", type=int, default=3)
    parser.add_argument("--log", action="store_true", help="print every line")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    began = time.perf_counter()
    world = run(asked.seed, asked.days, asked.kiosks)
    if asked.log:
        print("\n".join(world.log))
    print(
        f"seed {asked.seed}: {len(world.log)} lines, trace {world.trace()}, "
        f"{world.cuts()} requests spoiled, {dict(world.counts)}, "
        f"{time.perf_counter() - began:.1f} s"
    )


if __name__ == "__main__":
    main()
