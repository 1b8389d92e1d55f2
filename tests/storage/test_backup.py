"""A backup is whole or the one before; put back, it is the store as it was, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from app.alone import only_one
from app.errors import LocalFault
from app.storage import restoring
from app.storage.backup import (
    NOTE_FILE,
    RECOVERY_FILE,
    BackupReport,
    Wanted,
    back_up,
    file_in,
    find_backup,
)
from app.storage.connecting import connect
from app.storage.moving_in import ASIDE_FILE, LOCK_FILE, READY, finish_restore, stores_aside
from app.storage.restoring import read_restored
from app.storage.settings import read_setting, write_setting
from app.storage.store import STORE_FILE, Store
from app.storage.tables import RecordRow
from tests.courier.media import small_disk
from tests.crash.children import dies_at
from tests.fakes import FakeClock

KEY = bytes(range(32))
WANTED = Wanted(KEY, "", b"")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path / "kiosk", KEY, FakeClock())
    yield made
    made.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def _keep(store: Store, content: bytes) -> str:
    """Keep a file that a row names."""
    digest = store.blobs.put(content)
    with store.write() as session:
        session.add(
            RecordRow(digest=digest, kind=2, size_bytes=len(content), made_at=store.clock.now())
        )
    return digest


def _say(store: Store, value: str) -> None:
    with store.write() as session:
        write_setting(session, "said", value)


def _said(store: Store) -> str | None:
    with store.read() as session:
        return read_setting(session, "said")


def _restore(folder: Path, stick: Path, clock: FakeClock | None = None) -> restoring.Restored:
    found, note = find_backup(stick)
    return restoring.restore(folder, found, note, KEY, lambda _: None, clock or FakeClock())


def _backed_up(stick: Path) -> tuple[str | None, list[str]]:
    """Return what the backup on a stick says, and its files; each is checked against its name."""
    found, note = find_backup(stick)
    connection = connect(found / note.store, KEY, journal="DELETE")
    row = connection.execute("SELECT value FROM settings WHERE name = 'said'").fetchone()
    named = [one[0] for one in connection.execute("SELECT digest FROM records ORDER BY digest")]
    connection.close()
    for digest in named:
        assert restoring._file_of(found, digest) is not None
    return (row[0] if row else None), named


def test_what_was_backed_up_comes_back(store: Store, stick: Path, tmp_path: Path) -> None:
    digest = _keep(store, b"page")
    _say(store, "1")
    report = back_up(store, stick, WANTED)
    assert (report.files, report.copied, report.missing) == (1, 1, 0)
    _restore(tmp_path / "other", stick)
    restored = Store.open(tmp_path / "other", KEY, FakeClock())
    assert _said(restored) == "1"
    assert restored.blobs.read(digest) == b"page"
    restored.close()


def test_a_backup_is_made_while_the_store_is_written(store: Store, stick: Path) -> None:
    for number in range(40):
        _keep(store, bytes([number]) * 9000)
    _say(store, "before")
    told: list[int] = []

    def write_meanwhile(done: int, of: int) -> None:
        told.append(of - done)
        _say(store, f"{done}")

    report = back_up(store, stick, WANTED, write_meanwhile)
    assert report.files == 40
    assert told == list(range(39, -1, -1))
    assert _backed_up(stick)[0] == "before"
    assert _said(store) == "40"


def test_the_next_backup_copies_what_is_new_and_forgets_what_is_gone(
    store: Store, stick: Path
) -> None:
    old, kept = _keep(store, b"old"), _keep(store, b"kept")
    back_up(store, stick, WANTED)
    with store.write() as session:
        session.get_one(RecordRow, old).is_purged = True
    store.blobs.delete(old)
    new = _keep(store, b"new")
    report = back_up(store, stick, WANTED)
    assert (report.files, report.copied) == (2, 1)
    files = {path.name for path in stick.glob("*/blobs/*/*")}
    assert files == {kept, new}
    assert len(list(stick.glob("*/store-*"))) == 1


def test_a_file_that_rotted_in_the_backup_is_copied_again(store: Store, stick: Path) -> None:
    digest = _keep(store, b"page")
    back_up(store, stick, WANTED)
    file_in(find_backup(stick)[0], digest).write_bytes(b"pagE")
    assert back_up(store, stick, msgspec.structs.replace(WANTED, is_thorough=False)).copied == 0
    assert back_up(store, stick, WANTED).copied == 1


def test_a_file_that_rotted_on_the_kiosk_stays_whole_in_the_backup(
    store: Store, stick: Path, tmp_path: Path
) -> None:
    digest, lost = _keep(store, b"page"), _keep(store, b"never there")
    store.blobs.path(lost).write_bytes(b"rotten")
    back_up(store, stick, WANTED)
    store.blobs.path(digest).write_bytes(b"rotten")
    report = back_up(store, stick, WANTED)
    assert (report.copied, report.missing) == (0, 1)
    assert _restore(tmp_path / "other", stick).missing == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_kill_at_any_step_leaves_the_old_backup_or_the_new(
    store: Store, stick: Path, tmp_path: Path
) -> None:
    first = _keep(store, b"first")
    _say(store, "old")
    back_up(store, stick, WANTED)
    second = _keep(store, b"second")
    with store.write() as session:
        session.delete(session.get_one(RecordRow, first))
    _say(store, "new")
    store.close()
    seen = set()
    step, is_dead = 0, True
    while is_dead:
        step += 1
        copy, place = tmp_path / f"kiosk{step}", tmp_path / f"stick{step}"
        shutil.copytree(store.folder, copy)
        shutil.copytree(stick, place)
        opened = Store.open(copy, KEY, FakeClock())

        def work(opened: Store = opened, place: Path = place) -> BackupReport:
            return back_up(opened, place, WANTED)

        opened.close()
        is_dead = dies_at(step, tmp_path, work)
        seen.add(found := _backed_up(place)[0])
        assert _backed_up(place)[1] == [second if found == "new" else first]
        opened = Store.open(copy, KEY, FakeClock())
        back_up(opened, place, WANTED)
        opened.close()
        assert _backed_up(place) == ("new", [second])
        assert not [path for path in place.rglob("*") if path.name.endswith(".part")]
        assert len(list(place.glob("*/store-*"))) == 1
    assert seen == {"old", "new"}
    assert step > 10


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_kill_at_any_step_of_a_restore_leaves_one_store_or_the_other(
    store: Store, stick: Path, tmp_path: Path
) -> None:
    digest = _keep(store, b"page")
    _say(store, "old")
    back_up(store, stick, WANTED)
    _say(store, "new")
    store.close()
    seen = set()
    step, is_dead = 0, True
    while is_dead:
        step += 1
        copy = tmp_path / f"kiosk{step}"
        shutil.copytree(store.folder, copy)

        def work(copy: Path = copy) -> restoring.Restored:
            return _restore(copy, stick)

        is_dead = dies_at(step, tmp_path, work)
        finish_restore(copy)
        opened = Store.open(copy, KEY, FakeClock())
        seen.add(_said(opened))
        assert opened.blobs.read(digest) == b"page"
        opened.close()
        if step % 20 == 0:
            _restore(copy, stick)
            opened = Store.open(copy, KEY, FakeClock())
            assert _said(opened) == "old"
            opened.close()
        shutil.rmtree(copy)
    assert seen == {"old", "new"}
    assert step > 40


def test_the_store_that_was_there_is_moved_aside_and_its_files_help_out(
    store: Store, stick: Path
) -> None:
    digest = _keep(store, b"page")
    back_up(store, stick, WANTED)
    file_in(find_backup(stick)[0], digest).unlink()
    _say(store, "newer")
    folder = store.folder
    store.close()
    assert _restore(folder, stick).missing == 0
    (aside,) = stores_aside(folder)
    opened = Store.open(aside, KEY, FakeClock())
    assert _said(opened) == "newer"
    opened.close()


def _make_ready(folder: Path) -> None:
    """Lay a restored store beside the one in use, as a restore that died before its last step."""
    for place, said in ((folder, b"old"), (folder / READY, b"new")):
        (place / "blobs").mkdir(parents=True)
        for name in (STORE_FILE, "store.keymark", "store.key", "blobs/page"):
            (place / name).write_bytes(said)
    (folder / READY / ASIDE_FILE).write_text("before-restore-1")


def _said_by_files(folder: Path) -> set[bytes]:
    names = (STORE_FILE, "store.keymark", "store.key", "blobs/page")
    return {(folder / name).read_bytes() for name in names}


def test_two_starts_never_move_one_restored_store_at_once(tmp_path: Path) -> None:
    _make_ready(tmp_path)
    with (
        only_one(tmp_path, LOCK_FILE, "restore_under_way"),
        pytest.raises(LocalFault, match="restore_under_way"),
    ):
        finish_restore(tmp_path)
    assert _said_by_files(tmp_path) == {b"old"}
    assert finish_restore(tmp_path)
    assert _said_by_files(tmp_path) == {b"new"}
    assert _said_by_files(stores_aside(tmp_path)[0]) == {b"old"}
    assert not finish_restore(tmp_path)


def test_a_restore_without_room_gives_back_what_it_took(
    store: Store, stick: Path, tmp_path: Path
) -> None:
    for letter in b"abcdefgh":
        _keep(store, bytes([letter]) * 500_000)
    back_up(store, stick, WANTED)
    with small_disk(tmp_path, 3_000_000) as disk:
        with pytest.raises(LocalFault, match="disk_full"):
            _restore(disk / "kiosk", stick)
        assert [path.name for path in (disk / "kiosk").iterdir()] == [LOCK_FILE]


def test_a_start_removes_a_restore_that_died_but_none_under_way(tmp_path: Path) -> None:
    (tmp_path / "restoring").mkdir()
    (tmp_path / "restoring" / STORE_FILE).write_bytes(b"half")
    with (
        only_one(tmp_path, LOCK_FILE, "restore_under_way"),
        pytest.raises(LocalFault, match="restore_under_way"),
    ):
        finish_restore(tmp_path)
    assert (tmp_path / "restoring" / STORE_FILE).exists()
    assert not finish_restore(tmp_path)
    assert not (tmp_path / "restoring").exists()


def test_what_lies_aside_is_never_overwritten(tmp_path: Path) -> None:
    _make_ready(tmp_path)
    aside = tmp_path / "before-restore-1"
    (aside / "blobs").mkdir(parents=True)
    (aside / "blobs" / "earlier").write_bytes(b"older")
    (aside / STORE_FILE).write_bytes(b"older")
    assert finish_restore(tmp_path)
    assert _said_by_files(tmp_path) == {b"new"}
    assert (aside / STORE_FILE).read_bytes() == b"older"
    assert (aside / f"{STORE_FILE}.2").read_bytes() == b"old"
    assert (aside / "blobs.2" / "page").read_bytes() == b"old"


def test_a_torn_store_and_none_at_all_are_replaced(store: Store, stick: Path) -> None:
    _say(store, "1")
    back_up(store, stick, WANTED)
    folder = store.folder
    store.close()
    (folder / STORE_FILE).write_bytes(b"rubbish" * 999)
    with pytest.raises(LocalFault, match="store_torn"):
        Store.open(folder, KEY, FakeClock())
    _restore(folder, stick)
    opened = Store.open(folder, KEY, FakeClock())
    assert _said(opened) == "1"
    opened.close()


def test_a_restored_store_says_so(store: Store, stick: Path, tmp_path: Path) -> None:
    back_up(store, stick, WANTED)
    later = FakeClock(store.clock.now() + timedelta(days=30))
    told = _restore(tmp_path / "other", stick, later)
    opened = Store.open(tmp_path / "other", KEY, FakeClock())
    with opened.read() as session:
        assert read_restored(session) == told
    assert told.restored_at - told.backup_made_at == timedelta(days=30)
    opened.close()


@pytest.mark.parametrize("torn", ["store", "note", "several", "none", "newer"])
def test_what_is_no_backup_is_refused_and_changes_nothing(
    store: Store, stick: Path, torn: str
) -> None:
    _say(store, "mine")
    back_up(store, stick, WANTED)
    found, note = find_backup(stick)
    if torn == "store":
        content = bytearray((found / note.store).read_bytes())
        content[5000] ^= 1
        (found / note.store).write_bytes(content)
    elif torn == "note":
        (found / NOTE_FILE).write_bytes(b'{"store": "../../etc/passwd"}')
    elif torn == "several":
        shutil.copytree(found, stick / "loket-00000000")
    elif torn == "none":
        (found / NOTE_FILE).unlink()
    else:
        newer = msgspec.structs.replace(note, format=2)
        (found / NOTE_FILE).write_bytes(msgspec.json.encode(newer))
    folder = store.folder
    store.close()
    wanted = "backup_torn" if torn in ("store", "note") else f"backup_{torn}"
    with pytest.raises(LocalFault, match=wanted):
        _restore(folder, stick)
    opened = Store.open(folder, KEY, FakeClock())
    assert _said(opened) == "mine"
    opened.close()
    assert not stores_aside(folder)


def test_a_note_that_points_out_of_its_folder_is_no_note(store: Store, stick: Path) -> None:
    back_up(store, stick, WANTED)
    found, note = find_backup(stick)
    away = msgspec.structs.replace(note, store="../store-0123456789abcdef.db")
    (found / NOTE_FILE).write_bytes(msgspec.json.encode(away))
    with pytest.raises(LocalFault, match="backup_torn"):
        find_backup(stick)


def test_a_stick_that_is_not_there_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(LocalFault, match="backup_away"):
        back_up(store, tmp_path / "gone", WANTED)


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk needs root"
)
def test_a_full_stick_keeps_the_backup_before(store: Store, stick: Path) -> None:
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(stick)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this machine mounts nothing")
    try:
        first = _keep(store, b"first")
        back_up(store, stick, WANTED)
        _keep(store, os.urandom(2_000_000))
        with pytest.raises(LocalFault, match="backup_full"):
            back_up(store, stick, WANTED)
        assert _backed_up(stick) == (None, [first])
    finally:
        subprocess.run(["umount", "-l", str(stick)], check=True)


def test_nothing_in_a_backup_is_in_clear(store: Store, stick: Path) -> None:
    _say(store, "SITI AMINAH")
    back_up(store, stick, WANTED)
    for path in stick.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"SITI" not in content
            assert b"SQLite format" not in content
            assert KEY not in content
            assert KEY.hex().encode() not in content


def _is_broken_off(_done: int, _of: int) -> None:
    raise LocalFault("disk_failing")


def _store_copies(stick: Path) -> list[Path]:
    return list(stick.glob("*/store-*"))


def test_a_backup_that_fails_leaves_no_copy_of_the_store_behind(store: Store, stick: Path) -> None:
    _keep(store, b"page")
    for _ in range(3):
        with pytest.raises(LocalFault, match="backup_failed"):
            back_up(store, stick, WANTED, _is_broken_off)
    assert _store_copies(stick) == []
    _say(store, "1")
    back_up(store, stick, WANTED)
    with pytest.raises(LocalFault, match="backup_failed"):
        back_up(store, stick, WANTED, _is_broken_off)
    assert len(_store_copies(stick)) == 1
    assert _backed_up(stick)[0] == "1"


def test_copies_that_power_cuts_left_make_room_before_the_next_is_made(
    store: Store, stick: Path
) -> None:
    _keep(store, b"page")
    back_up(store, stick, WANTED)
    found, note = find_backup(stick)
    left = [found / f"store-{number:016x}.db" for number in range(3)]
    for path in left:
        path.write_bytes(b"left")
    were_there: list[bool] = []
    back_up(store, stick, WANTED, lambda _, __: were_there.extend(path.exists() for path in left))
    assert were_there == [False] * 3
    # Without the one that the note names, any of them may be the backup.
    found, note = find_backup(stick)
    (found / note.store).rename(left[0])
    with pytest.raises(LocalFault, match="backup_failed"):
        back_up(store, stick, WANTED, _is_broken_off)
    assert left[0].exists()


def _after_restore(store: Store) -> Wanted:
    """Return what a backup is made of after the store was put back from yesterday's."""
    now = store.clock.now()
    return Wanted(KEY, "", b"old code", from_backup_at=now - timedelta(days=1), restored_at=now)


