"""How soon the kiosk is there: against an empty PySide6 window, in turns in one run.

Each start is a new process (``bench.startup_child``) on a store that exists. The clock starts
before the process does. ``first_paint`` is the end of the window's first paint, ``store_open`` the
moment the store behind it is open and services answer, memory the peak of the whole process by
then; the empty window is painted and done. More than half of ``store_open`` is the import of
SQLAlchemy.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.bootstrap import open_kiosk
from bench.measuring import close_with, say

ROUNDS = 9


def main() -> None:
    """Run the bench."""
    with tempfile.TemporaryDirectory(prefix="loket-bench-") as folder:
        with open_kiosk(Path(folder)):
            pass
        for what in ("kiosk", "empty"):
            _start(what, folder)
        runs = [(_start("kiosk", folder), _start("empty", folder)) for _ in range(ROUNDS)]
    kiosk, empty = zip(*runs, strict=True)
    paint, peer_paint = _median(kiosk, "first_paint_s"), _median(empty, "first_paint_s")
    opened = _median(kiosk, "store_open_s")
    memory, peer_memory = _median(kiosk, "peak_bytes"), _median(empty, "peak_bytes")
    say(f"kiosk  first paint {paint:.3f} s, store open {opened:.3f} s, {memory / 1e6:.0f} MB")
    say(f"empty  first paint {peer_paint:.3f} s, {peer_memory / 1e6:.0f} MB")
    close_with(
        first_paint_ratio=paint / peer_paint,
        store_open_ratio=opened / peer_paint,
        memory_ratio=memory / peer_memory,
    )


def _start(what: str, folder: str) -> dict[str, float]:
    environment = dict(os.environ)
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Bytecode is kept, as it is for everybody who does not forbid it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "bench.startup_child", what, folder, str(time.monotonic())]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _median(runs: tuple[dict[str, float], ...], figure: str) -> float:
    return statistics.median(run[figure] for run in runs)


if __name__ == "__main__":
    main()
