"""The office's first start, its keys and its tables."""

from __future__ import annotations

import os
import stat
import sys
import traceback
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from app.domain.events import StateChanged
from app.errors import BugError, LocalFault
from app.office import audit
from app.office.context import Office
from app.office.database import open_database
from app.office.enrolling import enrol, new_enrolment_code
from app.office.events import say
from app.office.keys import FILE_NAME
from app.office.migrating import FOLDER, REVISIONS
from app.office.tables import ApplicationRow, DecisionRow, Table
from tests.office.house import MORTAL, OpenHere, Village, open_at


def test_keys_are_made_once_and_readable_by_their_owner_alone(open_here: OpenHere) -> None:
    first = open_here()
    folder = first.settings.folder
    if os.name != "nt":
        assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert "AGE-SECRET" not in repr(first)
    again = open_here()
    assert again.keys == first.keys


def _open_and_tell(folder: Path, listener: Connection) -> None:
    with closing(open_at(folder)) as office, office.database.write() as session:
        session.execute(text("SELECT 1"))
    listener.send("psycopg" in sys.modules)


def test_an_office_on_sqlite_does_not_read_the_driver_of_postgresql(tmp_path: Path) -> None:
    heard, said = MORTAL.Pipe(duplex=False)
    process = MORTAL.Process(target=_open_and_tell, args=(tmp_path / "office", said))
    process.start()
    said.close()
    with heard:
        assert heard.recv() is False
    process.join(20)


def test_lost_keys_are_never_made_again_for_known_devices(open_here: OpenHere) -> None:
    office = open_here()
    folder = office.settings.folder
    enrol(office, Village(new_enrolment_code(office, "Letung", "LET")).request())
    keys = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).unlink()
    with pytest.raises(LocalFault) as lost:
        open_here()
    assert lost.value.code == "office_keys_lost"
    assert not (folder / FILE_NAME).exists()
    (folder / FILE_NAME).write_bytes(keys[:20])
    with pytest.raises(LocalFault) as torn:
        open_here()
    assert torn.value.code == "office_keys_unreadable"
    (folder / FILE_NAME).write_bytes(keys)
    open_here()


def test_an_office_does_not_change_its_name(open_here: OpenHere) -> None:
    open_here()
    with pytest.raises(LocalFault) as changed:
        open_here(office_id="dabo")
    assert changed.value.code == "office_id_changed"


def test_a_database_of_a_newer_program_is_left_alone(office: Office) -> None:
    with office.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LocalFault) as newer:
        open_at(office.settings.folder, database_url=office.settings.database_url)
    assert newer.value.code == "office_newer"


def test_a_wrong_database_address_is_told_without_repeating_it(tmp_path: Path) -> None:
    for url in ("mysql://root:secret@host/x", "nonsense", "postgresql://u:secret@127.0.0.1:1/x"):
        with pytest.raises(LocalFault) as fault:
            open_at(tmp_path, database_url=url)
        assert fault.value.code in ("database_url_wrong", "database_away")
        assert "secret" not in str(fault.value)


def test_migrated_tables_are_the_declared_ones(office: Office) -> None:
    with office.database.read() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Table.metadata) == []


def test_every_migration_file_is_known() -> None:
    files = sorted((FOLDER / "versions").glob("m*.py"))
    assert tuple(file.name[1:5] for file in files) == REVISIONS


@pytest.mark.parametrize("table", ["audit", "decisions", "events"])
def test_facts_can_be_neither_changed_nor_deleted(office: Office, table: str) -> None:
    _write_facts(office)
    with office.database.read() as session:
        assert session.scalar(text(f"SELECT count(*) FROM {table}")) > 0
    verbs = [f"DELETE FROM {table}", f"UPDATE {table} SET application_id = 'x'"]
    if office.database.engine.dialect.name == "postgresql":
        verbs.append(f"TRUNCATE {table}")
    for verb in verbs:
        with pytest.raises(BugError) as refused, office.database.write() as session:
            session.execute(text(verb))
        assert refused.value.code == "database_refused"


def _write_facts(office: Office) -> None:
    village = Village(new_enrolment_code(office, "Letung", "LET"))
    village.take(enrol(office, village.request()))
    now = office.clock.now()
    device_id = village.trusted.device_id
    with office.database.write() as session:
        session.add(
            ApplicationRow(
                id="a",
                reference="r",
                device_id=device_id,
                service_id="s",
                catalogue_version="1",
                state="received",
                revision=1,
                applicant_name="",
                birth_date="",
                first_received_at=now,
                received_at=now,
                updated_at=now,
            )
        )
        session.flush()
        session.add(
            DecisionRow(application_id="a", revision=1, at=now, from_state="", to_state="received")
        )
        say(session, office, device_id, StateChanged("accepted"))
        audit.note(session, now, audit.OFFICE, "tried")


def test_an_unknown_state_cannot_be_written(office: Office) -> None:
    _write_facts(office)
    with pytest.raises(BugError), office.database.write() as session:
        session.execute(text("UPDATE applications SET state = 'nonsense'"))


def test_an_error_of_the_database_repeats_no_value(office: Office) -> None:
    _write_facts(office)
    values = {"name": "SITI CONTOH", "state": "nonsense"}
    change = text("UPDATE applications SET applicant_name = :name, state = :state")
    with pytest.raises(BugError) as refused, office.database.write() as session:
        session.execute(change, values)
    told = "".join(traceback.format_exception(refused.value))
    assert not any(value in told for value in values.values())


def test_a_database_held_by_somebody_else_is_waited_for_only_so_long(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.office.database._BUSY_MS", 200)
    office = open_at(tmp_path / "office", database_url=database_url)
    # As a command beside the server that hangs in the middle of its transaction.
    other = open_database(tmp_path / "office", database_url)
    with other.write() as held:
        held.execute(text("SELECT 1"))
        with pytest.raises(LocalFault) as fault, office.database.write() as session:
            session.execute(text("SELECT 1"))
    assert fault.value.code == "database_away"
    with office.database.write() as session:
        assert session.scalar(text("SELECT 1")) == 1
    other.close()
    office.database.close()
