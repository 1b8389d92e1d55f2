"""List, search and open with 100,000 applications, against the same queries on plain SQLite.

A seeded generator fills an encrypted store with invented people; SQLCipher copies it, row for row
and index for index, into a plain file that is opened with the same pragmas. Ours is the whole
service call: the transaction, the queries on the encrypted store, labels, masks. Two peers:

- ``worst_ratio``: the same storage queries with the same rows, through SQLAlchemy on the plain
  file. It tells what the cipher and the service add.
- ``worst_raw_ratio``: the very statements that ours sends, on the standard library's driver, rows
  fetched and thrown away. It tells what everything in Python adds: mostly a fixed third of a
  millisecond for SQLAlchemy's transaction, and a few microseconds for each line of a list.

Ours and both peers take turns, so the machine's moods and the warmth of the caches are the same.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from app.bootstrap import open_kiosk
from app.domain.words import WIB
from app.services.kiosk import Kiosk
from app.services.lists import details, list_applications, today
from app.storage import details as stored
from app.storage import drafts as stored_drafts
from app.storage import lists as stored_lists
from app.storage import timeline as stored_timeline
from app.storage.connecting import PRAGMAS
from bench.measuring import close_with, median_ratio, p99, say, seconds

APPLICATIONS = 100_000
ROUNDS = 120
WARM_UP = 10
SEED = 20261121
_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_FORE = ("SITI", "BUDI", "AMINAH", "HASAN", "NURUL", "AGUS", "DEWI", "RIZAL", "FATIMAH", "YUSUF")
_SYLLABLES = ("ka", "ri", "ma", "lo", "su", "ta", "ne", "bi", "dang", "wan", "zul", "ha", "pe")
#: How often each state stands in the store.
_STATES = (("received", 90), ("draft", 5), ("finalized", 3), ("needs_attention", 1), ("sending", 1))
_OFFICE = (("accepted", 60), ("received", 20), ("returned", 10), ("rejected", 10))

Statement = tuple[str, Any]


@dataclass(frozen=True)
class Work:
    """One thing a person does, and the storage queries of it."""

    ours: Callable[[], object]
    queries: Callable[[Session], object]


@dataclass(frozen=True)
class Plain:
    """The plain copy: as SQLAlchemy opens it, and as the standard library does."""

    engine: Engine
    raw: sqlite3.Connection


@dataclass(frozen=True)
class Figures:
    """What one kind of work cost."""

    ratio: float
    raw_ratio: float
    p99_ms: float


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
        worst_ratio=max(figure.ratio for figure in figures),
        worst_raw_ratio=max(figure.raw_ratio for figure in figures),
        worst_p99_ms=max(figure.p99_ms for figure in figures),
    )


def _measure(kiosk: Kiosk, plain: Plain, ids: Sequence[str]) -> list[Figures]:
    say(
        f"{'what':22} {'ours ms':>8} {'plain ms':>8} {'raw ms':>8}"
        f" {'ratio':>6} {'raw r.':>6} {'p99 ms':>7}"
    )
    return [_compare(plain, name, make) for name, make in _works(kiosk, ids).items()]


def _compare(plain: Plain, name: str, make: Callable[[random.Random], Work]) -> Figures:
    chance = random.Random(SEED)
    ours, peer, raw = [], [], []
    for number in range(ROUNDS + WARM_UP):
        work = make(chance)
        query = partial(_query, plain.engine, work.queries)
        # Each is first every other time: whoever is second finds the processor's caches warm.
        theirs = seconds(query) if number % 2 else 0.0
        took = seconds(work.ours)
        theirs = theirs or seconds(query)
        with _listening() as statements:
            work.ours()
        replayed = seconds(partial(_replay, plain.raw, statements))
        if number >= WARM_UP:
            ours.append(took)
            peer.append(theirs)
            raw.append(replayed)
    found = Figures(median_ratio(ours, peer), median_ratio(ours, raw), p99(ours) * 1e3)
    medians = [statistics.median(times) * 1e3 for times in (ours, peer, raw)]
    say(
        f"{name:22} {medians[0]:8.2f} {medians[1]:8.2f} {medians[2]:8.2f}"
        f" {found.ratio:6.2f} {found.raw_ratio:6.2f} {found.p99_ms:7.2f}"
    )
    return found


def _works(kiosk: Kiosk, ids: Sequence[str]) -> dict[str, Callable[[random.Random], Work]]:
    def deep_page(chance: random.Random) -> Work:
        line = list_applications(kiosk, limit=1, before=(_moment(chance.random()), ""))[0]
        return _listed(kiosk, before=line.cursor())

    def searched(typed: Callable[[random.Random], str]) -> Callable[[random.Random], Work]:
        return lambda chance: _listed(kiosk, typed(chance))

    midnight = datetime.combine(kiosk.today(), time(), WIB)
    counted = Work(lambda: today(kiosk), lambda session: stored_lists.counts(session, midnight))
    return {
        "list, newest": lambda _: _listed(kiosk),
        "list, deep page": deep_page,
        "list, returned": lambda _: _listed(kiosk, group="returned"),
        "list, drafts": lambda _: _listed(kiosk, group="drafts"),
        "search, common name": searched(lambda chance: chance.choice(_FORE)),
        "search, rare name": searched(_surname),
        "search, two words": searched(lambda c: f"{c.choice(_FORE)} {_surname(c)[:4]}"),
        "search, NIK": searched(lambda chance: f"9901{chance.randrange(10, 99)}"),
        "search, reference": searched(lambda c: f"LET-{c.randrange(1, 99999):05d}"),
        "today": lambda _: counted,
        "open": lambda chance: _opened(kiosk, chance.choice(ids)),
    }


def _listed(
    kiosk: Kiosk, typed: str = "", group: str = "all", before: tuple[datetime, str] | None = None
) -> Work:
    search = stored_lists.understand(typed)
    return Work(
        lambda: list_applications(kiosk, typed, group, before=before),
        lambda session: stored_lists.list_applications(session, search, group, 50, before),
    )


def _opened(kiosk: Kiosk, application_id: str) -> Work:
    def queries(session: Session) -> None:
        for query in (
            stored.application, stored_drafts.returned, stored_timeline.entries, stored.documents,
            stored.submissions,
        ):  # fmt: skip
            query(session, application_id)

    return Work(lambda: details(kiosk, application_id), queries)


def _query(engine: Engine, queries: Callable[[Session], object]) -> None:
    with Session(engine) as session, session.begin():
        queries(session)


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
def _plain_copy(kiosk: Kiosk, path: Path) -> Iterator[Plain]:
    """Copy the store into a plain SQLite file and open it twice with the same pragmas."""
    with kiosk.store.read() as session:
        raw = session.connection().connection.cursor()
        raw.execute("COMMIT")
        raw.execute(f"ATTACH DATABASE '{path}' AS plain KEY ''")
        raw.execute("SELECT sqlcipher_export('plain')")
        raw.execute("DETACH DATABASE plain")
        raw.execute("BEGIN")
    engine = create_engine("sqlite://", creator=lambda: _open_plain(path), poolclass=QueuePool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    plain = Plain(engine, _open_plain(path))
    try:
        yield plain
    finally:
        plain.raw.close()
        engine.dispose()


def _open_plain(path: Path) -> sqlite3.Connection:
    plain = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (*PRAGMAS, "PRAGMA journal_mode = WAL"):
        # A pragma of the cipher means nothing to plain SQLite, which passes over it.
        plain.execute(pragma)
    return plain


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