def test_the_first_backup_after_a_restore_keeps_a_newer_one_that_is_there(
    store: Store, stick: Path, tmp_path: Path
) -> None:
    only_there = _keep(store, b"only there")
    _say(store, "newer")
    back_up(store, stick, Wanted(KEY, "", b"new code"))
    with store.write() as session:
        session.delete(session.get_one(RecordRow, only_there))
    store.blobs.delete(only_there)
    _say(store, "put back")
    for _ in range(3):
        report = back_up(store, stick, _after_restore(store))
        assert _backed_up(stick) == ("put back", [])
        (kept,) = report.kept
        assert _backed_up(Path(kept)) == ("newer", [only_there])
        assert (Path(kept) / RECOVERY_FILE).read_bytes() == b"new code"
        assert (find_backup(stick)[0] / RECOVERY_FILE).read_bytes() == b"old code"
    _restore(tmp_path / "other", Path(kept))
    restored = Store.open(tmp_path / "other", KEY, FakeClock())
    assert _said(restored) == "newer"
    assert restored.blobs.read(only_there) == b"only there"
    restored.close()
    shutil.rmtree(kept)
    assert back_up(store, stick, _after_restore(store)).kept == ()
    assert not list(stick.glob("*/blobs/*/*"))


def test_the_backup_that_was_put_back_and_older_ones_are_not_kept(
    store: Store, stick: Path
) -> None:
    made = back_up(store, stick, WANTED)
    now = store.clock.now()
    wanted = Wanted(KEY, "", b"", from_backup_at=made.made_at, restored_at=now)
    assert back_up(store, stick, wanted).kept == ()


