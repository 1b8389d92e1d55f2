"""Kills kiosk, office and officer at every step they take and at chance moments; counts the harm.

Real processes and SIGKILL: a kiosk with three filled applications submits, sends, hears, corrects
and is asked for a page, over a link that is cut and loses answers; an office serves on a real
socket; an officer decides beside it. Whoever is killed is started again. Then both sides are
opened and compared with what was filled in.

- ``lost``: applications that were finalized and that the office does not hold as received;
- ``doubled``: received more than once;
- ``unequal``: documents or answers at the office that are not those of the kiosk;
- ``faulty``: runs with any of these, or in which a process failed, hung, kept or lost a file that
  it must not, has a receipt that does not verify, or sees an application differently.

A run that is not well prints its number and plan; ``--only NUMBER`` with the same other arguments
runs it again.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from bench.measuring import close_with, say
from tests.crash.campaign import Campaign, Tally

RUNS = 1000
SEED = 20261122
_MEMORY = Path("/dev/shm")  # noqa: S108 - a disk of memory, where it is there


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--first", type=int, default=1, help="leave out the runs before this one")
    parser.add_argument("--minutes", type=float, help="ends with what was done after so long")
    parser.add_argument("--only", type=int, help="this run alone, by its number")
    chosen = parser.parse_args()
    base = str(_MEMORY) if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="loket-crash-", dir=base) as folder:
        campaign = Campaign(Path(folder) / "campaign", say)
        try:
            campaign.prepare()
            _run(campaign, chosen)
        finally:
            campaign.close()


def _run(campaign: Campaign, chosen: argparse.Namespace) -> None:
    began = time.monotonic()
    most_s = 60 * chosen.minutes if chosen.minutes else float("inf")
    for number, (kind, plan) in enumerate(campaign.plans(chosen.runs, chosen.seed), start=1):
        if time.monotonic() - began > most_s:
            break
        if chosen.only in (None, number) and number >= chosen.first:
            campaign.run(number, kind, plan)
        if number % 100 == 0 and number >= chosen.first:
            say(f"{number} runs, {time.monotonic() - began:.0f} s")
    say(f"{'killed':12} {'runs':>5} {'kills':>6} {'lost':>5} {'doubled':>8} {'unequal':>8} faulty")
    total = Tally()
    for kind, tally in campaign.tallies.items():
        say(
            f"{kind:12} {tally.runs:5} {tally.kills:6} {tally.lost:5} {tally.doubled:8}"
            f" {tally.unequal:8} {tally.faulty:6}"
        )
        for name in Tally.__struct_fields__:
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    close_with(
        runs=total.runs,
        kills=total.kills,
        steps=sum(len(names) for names in campaign.known.values()),
        lost=total.lost,
        doubled=total.doubled,
        unequal=total.unequal,
        faulty=total.faulty,
    )


if __name__ == "__main__":
    main()
