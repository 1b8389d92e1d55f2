"""A sample of the campaign that ``dev.py bench crash`` runs at length: nothing lost, doubled."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.office.house import CHECKOUT

_RUNS = 100


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
@pytest.mark.timeout(900)
def test_kills_at_steps_and_by_chance_lose_double_and_change_nothing() -> None:
    # In a process of its own: it forks children, and they would inherit this one's threads.
    run = subprocess.run(
        [sys.executable, "-m", "bench.crash", "--runs", str(_RUNS)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["runs"] == _RUNS, run.stdout
    assert found["kills"] >= _RUNS // 2, run.stdout
    assert found["faulty"] == found["lost"] == found["doubled"] == found["unequal"] == 0, run.stdout
