"""A few days of three kiosks and an office in all weathers; the bench lives longer."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.office.house import CHECKOUT
from tests.simulation.month import run


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Deaths write much into the log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_days_in_all_weathers_end_with_everything_received_once() -> None:
    world = run(5, days=2)
    assert world.counts["applications"] >= 2
    assert world.counts["opinions"] >= 1
    assert world.counts["office_kills"] + world.counts["kiosk_kills"] >= 1
    assert world.cuts() >= 5


def test_a_seed_replays_exactly() -> None:
    one, other = run(11, days=1, kiosks=1), run(11, days=1, kiosks=1)
    assert one.log == other.log
    assert len(one.log) > 10


def test_the_command_that_replays_a_month_stands_on_its_own() -> None:
    # Here the tests before it have loaded whatever it might forget to load.
    command = [sys.executable, "-m", "tests.simulation.month", "--help"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert "--seed" in done.stdout, done.stderr
