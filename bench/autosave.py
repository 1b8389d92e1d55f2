"""What a field save costs: one durable save against a bare SQLite commit with the same pragmas.

The peer writes the same rows (the answer, the copies beside the application) as one plain
transaction through the standard library's driver: no encryption, no checks, no ORM. Both files lie in
the same folder and every commit of both is synced to the disk (WAL, ``synchronous=FULL``).
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
from pathlib import Path

from bench.measuring import close_with, in_turn, median_ratio, p99, say
from tests.builders import make_kiosk

ROUNDS = 400
WARM_UP = 20


def main() -> None:
    """Run the bench."""
    with tempfile.TemporaryDirectory(prefix="loket-bench-") as folder:
        ours = _our_save(Path(folder) / "kiosk")
        peer = _bare_commit(Path(folder) / "bare.db")
        in_turn(ours, peer, WARM_UP)
        our_times, peer_times = in_turn(ours, peer, ROUNDS)
    ratio = median_ratio(our_times, peer_times)
    say(f"field save    median {statistics.median(our_times) * 1e3:.2f} ms")
    say(f"bare commit   median {statistics.median(peer_times) * 1e3:.2f} ms")
    close_with(save_ratio=ratio, save_p99_ms=p99(our_times) * 1e3)


if __name__ == "__main__":
    main()
