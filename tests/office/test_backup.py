"""The office's backup: made beside a running server, whole or the one before, and put back."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.errors import LocalFault
from app.office.backup import OfficeNote, back_up, restore
from app.office.context import Office, OfficeSettings
from app.office.tables import SubmissionRow
from tests.crash.children import dies_at
from tests.office.house import Served, Village, enrolled, noise, open_at, serve
from tests.sync.conftest import office, served

__all__ = ["office", "served"]


@pytest.fixture
def village(served: Served) -> Village:
    return enrolled(served.office, served.url)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def _put_back(disk: Path, folder: Path, keys_of: Office) -> Office:
    restore(OfficeSettings(folder), disk)
    shutil.copyfile(keys_of.settings.folder / "keys.json", folder / "keys.json")
    return open_at(folder)


def _submissions(office: Office) -> list[str]:
    with office.database.read() as session:
        return sorted(session.scalars(select(SubmissionRow.id)))


def test_a_backup_made_beside_the_server_is_put_back_and_goes_on(
    served: Served, village: Village, disk: Path, tmp_path: Path
) -> None:
    sent = village.submit({"ktp": noise(9_000)})
    village.send(served.url, sent.pack)
    report = back_up(served.office, disk)
    assert (report.files, report.copied, report.missing) == (2, 2, 0)
    again = _put_back(disk, tmp_path / "new", served.office)
    assert _submissions(again) == [sent.manifest.submission_id]
    for record in sent.records:
        assert again.blobs.read(record.digest) == record.sealed
    with serve(again) as other:
        later = village.submit({"kk": noise(500)})
        assert village.send(other.url, later.pack).status_code == 204
        assert len(village.pull(other.url)) == 2
    again.close()


def test_records_that_wait_in_a_lot_are_in_the_backup(
    served: Served, village: Village, disk: Path, tmp_path: Path
) -> None:
    sent = village.submit({"ktp": noise(900)})
    assert village.bring(served.url, sent.pack, village.new_id()).status_code == 201
    assert not served.office.blobs.path(sent.record.digest).exists()
    assert back_up(served.office, disk).missing == 0
    again = _put_back(disk, tmp_path / "new", served.office)
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
    assert len(list(disk.glob("*/office-*.db"))) == 1


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
