"""Bytes of strangers at every door, for as long as asked: crashes, slow answers, memory.

Hypothesis makes messages as somebody with a right key but wrong intentions would, and spoils right
ones; where atheris is installed it hunts new paths in the parsers besides, led by what they run.
The doors are those of ``tests/fuzz``. The last line is JSON: ``knocks``, ``crashes``, ``slowest_s``
and ``most_mb``, the largest peak of memory of one knock.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench.measuring import close_with, say
from tests.fuzz.doors import Door, Grounds, doors, knock, seeds, spoiled
from tests.fuzz.messages import MESSAGES

#: Parsers without an office behind them: what atheris can follow thousands of times a second.
_PARSERS = ("header", "pack", "marks", "courier_walk", "squeezed")


class Knocking:
    """One door, knocked at many times; what went wrong is kept."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.knocks = 0
        self.slowest_s = 0.0
        self.most_bytes = 0

    def knock(self, untrusted: bytes) -> None:
        """Knock once."""
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        began = time.perf_counter()
        knock(self._door, untrusted)
        self.slowest_s = max(self.slowest_s, time.perf_counter() - began)
        self.most_bytes = max(self.most_bytes, tracemalloc.get_traced_memory()[1] - before)
        self.knocks += 1


def fuzz_door(grounds: Grounds, name: str, examples: int) -> tuple[Knocking, str]:
    """Knock at one door; return what was seen, and how it broke."""
    knocking = Knocking(doors(grounds)[name])
    begun = seeds(grounds).get(name, ())
    said = st.binary(max_size=600)
    if begun:
        said |= st.builds(spoiled, st.sampled_from(begun), st.integers(0, 10**6), st.binary())
    if name in MESSAGES:
        said |= MESSAGES[name](grounds)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(said)
    def knocks(untrusted: bytes) -> None:
        knocking.knock(untrusted)

    try:
        knocks()
    except Exception as error:  # whatever gets out of a door is what is looked for here
        return knocking, f"{type(error).__name__}: {error}"
    return knocking, ""


def hunt(name: str, runs: int) -> bool:
    """Let atheris hunt in one parser, in a process of its own; True when nothing broke."""
    done = subprocess.run(
        [sys.executable, "-m", "bench._hunting", name, str(runs)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        say(done.stderr[-2000:])
    return done.returncode == 0


def main() -> None:
    """Knock at every door."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1000, help="for each door")
    parser.add_argument("--door", action="append", help="only this one")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    tracemalloc.start()
    grounds = Grounds()
    knocks = crashes = 0
    slowest_s = most_mb = 0.0
    for name in asked.door or doors(grounds):
        seen, broke = fuzz_door(grounds, name, asked.examples)
        knocks, crashes = knocks + seen.knocks, crashes + bool(broke)
        slowest_s = max(slowest_s, seen.slowest_s)
        most_mb = max(most_mb, seen.most_bytes / 2**20)
        say(
            f"{name:18} {seen.knocks:6} knocks, slowest {seen.slowest_s * 1000:7.1f} ms, "
            f"most {seen.most_bytes / 2**20:5.1f} MiB {broke}"
        )
    grounds.close()
    if importlib.util.find_spec("atheris"):
        for name in _PARSERS:
            if not asked.door or name in asked.door:
                is_whole = hunt(name, 100 * asked.examples)
                crashes += not is_whole
                said = "held" if is_whole else "broke"
                say(f"{name:18} {100 * asked.examples:6} runs of atheris {said}")
    else:
        say("atheris is not installed: its hunt is left out")
    close_with(knocks=knocks, crashes=crashes, slowest_s=slowest_s, most_mb=most_mb)


if __name__ == "__main__":
    main()
