"""A disk that fills up or may not be written, and clocks thrown a year: told, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from app.errors import LocalFault
from app.office.accepting import sweep
from app.office.context import Office
from app.storage.tables import OutboxRow
from tests.link import WeakLink
from tests.office.house import Served, noise
from tests.sync.island import Island

needs_mounts = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk needs root"
)
YEAR_S = timedelta(days=365).total_seconds()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this machine mounts nothing")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def cramped(small_disk: Path, served: Served, weak: WeakLink) -> Iterator[Island]:
    """A kiosk whose whole store lies on the small disk."""
    island = Island(small_disk / "kiosk")
    island.enrol(served.office, weak.url)
    yield island
    island.close()


def _fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return ballast


@needs_mounts
def test_a_disk_that_is_full_while_sending_loses_no_receipt(
    cramped: Island, small_disk: Path
) -> None:
    frozen = [cramped.freeze({"ktp": noise(20_000, seed)}) for seed in range(5)]
    ballast = _fill(small_disk)
    assert cramped.cycle().error == "disk_full"
    ballast.unlink()
    assert cramped.cycle().error is None
    assert all(cramped.is_received(one) for one in frozen)


@needs_mounts
def test_a_disk_that_fills_at_any_point_of_a_cycle_loses_nothing(
    cramped: Island, small_disk: Path, served: Served
) -> None:
    frozen = [cramped.freeze({"ktp": noise(2_000, seed)}) for seed in range(3)]
    # The log of the store grows with each step of the cycle; a little more room, a later step.
    ballast = _fill(small_disk)
    size = ballast.stat().st_size
    codes = []
    for _ in range(40):
        codes.append(cramped.cycle().error)
        if codes[-1] is None:
            break
        size -= 16384
        os.truncate(ballast, size)
    assert set(codes[:-1]) == {"disk_full"}
    assert codes[-1] is None
    assert len(codes) > 2
    assert all(cramped.is_received(one) for one in frozen)
    with served.office.database.read() as session:
        held = session.connection().exec_driver_sql("SELECT count(*) FROM applications").scalar()
    assert held == 3


@needs_mounts
def test_a_start_on_a_disk_that_may_not_be_written_is_told_and_what_waits_goes_later(
    cramped: Island, small_disk: Path
) -> None:
    frozen = cramped.freeze()
    cramped.store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(LocalFault, match="disk_read_only"):
        cramped.reopen()
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    cramped.reopen()
    assert cramped.cycle().error is None
    assert cramped.is_received(frozen)


@pytest.mark.parametrize("years", [1, -1])
def test_a_kiosks_clock_thrown_a_year_puts_nothing_off(
    island: Island, weak: WeakLink, years: int
) -> None:
    frozen = island.freeze()
    weak.go_away()
    assert island.cycle(is_forced=False).error == "office_away"
    weak.come_back()
    island.clock.jump_to(island.clock.now() + timedelta(seconds=years * YEAR_S))
    later = island.freeze({"kk": noise(900)})
    assert island.cycle(is_forced=False).error is None
    assert island.is_received(frozen)
    assert island.is_received(later)
    assert abs(island.enrolment().clock_offset_s) > YEAR_S / 2


@pytest.mark.parametrize("years", [1, -1])
def test_what_was_sent_before_a_jump_and_has_no_receipt_is_sent_again(
    island: Island, weak: WeakLink, years: int
) -> None:
    frozen = island.freeze()
    with island.store.write() as session:
        now = island.clock.now()
        session.execute(update(OutboxRow).values(attempts=1))
        session.connection().exec_driver_sql(
            "UPDATE records SET sent_at = ?", (now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),)
        )
    island.clock.jump_to(island.clock.now() + timedelta(seconds=years * YEAR_S))
    # One cycle finds that it waits too long, the next sends it.
    island.cycle(is_forced=False)
    island.cycle(is_forced=False)
    assert island.is_received(frozen)


@pytest.mark.parametrize("years", [1, -1])
def test_an_offices_clock_thrown_a_year_loses_no_half_sent_pack(
    island: Island, office: Office, weak: WeakLink, years: int
) -> None:
    frozen = island.freeze({"ktp": noise(60_000)})
    for up_bytes in (30_000, 10, 10, 10):
        weak.cut_after(up_bytes)
    island.cycle()
    weak.calm()
    assert not island.is_received(frozen)
    clock = office.clock
    clock.jump_to(clock.now() + timedelta(seconds=years * YEAR_S))  # type: ignore[attr-defined]
    sweep(office)
    assert island.cycle().error is None
    assert island.is_received(frozen)
