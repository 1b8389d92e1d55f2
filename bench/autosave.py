"""What a field save costs: one durable save against a bare SQLite commit with the same pragmas.

The peer writes the same rows (the answer, the copies beside the application) as one plain
transaction through the standard library's driver: no encryption, no checks, no ORM. Both files lie
in the same folder and every commit of both is synced to the disk (WAL, ``synchronous=FULL``).
"""

from __future__ import annotations

import itertools
import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.bootstrap import open_kiosk
from app.services.drafts import save_answer, start_draft
from bench.measuring import close_with, in_turn, median_ratio, p99, say

ROUNDS = 400
WARM_UP = 20


#: One name after another, so that every save changes something.
_NAMES = ("SITI CONTOH", "BUDI CONTOH", "AMINAH CONTOH PULAU", "HASAN")


def main() -> None:
    """Run the bench."""
    with (
        tempfile.TemporaryDirectory(prefix="loket-bench-") as folder,
        open_kiosk(Path(folder) / "kiosk") as opened,
    ):
        draft = start_draft(opened.kiosk, "passport_new_adult", "271828")
        names = itertools.cycle(_NAMES)

        def ours() -> None:
            save_answer(opened.kiosk, draft.application_id, "full_name", next(names))

        peer = _bare_commit(Path(folder) / "bare.db")
        in_turn(ours, peer, WARM_UP)
        our_times, peer_times = in_turn(ours, peer, ROUNDS)
    say(f"field save    median {statistics.median(our_times) * 1e3:.2f} ms")
    say(f"bare commit   median {statistics.median(peer_times) * 1e3:.2f} ms")
    close_with(save_ratio=median_ratio(our_times, peer_times), save_p99_ms=p99(our_times) * 1e3)


def _bare_commit(path: Path) -> Callable[[], None]:
    """Return the same change as one plain transaction on a plain file."""
    bare = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        bare.execute(f"PRAGMA {pragma}")
    bare.execute("CREATE TABLE applications (id TEXT PRIMARY KEY, name TEXT, updated_at TEXT)")
    bare.execute(
        "CREATE TABLE answers (application_id TEXT, field TEXT, value TEXT, saved_at TEXT,"
        " PRIMARY KEY (application_id, field))"
    )
    bare.execute("INSERT INTO applications VALUES ('a', '', '')")
    names = itertools.cycle(_NAMES)

    def commit() -> None:
        name = next(names)
        bare.execute("BEGIN IMMEDIATE")
        bare.execute(
            "INSERT INTO answers VALUES ('a', 'full_name', ?, ?) ON CONFLICT DO UPDATE"
            " SET value = excluded.value, saved_at = excluded.saved_at",
            (name, "2026-11-21T05:00:00.000000Z"),
        )
        bare.execute("UPDATE applications SET name = ? WHERE id = 'a'", (name,))
        bare.execute("COMMIT")

    return commit


if __name__ == "__main__":
    main()
