"""The office's backup: made beside a running server, whole or the one before, and put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.__main__ import main
from app.domain.events import Receipt
from app.errors import LocalFault
from app.office.backup import OfficeNote, OfficeReport, back_up, restore
from app.office.context import Office, OfficeSettings
from app.office.tables import SubmissionRow
from tests.crash.children import dies_at
from tests.office.house import (
    MORTAL,
    OpenHere,
    Served,
    Village,
    enrolled,
    noise,
    open_at,
    serve,
)
from tests.office.postgres import dump, new_database, on_sqlite, put_back

#: A backup that has not ended after this long beside a server that writes never will.
_GIVES_UP_S = 30


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


@pytest.fixture
def other_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """Where a database goes that is put back."""
    return new_database(request.getfixturevalue("cluster")) if database_url else ""


def _saved(office: Office, disk: Path) -> OfficeReport:
    """Make a backup as the manual says: PostgreSQL's tables with its own program, and first."""
    if office.settings.database_url:
        dump(office.settings.database_url, disk / "office.dump")
    return back_up(office, disk)


def _put_back(disk: Path, folder: Path, keys_of: Office, other_url: str) -> Office:
    if other_url:
        put_back(disk / "office.dump", other_url)
    restore(OfficeSettings(folder), disk)
    shutil.copyfile(keys_of.settings.folder / "keys.json", folder / "keys.json")
    return open_at(folder, database_url=other_url)


def _submissions(office: Office) -> list[str]:
    with office.database.read() as session:
        return sorted(session.scalars(select(SubmissionRow.id)))


def _commit_again_and_again(database: Path, told: Connection) -> None:
    """Commit and checkpoint as a server does, until told to end, or not told for too long."""
    too_long = time.monotonic() + _GIVES_UP_S
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("PRAGMA synchronous = OFF")
        while not told.poll() and time.monotonic() < too_long:
            for _ in range(50):
                writer.execute("UPDATE counted SET commits = commits + 1")
        told.send("told" if told.poll() else "gave up")


@contextmanager
def _written_beside(database: Path) -> Iterator[Connection]:
    """Have another process write into the database; give what is told to it to end that."""
    ours, theirs = MORTAL.Pipe()
    writer = MORTAL.Process(target=_commit_again_and_again, args=(database, theirs))
    writer.start()
    try:
        yield ours
    finally:
        writer.kill()
        writer.join()


def _commits(database: Path) -> int:
    with closing(sqlite3.connect(database)) as counting:
        (found,) = counting.execute("SELECT commits FROM counted").fetchone()
        return int(found)


