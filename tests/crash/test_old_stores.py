"""A kiosk is updated while applications wait: each arrives, from the store of every program."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from app.storage.connecting import connect, make_engine
from app.storage.migrating import REVISIONS, migrate
from app.storage.store import STORE_FILE, Store
from tests.office.house import noise
from tests.sync.island import KEY, Island


def as_of(revision: str, newer: Path, folder: Path) -> None:
    """Make the store that a program of an older revision would have left with the same work.

    Its tables are made by the migrations of that time; into each go the rows of the newer store, as
    far as the table had their columns.
    """
    folder.mkdir()
    shutil.copytree(newer / "blobs", folder / "blobs")
    engine = make_engine(folder / STORE_FILE, KEY)
    migrate(engine, REVISIONS[: REVISIONS.index(revision) + 1])
    engine.dispose()
    old = connect(folder / STORE_FILE, KEY)
    old.execute(f"ATTACH DATABASE '{newer / STORE_FILE}' AS newer KEY \"x'{KEY.hex()}'\"")
    old.execute("PRAGMA foreign_keys = OFF")
    for (table,) in old.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name <> 'alembic_version'"
    ).fetchall():
        # Plain columns only: a generated one (hidden 2) works itself out.
        here, there = (
            {row[1] for row in old.execute(f"PRAGMA {schema}.table_xinfo({table})") if not row[6]}
            for schema in ("main", "newer")
        )
        both = ", ".join(f'"{name}"' for name in sorted(here & there))
        if both:
            old.execute(f"INSERT INTO main.{table} ({both}) SELECT {both} FROM newer.{table}")
    old.close()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_what_waited_before_an_update_arrives_after_it(
    island: Island, tmp_path: Path, revision: str
) -> None:
    frozen = [island.freeze({"ktp": noise(3_000, seed)}) for seed in range(3)]
    island.store.close()
    as_of(revision, island.folder, tmp_path / "old")
    island.folder = tmp_path / "old"
    island.reopen()
    with island.store.read() as session:
        at = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        assert at == REVISIONS[-1]
    assert len(island.outbox()) == 3
    assert island.cycle().error is None
    assert all(island.is_received(one) for one in frozen)


def test_an_update_that_dies_between_two_revisions_goes_on(island: Island, tmp_path: Path) -> None:
    frozen = island.freeze()
    island.store.close()
    as_of(REVISIONS[0], island.folder, tmp_path / "old")
    engine = make_engine(tmp_path / "old" / STORE_FILE, KEY)
    migrate(engine, REVISIONS[:2])
    engine.dispose()
    island.folder = tmp_path / "old"
    island.reopen()
    assert island.cycle().error is None
    assert island.is_received(frozen)
    Store.open(island.folder, KEY, island.clock).close()
