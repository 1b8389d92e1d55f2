"""How fast the office takes packs from 1, 100 and 1,000 kiosks that reconnect at the same moment.

The office runs on PostgreSQL with two workers; each pack is one application with four papers, 75 KB
sealed, and is answered when all of it is durable and receipted: in a lot, opened, verified, filed,
its receipt signed and sealed. Beside it stands a bare endpoint of the same framework with as many
workers, which writes the same bytes to one file and answers when they are durable. Both sync to
the disk, PostgreSQL as well. The kiosks are a process of their own. Giving each record a file of
its own is what the office does when nobody sends any more; it is measured by itself at the end.

Last line: ``rate_ratio_N`` is the office's rate over the endpoint's with N kiosks, ``starved`` the
kiosks that were not answered within a minute, or put off without being told until when,
``settling_ms`` what one pack costs afterwards in milliseconds of processor.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec

from app.office.blobs import Blobs
from bench.measuring import close_with, p99, say
from bench.office_kiosks import PAPERS, Load, Result, Sender, enrol_many, make_packs
from bench.office_servers import Server, running
from tests.office.house import CHECKOUT, open_at
from tests.office.postgres import new_database, running_cluster

SEED = 20261122
WORKERS = 2
#: Kiosks, and packs of each.
LOADS = ((1, 60), (100, 6), (1000, 1))
_WARM_UP = (16, 1)
_LONGEST_S = 600


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--kiosks", type=int, nargs="+", default=[count for count, _ in LOADS])
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many")
    chosen = parser.parse_args()
    loads = [load for load in LOADS if load[0] in chosen.kiosks]
    # On a disk: on a file system in memory nothing waits for a sync.
    with tempfile.TemporaryDirectory(prefix="bench-office", dir="/var/tmp") as place:
        folder = Path(place)
        with running_cluster(folder, is_durable=True) as cluster:
            said = _measured(folder, new_database(cluster), loads, chosen)
    close_with(**said)


def _measured(
    folder: Path, url: str, loads: list[tuple[int, int]], chosen: argparse.Namespace
) -> dict[str, float]:
    office = open_at(folder / "office", database_url=url, workers=chosen.workers)
    villages = enrol_many(office, max(count for count, _ in [*loads, _WARM_UP]), SEED)
    office.close()
    said: dict[str, float] = {}
    starved = 0
    heard: Counter[str] = Counter()
    with (
        running("office", folder / "office", chosen.workers, url) as ours,
        running("bare", folder / "bare", chosen.workers) as bare,
    ):
        for count, each in [_WARM_UP, *loads]:
            rates: tuple[list[float], list[float]] = ([], [])
            for number in range(chosen.rounds if (count, each) in loads else 1):
                file = folder / "packs"
                seed = SEED + 1000 * count + number
                senders = make_packs(villages[:count], each, file, seed, heard)
                turns = (("office", ours, bare, rates[0]), ("bare", bare, ours, rates[1]))
                for kind, server, other, rate in turns:
                    with other.standing_still():
                        result = _sent(server, kind, file, senders)
                    rate.append(result.packs / result.seconds)
                    starved += (result.starved + result.put_off_blindly) * (kind == "office")
                    say(_line(kind, count, result, server))
                shutil.rmtree(folder / "bare")
                (folder / "bare").mkdir()
            if (count, each) in loads:
                ratio = statistics.median(rates[0]) / statistics.median(rates[1])
                said[f"rate_ratio_{count}"] = round(ratio, 3)
    said["starved"] = starved
    said["settling_ms"] = round(_settled(folder / "office" / "blobs"), 2)
    return said


def _settled(folder: Path) -> float:
    """Do what the office puts off until nobody sends; return milliseconds of processor a pack."""
    before = len(list(folder.glob("??/*")))
    began, cpu = time.perf_counter(), time.process_time()
    Blobs(folder).settle(0.0)
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    packs = max(1, (len(list(folder.glob("??/*"))) - before) // (1 + len(PAPERS)))
    say(
        f"settling {packs} packs afterwards: {cpu_s / packs * 1000:.2f} ms of processor and "
        f"{wall_s / packs * 1000:.2f} ms each"
    )
    return cpu_s / packs * 1000


def _sent(server: Server, kind: str, file: Path, senders: tuple[Sender, ...]) -> Result:
    load = Load(server.host, server.port, kind, str(file), senders)
    done = subprocess.run(
        [sys.executable, "-m", "bench.office_kiosks"],
        cwd=CHECKOUT,
        input=msgspec.json.encode(load),
        stdout=subprocess.PIPE,
        check=True,
        timeout=_LONGEST_S,
    )
    return msgspec.json.decode(done.stdout, type=Result)


def _line(kind: str, count: int, result: Result, server: Server) -> str:
    # A run in which every kiosk starved has no times.
    times = [*result.times, *result.times] or [0.0, 0.0]
    return (
        f"{count:5} kiosks {kind:6} {result.packs / result.seconds:7.1f} packs/s "
        f"{result.bytes / result.seconds / 1e6:6.2f} MB/s "
        f"median {statistics.median(times) * 1000:7.0f} ms "
        f"p99 {p99(times) * 1000:7.0f} ms "
        f"memory {server.most_memory_mb():5.0f} MB starved {result.starved} "
        f"put off {result.put_off} blindly {result.put_off_blindly} cut {result.cut}"
    )


if __name__ == "__main__":
    main()
