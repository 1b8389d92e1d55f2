"""The encrypted store: made, opened again, refused with the right fault."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as driver
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from app.errors import BugError, LocalFault
from app.storage import migrating
from app.storage.connecting import connect, make_engine
from app.storage.store import STORE_FILE, Store
from app.storage.tables import SettingRow, Table
from tests.fakes import FakeClock

KEY = bytes(range(32))


def _open(folder: Path, key: bytes = KEY) -> Store:
    return Store.open(folder, key, FakeClock())


def _fault(folder: Path, key: bytes = KEY) -> str:
    with pytest.raises(LocalFault) as caught:
        _open(folder, key)
    return caught.value.code


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    store = _open(tmp_path)
    with store.write() as session:
        session.add(SettingRow(name="language", value='"id"'))
    store.close()
    store = _open(tmp_path)
    with store.read() as session:
        assert session.get_one(SettingRow, "language").value == '"id"'
    store.close()


def test_a_failed_intent_leaves_nothing(tmp_path: Path) -> None:
    store = _open(tmp_path)

    def fail() -> None:
        with store.write() as session:
            session.add(SettingRow(name="language", value='"id"'))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read() as session:
        assert session.get(SettingRow, "language") is None
    store.close()


def test_a_broken_rule_of_ours_is_a_bug_that_shows_no_value(tmp_path: Path) -> None:
    store = _open(tmp_path)
    with store.write() as session:
        session.add(SettingRow(name="name", value="SITI"))
    with pytest.raises(BugError) as caught, store.write() as session:
        session.execute(text("INSERT INTO settings VALUES (:n, :v)"), {"n": "name", "v": "SITI"})
    assert caught.value.code == "store_refused"
    assert "SITI" not in f"{caught.value!r} {caught.value} {caught.value.__cause__}"
    store.close()


def test_another_key_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    _open(tmp_path).close()
    before = (tmp_path / STORE_FILE).read_bytes()
    assert _fault(tmp_path, bytes(32)) == "store_key_wrong"
    (tmp_path / "store.keymark").unlink()
    assert _fault(tmp_path, bytes(32)) == "store_key_wrong"
    assert (tmp_path / STORE_FILE).read_bytes() == before
    _open(tmp_path).close()


@pytest.mark.parametrize("torn", [b"", b"0123", bytes(64), b"\xff" * 64])
def test_a_mark_of_the_key_torn_by_a_power_cut_closes_nothing(tmp_path: Path, torn: bytes) -> None:
    _open(tmp_path).close()
    mark = tmp_path / "store.keymark"
    whole = mark.read_bytes()
    mark.write_bytes(torn)
    assert _fault(tmp_path, bytes(32)) == "store_key_wrong"
    _open(tmp_path).close()
    assert mark.read_bytes() == whole


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the profile folder instead")
def test_only_the_owner_reads_the_store_even_in_an_open_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    store = _open(tmp_path)
    with store.write() as session:
        session.add(SettingRow(name="language", value='"id"'))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {STORE_FILE, "store.db-wal", "store.db-shm"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    store.close()


def test_a_torn_header_is_told_apart_from_a_wrong_key(tmp_path: Path) -> None:
    _open(tmp_path).close()
    content = bytearray((tmp_path / STORE_FILE).read_bytes())
    content[100:200] = bytes(100)
    (tmp_path / STORE_FILE).write_bytes(content)
    assert _fault(tmp_path) == "store_torn"


@pytest.mark.parametrize("length", [0, 100, 4096])
def test_a_store_cut_short_is_torn_and_never_begun_anew(tmp_path: Path, length: int) -> None:
    _open(tmp_path).close()
    path = tmp_path / STORE_FILE
    path.write_bytes(path.read_bytes()[:length])
    assert _fault(tmp_path) == "store_torn"
    assert path.stat().st_size == length


def test_a_store_that_vanished_is_torn_and_never_begun_anew(tmp_path: Path) -> None:
    _open(tmp_path).close()
    (tmp_path / STORE_FILE).unlink()
    assert _fault(tmp_path) == "store_torn"


def test_a_store_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    store = _open(tmp_path)
    with store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    assert _fault(tmp_path) == "store_newer"


def test_a_first_open_that_died_with_an_empty_file_begins_again(tmp_path: Path) -> None:
    tmp_path.joinpath(STORE_FILE).touch()
    _open(tmp_path).close()
    _open(tmp_path).close()


def test_a_busy_store_says_so(tmp_path: Path) -> None:
    store = _open(tmp_path)
    other = connect(tmp_path / STORE_FILE, KEY)
    other.execute("BEGIN IMMEDIATE")
    with store.read() as session:
        session.connection().exec_driver_sql("PRAGMA busy_timeout = 1")
    with pytest.raises(LocalFault) as caught, store.write() as session:
        session.get(SettingRow, "language")
    assert caught.value.code == "store_busy"
    other.close()
    store.close()


def test_the_file_is_encrypted(tmp_path: Path) -> None:
    store = _open(tmp_path)
    with store.write() as session:
        session.add(SettingRow(name="language", value="SITI AMINAH"))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"SITI" not in content
            assert b"SQLite format" not in content
    store.close()


def test_a_file_that_goes_while_the_old_ones_are_counted_stops_nothing(tmp_path: Path) -> None:
    store = _open(tmp_path)
    digests = sorted(store.blobs.put(bytes([number])) for number in range(3))
    found = store.blobs.older_than(0)
    first = next(found)
    store.blobs.delete(digests[1])
    assert [first.name, *(path.name for path in found)] == [digests[0], digests[2]]
    store.close()


def _schema(session: Session) -> list[tuple[str, list[str]]]:
    """Return each table and index with its lines in any order (constraints come in either)."""
    rows = session.execute(
        text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    )
    return [
        (name, sorted(line.strip(" ,\t") for line in sql.splitlines()))
        for name, sql in rows
        if name != "alembic_version"
    ]


def test_the_migrations_make_exactly_the_declared_tables(tmp_path: Path) -> None:
    store = _open(tmp_path)
    declared = create_engine("sqlite://", module=driver)
    Table.metadata.create_all(declared)
    with store.read() as session, Session(declared) as wanted:
        assert _schema(session) == _schema(wanted)
    declared.dispose()
    store.close()


def test_the_list_of_revisions_is_that_of_the_files() -> None:
    folder = Path(migrating.__file__).parent / "migrations" / "versions"
    found = []
    for path in sorted(folder.glob("m*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found.append((module.revision, module.down_revision))
    revisions = migrating.REVISIONS
    assert found == list(zip(revisions, (None, *revisions), strict=False))


def test_a_migration_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / STORE_FILE, KEY)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE transfers (id INTEGER)")
    with pytest.raises(Exception, match="transfers"):
        migrating.migrate(engine)
    with engine.connect() as connection:
        names = connection.execute(
            select(text("name FROM sqlite_master WHERE type = 'table'"))
        ).scalars()
        assert set(names) == {"transfers"}
    engine.dispose()
