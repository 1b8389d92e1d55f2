"""Months of three kiosks and an office, each from one seed, in all weathers.

Cut and doubled requests, lost answers, silence, both sides killed at any step of their databases,
an office restored from old backups and losing files, courier trips with old and torn files, clocks
a year wrong. After each month everything is compared (``tests/simulation/truth.py``). A month that
fails is named by its seed: ``python -m tests.simulation.month --seed N`` replays it exactly.

The last line is JSON: ``months``, ``applications``, ``cuts``, ``kills``, ``restores``, ``trips``,
``lost``, ``doubled``, ``unequal``, ``mended_by_people``.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections import Counter

from bench.measuring import close_with, say
from tests.simulation.month import run
from tests.simulation.untrue import Untrue


def main() -> None:
    """Live through months."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--days", type=int, default=30, help="of a month")
    parser.add_argument("--seed", type=int, default=1, help="of the first month")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    total: Counter[str] = Counter(dict.fromkeys(("lost", "doubled", "unequal"), 0))
    for seed in range(asked.seed, asked.seed + asked.months):
        began = time.process_time()
        try:
            world = run(seed, asked.days)
        except Untrue as untrue:
            total[untrue.kind] += 1
            say(f"seed {seed}: {untrue}")
            continue
        total.update(world.counts)
        total["cuts"] += world.cuts()
        say(
            f"seed {seed}: {world.counts['applications']} applications, {world.cuts()} requests "
            f"spoiled, {time.process_time() - began:.0f} s of processor"
        )
    close_with(
        months=asked.months,
        days=asked.days,
        applications=total["applications"],
        cuts=total["cuts"],
        kills=total["kiosk_kills"] + total["office_kills"],
        restores=total["office_restores"],
        trips=total["courier_calls"],
        mended_by_people=total["mended_by_people"],
        lost=total["lost"],
        doubled=total["doubled"],
        unequal=total["unequal"],
    )


if __name__ == "__main__":
    main()