def _lies_in(folder: Path) -> dict[str, bytes]:
    """Return every file and folder below one, with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def test_a_backup_made_beside_the_server_is_put_back_and_goes_on(
    served: Served, village: Village, disk: Path, tmp_path: Path, other_url: str
) -> None:
    sent, since = village.submit({"ktp": noise(9_000)}), village.submit({"kk": noise(500)})
    village.send(served.url, sent.pack)
    report = _saved(served.office, disk)
    assert (report.files, report.copied, report.missing) == (2, 2, 0)
    village.send(served.url, since.pack)
    again = _put_back(disk, tmp_path / "new", served.office, other_url)
    assert _submissions(again) == [sent.manifest.submission_id]
    for record in sent.records:
        assert again.blobs.read(record.digest) == record.sealed
    with serve(again) as other:
        assert village.send(other.url, since.pack).status_code == 204
        received = [event.body for event in village.pull(other.url)]
        assert [one.reference for one in received if isinstance(one, Receipt)] == [
            sent.manifest.reference,
            since.manifest.reference,
        ]
    again.close()


def test_records_that_wait_in_a_lot_are_in_the_backup(
    served: Served, village: Village, disk: Path, tmp_path: Path, other_url: str
) -> None:
    sent = village.submit({"ktp": noise(900)})
    assert village.bring(served.url, sent.pack, village.new_id()).status_code == 201
    assert not served.office.blobs.path(sent.record.digest).exists()
    assert _saved(served.office, disk).missing == 0
    again = _put_back(disk, tmp_path / "new", served.office, other_url)
    for record in sent.records:
        assert again.blobs.read(record.digest) == record.sealed
    again.close()


def test_the_next_backup_copies_only_what_is_new(
    served: Served, village: Village, disk: Path
) -> None:
    village.send(served.url, village.submit({"ktp": noise(900)}).pack)
    back_up(served.office, disk)
    village.send(served.url, village.submit({"ktp": noise(900, 2)}).pack)
    report = back_up(served.office, disk)
    assert (report.files, report.copied) == (4, 2)
    is_sqlite = not served.office.settings.database_url
    assert len(list(disk.glob("*/office-*.db"))) == is_sqlite


@on_sqlite  # of PostgreSQL it copies records alone, which a name proves
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_kill_at_any_step_leaves_the_old_backup_or_the_new(
    served: Served, village: Village, disk: Path, tmp_path: Path
) -> None:
    first = village.submit({"ktp": noise(900)})
    village.send(served.url, first.pack)
    back_up(served.office, disk)
    second = village.submit({"ktp": noise(900, 2)})
    village.send(served.url, second.pack)
    old = [first.manifest.submission_id]
    new = sorted([*old, second.manifest.submission_id])
    served.office.database.close()
    seen = []
    step, is_dead = 0, True
    while is_dead:
        step += 1
        place, folder = tmp_path / f"disk{step}", tmp_path / f"new{step}"
        shutil.copytree(disk, place)
        is_dead = dies_at(step, tmp_path, partial(back_up, served.office, place))
        restore(OfficeSettings(folder), place)
        shutil.copyfile(served.office.settings.folder / "keys.json", folder / "keys.json")
        opened = open_at(folder)
        seen.append(_submissions(opened))
        opened.close()
    assert seen[0] == old
    assert seen[-1] == new
    assert all(one in (old, new) for one in seen)
    assert step > 8


def test_the_secret_keys_are_not_in_it(served: Served, village: Village, disk: Path) -> None:
    village.send(served.url, village.submit().pack)
    back_up(served.office, disk)
    secret = served.office.keys.keys.identity.encode()
    for path in disk.rglob("*"):
        assert path.name != "keys.json"
        assert not path.is_file() or secret not in path.read_bytes()


def test_a_record_that_is_gone_at_the_office_is_told(
    served: Served, village: Village, disk: Path
) -> None:
    sent = village.submit({"ktp": noise(900)})
    village.send(served.url, sent.pack)
    served.office.blobs.path(sent.blobs[0].digest).unlink()
    assert back_up(served.office, disk).missing == 1


def test_the_commands_say_which_records_are_not_there(
    tmp_path: Path, disk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    with closing(open_at(tmp_path / "office")) as office, serve(office) as served:
        village = enrolled(office, served.url)
        sent = village.submit({"ktp": noise(900), "kk": noise(800)})
        village.send(served.url, sent.pack)
        office.blobs.path(sent.blobs[0].digest).unlink()
    assert main(["office", "backup", str(disk), "--data", str(tmp_path / "office")]) == 1
    assert "1 records are gone or cannot be read at the office" in capsys.readouterr().out
    (kept,) = disk.rglob(sent.blobs[1].digest)
    kept.write_bytes(b"rot")
    assert main(["office", "restore", str(disk), "--data", str(tmp_path / "new")]) == 1
    assert "1 records are damaged in that backup" in capsys.readouterr().out


@on_sqlite  # what is harmed is the copy of its file
@pytest.mark.parametrize("harm", ["used", "torn", "none", "pointing away"])
def test_what_cannot_be_put_back_changes_nothing(
    served: Served, disk: Path, tmp_path: Path, harm: str
) -> None:
    back_up(served.office, disk)
    (note_file,) = disk.glob("*/office-backup.json")
    note = msgspec.json.decode(note_file.read_bytes(), type=OfficeNote)
    target = tmp_path / "new"
    wanted = {"used": "office_folder_used", "none": "backup_none"}.get(harm, "backup_torn")
    if harm == "used":
        target = served.office.settings.folder
    elif harm == "torn":
        with (note_file.parent / note.database).open("rb+") as file:
            file.write(b"rubbish")
    elif harm == "none":
        note_file.unlink()
    else:
        away = msgspec.structs.replace(note, database="../../office.db")
        note_file.write_bytes(msgspec.json.encode(away))
    with pytest.raises(LocalFault, match=wanted):
        restore(OfficeSettings(target), disk)
    assert harm == "used" or not (target / "office.db").exists()


@on_sqlite
@pytest.mark.parametrize("left_over", ["office.db-wal", "office.db-journal"])
def test_a_backup_is_not_put_beside_the_log_of_another_database(
    served: Served, village: Village, disk: Path, tmp_path: Path, left_over: str
) -> None:
    village.send(served.url, village.submit().pack)
    back_up(served.office, disk)
    village.send(served.url, village.submit().pack)
    folder = tmp_path / "damaged"
    folder.mkdir()
    # Its owner took the damaged office.db away, and not what the database had beside it.
    log = (served.office.settings.folder / "office.db-wal").read_bytes()
    assert log
    (folder / left_over).write_bytes(log)
    with pytest.raises(LocalFault, match="office_folder_used"):
        restore(OfficeSettings(folder), disk)
    assert _lies_in(folder) == {left_over: log}


@on_sqlite
def test_a_backup_beside_a_server_that_never_rests_ends_and_is_of_one_moment(
    office: Office, disk: Path, tmp_path: Path
) -> None:
    database = office.settings.folder / "office.db"
    with closing(sqlite3.connect(database)) as filling, filling:
        filling.execute("CREATE TABLE counted (commits INTEGER)")
        filling.execute("INSERT INTO counted VALUES (0)")
        filling.execute("CREATE TABLE filled (filling BLOB)")
        filling.execute("INSERT INTO filled VALUES (zeroblob(30000000))")
    with _written_beside(database) as writer:
        while not _commits(database):
            pass
        back_up(office, disk)
        at_end = _commits(database)
        writer.send("end")
        assert writer.recv() == "told"
    restore(OfficeSettings(tmp_path / "new"), disk)
    assert 0 < _commits(tmp_path / "new" / "office.db") < at_end


def test_a_store_that_is_away_ends_the_backup_and_the_one_before_stays(
    served: Served, village: Village, disk: Path, open_here: OpenHere
) -> None:
    village.send(served.url, village.submit().pack)
    back_up(served.office, disk)
    before = _lies_in(disk)
    village.send(served.url, village.submit().pack)
    away = open_here(
        blobs_url="s3://records/?endpoint=http://127.0.0.1:9", blobs_key="key", blobs_secret="key"
    )
    with pytest.raises(LocalFault, match="blobs_away"):
        back_up(away, disk)
    assert _lies_in(disk) == before


def test_putting_a_backup_back_changes_nothing_in_it(
    served: Served, village: Village, disk: Path, tmp_path: Path
) -> None:
    village.send(served.url, village.submit().pack)
    back_up(served.office, disk)
    before = _lies_in(disk)
    assert restore(OfficeSettings(tmp_path / "new"), disk).copied == 2
    assert _lies_in(disk) == before


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="write protection holds root by a mount"
)
def test_a_write_protected_backup_is_put_back(
    served: Served, village: Village, disk: Path, tmp_path: Path
) -> None:
    village.send(served.url, village.submit().pack)
    back_up(served.office, disk)
    mounting = ["mount", "--bind", str(disk), str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this machine mounts nothing")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(disk)], check=True)
        report = restore(OfficeSettings(tmp_path / "new"), disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    assert (report.copied, report.missing) == (2, 0)


def _spoil(record: Path) -> None:
    """Have the system answer a reader as on a bad sector: nothing is mapped at address nought."""
    record.unlink()
    record.symlink_to("/proc/self/mem")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that cannot be read")
def test_a_record_that_the_office_s_disk_does_not_give_back_costs_no_other(
    served: Served, village: Village, disk: Path
) -> None:
    sent = village.submit({"ktp": noise(900), "kk": noise(900, 2)})
    village.send(served.url, sent.pack)
    _spoil(served.office.blobs.path(sent.blobs[0].digest))
    report = back_up(served.office, disk)
    assert (report.copied, report.missing) == (2, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that cannot be read")
def test_a_record_that_the_backup_s_disk_does_not_give_back_costs_no_other(
    served: Served, village: Village, disk: Path, tmp_path: Path
) -> None:
    sent = village.submit({"ktp": noise(900), "kk": noise(900, 2)})
    village.send(served.url, sent.pack)
    back_up(served.office, disk)
    _spoil(next(disk.glob(f"*/blobs/*/{sent.blobs[0].digest}")))
    report = restore(OfficeSettings(tmp_path / "new"), disk)
    assert (report.copied, report.missing) == (2, 1)


@on_sqlite  # PostgreSQL's tables are not put back by it
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk needs root"
)
def test_a_restore_onto_a_full_disk_says_whose_disk_is_full(
    served: Served, village: Village, disk: Path, tmp_path: Path
) -> None:
    village.send(served.url, village.submit({"ktp": noise(3_000_000)}).pack)
    back_up(served.office, disk)
    new = tmp_path / "new"
    new.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(new)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this machine mounts nothing")
    try:
        with pytest.raises(LocalFault, match="office_full"):
            restore(OfficeSettings(new), disk)
        assert not (new / "office.db").exists()
    finally:
        subprocess.run(["umount", "-l", str(new)], check=True)


def test_a_restore_into_a_place_that_is_no_folder_says_so(
    served: Served, disk: Path, tmp_path: Path
) -> None:
    back_up(served.office, disk)
    (tmp_path / "new").write_bytes(b"a file")
    with pytest.raises(LocalFault, match="office_folder_unusable"):
        restore(OfficeSettings(tmp_path / "new"), disk)
