"""What a field save costs: one durable save against a bare SQLite commit with the same pragmas.

Fields of every kind are saved in turn, each time with another answer: names (copied beside the
application and into the search), NIK, date, village, phone, choice and plain text. The peer writes
the same answer, and the same copies beside the application, as one plain transaction through the
standard library's driver: no encryption, no checks, no ORM, no search. Both files lie in the same
folder and every commit of both is synced to the disk (WAL, ``synchronous=FULL``).

The ratio hangs on what a sync costs: what ours adds is nearly fixed (``save_extra_ms``), so it is
small against a disk that takes milliseconds and large where a host's cache takes the sync in a
tenth of one. Both are printed.
"""

from __future__ import annotations

import itertools
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from app.bootstrap import open_kiosk
from app.services.drafts import save_answer, start_draft
from bench.measuring import close_with, in_turn, median_ratio, p99, say

ROUNDS = 400
#: A whole number of turns through the fields, as the rounds are.
WARM_UP = 32
#: Fields of every kind, each with two answers, so that every save changes something.
_ANSWERS = (
    ("full_name", ("SITI CONTOH", "AMINAH CONTOH PULAU")),
    ("nik", ("9901015506900001", "9901015506900002")),
    ("birth_date", ("1990-06-15", "15/06/1991")),
    ("birth_place", ("Tarempa", "Letung")),
    ("address_village", ("21.05.01.1001", "21.05.01.2002")),
    ("phone", ("0812 0000 0001", "0812 0000 0002")),
    ("marital_status", ("single", "married")),
    ("mother_name", ("DEWI CONTOH", "NURUL CONTOH")),
)
#: Copied beside the application, by their column.
_COPIES = {"full_name": "name", "nik": "nik", "birth_date": "birth_date"}


def main() -> None:
    """Run the bench."""
    with (
        tempfile.TemporaryDirectory(prefix="loket-bench-") as folder,
        open_kiosk(Path(folder) / "kiosk") as opened,
    ):
        draft = start_draft(opened.kiosk, "passport_new_adult", "271828")
        turns = _turns()

        def ours() -> None:
            save_answer(opened.kiosk, draft.application_id, *next(turns))

        peer = _bare_commit(Path(folder) / "bare.db")
        in_turn(ours, peer, WARM_UP)
        our_times, peer_times = in_turn(ours, peer, ROUNDS)
    for number, (field, _) in enumerate(_ANSWERS):
        of_field = our_times[number :: len(_ANSWERS)], peer_times[number :: len(_ANSWERS)]
        say(f"{field:16} {statistics.median(of_field[0]) * 1e3:6.2f} ms, {_ratio(of_field)}")
    say(f"field save       {statistics.median(our_times) * 1e3:6.2f} ms")
    say(f"bare commit      {statistics.median(peer_times) * 1e3:6.2f} ms")
    close_with(
        save_ratio=median_ratio(our_times, peer_times),
        save_extra_ms=(statistics.median(our_times) - statistics.median(peer_times)) * 1e3,
        bare_commit_ms=statistics.median(peer_times) * 1e3,
        save_p99_ms=p99(our_times) * 1e3,
    )


def _ratio(times: tuple[list[float], list[float]]) -> str:
    return f"{median_ratio(*times):.2f} times the peer"


def _turns() -> Iterator[tuple[str, str]]:
    return itertools.cycle(
        [(field, answers[turn]) for turn in range(2) for field, answers in _ANSWERS]
    )


def _bare_commit(path: Path) -> Callable[[], None]:
    """Return the same change as one plain transaction on a plain file."""
    bare = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        bare.execute(f"PRAGMA {pragma}")
    bare.execute(
        "CREATE TABLE applications"
        " (id TEXT PRIMARY KEY, name TEXT, nik TEXT, birth_date TEXT, updated_at TEXT)"
    )
    bare.execute(
        "CREATE TABLE answers (application_id TEXT, field TEXT, value TEXT, saved_at TEXT,"
        " PRIMARY KEY (application_id, field))"
    )
    bare.execute("INSERT INTO applications VALUES ('a', '', '', '', '')")
    turns = _turns()

    def commit() -> None:
        field, value = next(turns)
        bare.execute("BEGIN IMMEDIATE")
        bare.execute(
            "INSERT INTO answers VALUES ('a', ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET value = excluded.value, saved_at = excluded.saved_at",
            (field, value, "2026-11-21T05:00:00.000000Z"),
        )
        if column := _COPIES.get(field):
            bare.execute(f"UPDATE applications SET {column} = ? WHERE id = 'a'", (value,))
        bare.execute("COMMIT")

    return commit


if __name__ == "__main__":
    main()
