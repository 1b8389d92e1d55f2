"""Two copies of the program on one folder: a second window is refused, commands work beside it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.__main__ import main
from app.alone import only_one
from app.sync.reports import CycleReport
from tests.office.house import Served, noise
from tests.sync.island import Island


def test_a_second_window_is_refused_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_one(tmp_path, "window.lock", "kiosk_in_use"):
        assert main(["--data", str(tmp_path)]) == 1
    assert "[kiosk_in_use]" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"window.lock"}


def test_two_engines_on_one_store_send_and_hear_everything_once(
    island: Island, served: Served
) -> None:
    frozen = [island.freeze({"ktp": noise(40_000, seed)}) for seed in range(4)]
    other = Island(island.folder, seed=2, clock=island.clock)
    reports: list[CycleReport] = []
    together = threading.Barrier(2)

    def run(one: Island) -> None:
        together.wait(10)
        reports.append(one.cycle())

    threads = [threading.Thread(target=run, args=(one,)) for one in (island, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(reports) == 2
    # Whoever lost an upload to the other may have to come back.
    assert island.cycle().error is None
    assert all(island.is_received(one) for one in frozen)
    assert sum(report.received_events for report in reports) <= 4
    with served.office.database.read() as session:
        held = session.connection().exec_driver_sql("SELECT count(*) FROM submissions").scalar()
    assert held == 4
    other.close()
