"""The office's backup: made beside a running server, whole or the one before, and put back."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.domain.events import Receipt
from app.errors import LocalFault
from app.office.backup import OfficeNote, OfficeReport, back_up, restore
from app.office.context import Office, OfficeSettings
from app.office.tables import SubmissionRow
from tests.crash.children import dies_at
from tests.office.house import Served, Village, noise, open_at, serve
from tests.office.postgres import dump, new_database, on_sqlite, put_back


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
