"""List, search and open with 100,000 applications, against the same SQL on plain SQLite.

A seeded generator fills an encrypted store with invented people; SQLCipher copies it, row for row
and index for index, into a plain file. Each thing a person does runs through the services; the peer
runs the very statements that this sent, in one transaction on the standard library's driver, and
fetches all rows.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from app.bootstrap import open_kiosk
from app.services.kiosk import Kiosk
from app.services.lists import details, list_applications, today
from bench.measuring import close_with, median_ratio, p99, say, seconds

APPLICATIONS = 100_000
ROUNDS = 120
SEED = 20261121
_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_FORE = ("SITI", "BUDI", "AMINAH", "HASAN", "NURUL", "AGUS", "DEWI", "RIZAL", "FATIMAH", "YUSUF")
_SYLLABLES = ("ka", "ri", "ma", "lo", "su", "ta", "ne", "bi", "dang", "wan", "zul", "ha", "pe")
#: How often each state stands in the store.
_STATES = (("received", 90), ("draft", 5), ("finalized", 3), ("needs_attention", 1), ("sending", 1))
_OFFICE = (("accepted", 60), ("received", 20), ("returned", 10), ("rejected", 10))

Work = Callable[[], object]
Statement = tuple[str, Any]


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=APPLICATIONS)
    wanted = parser.parse_args().applications
    with (
        tempfile.TemporaryDirectory(prefix="loket-bench-") as folder,
        open_kiosk(Path(folder) / "kiosk") as opened,
    ):
        ids = _fill(opened.kiosk, wanted)
        with _plain_copy(opened.kiosk, Path(folder) / "plain.db") as plain:
            figures = _measure(opened.kiosk, plain, ids)
    close_with(
        worst_ratio=max(ratio for ratio, _ in figures),
        worst_p99_ms=max(slowest for _, slowest in figures),
    )


def _measure(
    kiosk: Kiosk, plain: sqlite3.Connection, ids: Sequence[str]
) -> list[tuple[float, float]]:
    figures = []
    say(f"{'what':28} {'ours ms':>9} {'plain ms':>9} {'ratio':>6} {'p99 ms':>8}")
    for name, make in _works(kiosk, ids).items():
        chance = random.Random(SEED)
        ours, peer = [], []
        for number in range(ROUNDS + 10):
            work = make(chance)
            with _listening() as statements:
                took = seconds(work)
            theirs = seconds(partial(_replay, plain, statements))
            if number >= 10:
                ours.append(took)
                peer.append(theirs)
        ratio, slowest = median_ratio(ours, peer), p99(ours) * 1e3
        medians = [statistics.median(times) * 1e3 for times in (ours, peer)]
        say(f"{name:28} {medians[0]:9.2f} {medians[1]:9.2f} {ratio:6.2f} {slowest:8.2f}")
        figures.append((ratio, slowest))
    return figures


def _works(kiosk: Kiosk, ids: Sequence[str]) -> dict[str, Callable[[random.Random], Work]]:
    def page_after(chance: random.Random) -> tuple[datetime, str]:
        line = list_applications(kiosk, limit=1, before=(_moment(chance.random()), ""))[0]
        return line.updated_at, line.application_id

    def deep_page(chance: random.Random) -> Work:
        before = page_after(chance)
        return lambda: list_applications(kiosk, before=before)

    def searched(typed: Callable[[random.Random], str]) -> Callable[[random.Random], Work]:
        def make(chance: random.Random) -> Work:
            wanted = typed(chance)
            return lambda: list_applications(kiosk, wanted)

        return make

    def opened(chance: random.Random) -> Work:
        wanted = chance.choice(ids)
        return lambda: details(kiosk, wanted)

    return {
        "list, newest": lambda _: lambda: list_applications(kiosk),
        "list, deep page": deep_page,
        "list, returned": lambda _: lambda: list_applications(kiosk, group="returned"),
        "list, drafts": lambda _: lambda: list_applications(kiosk, group="drafts"),
        "search, common name": searched(lambda chance: chance.choice(_FORE)),
        "search, rare name": searched(_surname),
        "search, two words": searched(lambda c: f"{c.choice(_FORE)} {_surname(c)[:4]}"),
        "search, NIK": searched(lambda chance: f"9901{chance.randrange(10, 99)}"),
        "search, reference": searched(lambda c: f"LET-{c.randrange(1, 99999):05d}"),
        "today": lambda _: lambda: today(kiosk),
        "open": opened,
    }


@contextmanager
def _listening() -> Iterator[list[Statement]]:
    """Collect what is sent to any database while the block runs."""
    sent: list[Statement] = []

    def heard(_c: object, _cur: object, said: str, given: Any, *_: object) -> None:  # noqa: ANN401
        sent.append((said, given))

    event.listen(Engine, "before_cursor_execute", heard)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", heard)


def _replay(plain: sqlite3.Connection, statements: Sequence[Statement]) -> None:
    for said, given in statements:
        plain.execute(said, given).fetchall()
    if plain.in_transaction:
        plain.execute("COMMIT")


@contextmanager
def _plain_copy(kiosk: Kiosk, path: Path) -> Iterator[sqlite3.Connection]:
    """Copy the store into a plain SQLite file with the same pragmas."""
    with kiosk.store.read() as session:
        raw = session.connection().connection.cursor()
        raw.execute("COMMIT")
        raw.execute(f"ATTACH DATABASE '{path}' AS plain KEY ''")
        raw.execute("SELECT sqlcipher_export('plain')")
        raw.execute("DETACH DATABASE plain")
        cache = raw.execute("PRAGMA cache_size").fetchone()[0]
        raw.execute("BEGIN")
    plain = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", f"cache_size = {cache}"):
        plain.execute(f"PRAGMA {pragma}")
    try:
        yield plain
    finally:
        plain.close()


# --- invented people ----------------------------------------------------------------------------


def _fill(kiosk: Kiosk, count: int) -> list[str]:
    chance = random.Random(SEED)
    ids = []
    for first in range(0, count, 5000):
        with kiosk.store.write() as session:
            if first == 0:
                version = kiosk.catalogues.current().version
            people = [
                _person(chance, number, count, version)
                for number in range(first, min(first + 5000, count))
            ]
            ids += [person["id"] for person in people]
            for statement, rows in _rows(people).items():
                session.execute(text(statement), rows)
    return ids


def _person(chance: random.Random, number: int, count: int, version: str) -> dict[str, Any]:
    state = _drawn(chance, _STATES)
    at = _text(_moment(number / count))
    return {
        "id": f"01a1{number:08x}-0000-7000-8000-{chance.getrandbits(48):012x}",
        "reference": None if state == "draft" else f"LET-{number:05d}-X",
        "version": version,
        "state": state,
        "office_state": _drawn(chance, _OFFICE) if state == "received" else "",
        "code": f"{number:06X}",
        "name": f"{chance.choice(_FORE)} {_surname(chance)}",
        "nik": f"9901{chance.randrange(10, 99)}{chance.randrange(10**10):010d}",
        "born": f"{chance.randrange(1950, 2015)}-{chance.randrange(1, 13):02d}-07",
        "at": at,
    }


def _rows(people: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    words = [
        {"id": person["id"], "word": word}
        for person in people
        for word in set(person["name"].split())
    ]
    answers = [
        {
            "id": person["id"],
            "field": f"field_{number}",
            "value": person["name"],
            "at": person["at"],
        }
        for person in people
        for number in range(10)
    ]
    timeline = [
        {"id": person["id"], "at": person["at"], "what": what}
        for person in people
        for what in ("started", "finalized", "sending", "received")
    ]
    return {
        "INSERT INTO applications (id, reference, service_id, catalogue_version, state,"
        " office_state, revision, resume_code, pin_digest, pin_failures, page, applicant_name,"
        " applicant_nik, birth_date, operator, is_training, created_at, updated_at, returned_note)"
        " VALUES (:id, :reference, 'passport_new_adult', :version, :state, :office_state, 1, :code,"
        " '', 0, '', :name, :nik, :born, '', 0, :at, :at, '')": people,
        "INSERT INTO name_words (word, application_id) VALUES (:word, :id)": words,
        "INSERT INTO answers (application_id, field, value, saved_at)"
        " VALUES (:id, :field, :value, :at)": answers,
        "INSERT INTO timeline (application_id, at, what, params)"
        " VALUES (:id, :at, :what, '{}')": timeline,
    }


def _surname(chance: random.Random) -> str:
    return "".join(chance.choice(_SYLLABLES) for _ in range(3)).upper()


def _drawn(chance: random.Random, odds: Sequence[tuple[str, int]]) -> str:
    return chance.choices([name for name, _ in odds], [weight for _, weight in odds])[0]


def _moment(share: float) -> datetime:
    return _FIRST + timedelta(days=600 * share)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


if __name__ == "__main__":
    main()