def test_a_kept_backup_that_rotted_lets_the_next_ones_be_made(store: Store, stick: Path) -> None:
    file = _keep(store, b"page")
    back_up(store, stick, WANTED)
    (kept,) = back_up(store, stick, _after_restore(store)).kept
    (path,) = Path(kept).glob("store-*")
    path.write_bytes(b"rotten" * 1000)
    with store.write() as session:
        session.delete(session.get_one(RecordRow, file))
    assert back_up(store, stick, _after_restore(store)).kept == (kept,)
    # Nobody can say any more what it needs.
    assert file_in(Path(kept), file).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_kill_at_any_step_of_keeping_a_newer_backup_loses_neither(
    store: Store, stick: Path, tmp_path: Path
) -> None:
    only_there = _keep(store, b"only there")
    _say(store, "newer")
    back_up(store, stick, WANTED)
    with store.write() as session:
        session.delete(session.get_one(RecordRow, only_there))
    _say(store, "put back")
    wanted = _after_restore(store)
    store.close()
    step, is_dead, seen = 0, True, set()
    while is_dead:
        step += 1
        copy, place = tmp_path / f"kiosk{step}", tmp_path / f"stick{step}"
        shutil.copytree(store.folder, copy)
        shutil.copytree(stick, place)

        def work(copy: Path = copy, place: Path = place) -> BackupReport:
            opened = Store.open(copy, KEY, FakeClock())
            return back_up(opened, place, wanted)

        is_dead = dies_at(step, tmp_path, work)
        seen.add(found := _backed_up(place)[0])
        if found == "put back":
            (note,) = place.glob(f"*/*/{NOTE_FILE}")
            assert _backed_up(note.parent) == ("newer", [only_there])
        opened = Store.open(copy, KEY, FakeClock())
        (kept,) = back_up(opened, place, wanted).kept
        opened.close()
        assert _backed_up(place) == ("put back", [])
        assert _backed_up(Path(kept)) == ("newer", [only_there])
    assert seen == {"newer", "put back"}


def test_a_stick_without_room_for_the_store_itself_is_called_full(
    store: Store, tmp_path: Path
) -> None:
    for number in range(900):
        with store.write() as session:
            write_setting(session, f"n{number}", "x" * 900)
    with small_disk(tmp_path, 600 * 1024) as disk:
        with pytest.raises(LocalFault, match="backup_full"):
            back_up(store, disk, WANTED)
        assert not [path for path in disk.rglob("*") if path.is_file()]


def test_a_file_that_rotted_on_both_sides_is_missing_also_by_night(
    store: Store, stick: Path
) -> None:
    digest = _keep(store, b"page")
    back_up(store, stick, WANTED)
    file_in(find_backup(stick)[0], digest).write_bytes(b"pagE")
    store.blobs.path(digest).write_bytes(b"rotten")
    report = back_up(store, stick, WANTED)
    assert (report.missing, report.lacking) == (1, (digest,))
    by_night = msgspec.structs.replace(WANTED, is_thorough=False)
    # Of one size, as rot is: only what was found once is looked at again each night.
    file_in(find_backup(stick)[0], digest).write_bytes(b"rotteN")
    assert back_up(store, stick, by_night).missing == 0
    doubted = msgspec.structs.replace(by_night, doubted=frozenset(report.lacking))
    assert back_up(store, stick, doubted).missing == 1


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting an image needs root"
)
def test_a_copy_that_the_disk_lost_under_the_machines_cache_is_no_backup(
    store: Store, stick: Path, tmp_path: Path
) -> None:
    for number in range(300):
        with store.write() as session:
            write_setting(session, f"n{number}", "x" * 900)
    _keep(store, b"page")
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(48 << 20)
    mounting = ["mount", "-o", "loop", str(image), str(stick)]
    for words in (["mkfs.ext4", "-q", str(image)], mounting):
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("this machine mounts nothing")
    try:
        _say(store, "before")
        back_up(store, stick, WANTED)

        def lose(_done: int, _of: int) -> None:
            """Do what a counterfeit stick does: it took every byte, and has lost some."""
            os.sync()
            (copy,) = (path for path in _store_copies(stick) if path.name != note.store)
            at = image.read_bytes().find(copy.read_bytes()[:512])
            assert at > 0
            with image.open("r+b") as disk:
                disk.seek(at + 8192)
                disk.write(bytes(100_000))
                disk.flush()
                os.fsync(disk.fileno())

        _, note = find_backup(stick)
        _say(store, "after")
        with pytest.raises(LocalFault, match="backup_failed"):
            back_up(store, stick, WANTED, lose)
        assert _backed_up(stick)[0] == "before"
    finally:
        subprocess.run(["umount", "-l", str(stick)], check=True)
