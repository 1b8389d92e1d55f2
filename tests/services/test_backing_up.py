"""Backups as people meet them: when one is due, by night, put back here or on another machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.alone import only_one
from app.errors import LocalFault, UserError
from app.security.key_store import StoreKey, known_key, store_key
from app.services.backing_up import (
    LAST_FILE,
    Backups,
    put_back,
    read_last,
)
from app.services.doctor import examine
from app.services.drafts import load_draft, save_answer, start_draft
from app.services.kiosk import Kiosk
from app.services.settings import write_setting
from app.services.upkeep import CHECK_FILE, Upkeep, check_store, concerns
from app.storage.backup import file_in, find_backup
from app.storage.moving_in import stores_aside
from app.storage.store import STORE_FILE, Store
from app.storage.tables import RecordRow
from tests.builders import PIN, SERVICE, STORE_KEY, make_kiosk
from tests.courier.media import small_disk
from tests.fakes import FakeClock, FakeKeyRing

#: Half past two at night on the islands.
NIGHT = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
WRONG = "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NIGHT)


@pytest.fixture
def kiosk(tmp_path: Path, clock: FakeClock) -> Iterator[Kiosk]:
    made = make_kiosk(tmp_path / "kiosk", clock=clock)
    yield made
    made.store.close()


@pytest.fixture
def backups(kiosk: Kiosk) -> Backups:
    return Backups(kiosk, StoreKey(STORE_KEY, "file"))


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def _never() -> str:
    raise AssertionError("nobody should be asked for a code")


def _draft(kiosk: Kiosk) -> str:
    draft = start_draft(kiosk, SERVICE, PIN)
    save_answer(kiosk, draft.application_id, "full_name", "SITI CONTOH")
    return draft.application_id


def _opens(folder: Path, application_id: str, ring: FakeKeyRing) -> bool:
    key = known_key(folder, ring)
    assert key is not None
    store = Store.open(folder, key.key, FakeClock())
    with store.read() as session:
        found = session.connection().exec_driver_sql("SELECT id FROM applications").scalars().all()
    store.close()
    return found == [application_id]


def test_nothing_is_due_before_a_folder_is_chosen(backups: Backups) -> None:
    assert not backups.is_due()
    with pytest.raises(LocalFault, match="backup_not_chosen"):
        backups.make()


def test_a_backup_is_due_once_a_night_or_when_it_grew_too_old(
    backups: Backups, stick: Path, clock: FakeClock
) -> None:
    backups.choose(stick)
    assert backups.is_due()
    backups.make()
    assert not backups.is_due()
    clock.jump_to(NOON + timedelta(hours=10))
    assert not backups.is_due()
    clock.jump_to(NIGHT + timedelta(days=1))
    assert backups.is_due()
    clock.jump_to(NOON + timedelta(days=1))
    assert backups.is_due()


def test_a_clock_set_back_a_year_does_not_put_backups_off_for_a_year(
    backups: Backups, stick: Path, clock: FakeClock
) -> None:
    backups.choose(stick)
    backups.make()
    clock.jump_to(NIGHT - timedelta(days=365))
    assert backups.is_due()
    backups.make()
    assert not backups.is_due()


def test_a_stick_that_is_not_plugged_in_is_waited_for(backups: Backups, stick: Path) -> None:
    backups.choose(stick)
    stick.rmdir()
    assert not backups.is_due()
    assert not backups.status().is_there
    with pytest.raises(LocalFault, match="backup_away"):
        backups.make()


def test_the_kiosks_own_folder_is_no_place_for_its_backup(backups: Backups, kiosk: Kiosk) -> None:
    inside = kiosk.store.folder / "copy"
    inside.mkdir()
    with pytest.raises(LocalFault, match="backup_inside"):
        backups.choose(inside)
    with pytest.raises(LocalFault, match="backup_inside"):
        backups.make(inside)


def test_the_thread_makes_the_backup_that_is_due(
    backups: Backups, stick: Path, kiosk: Kiosk
) -> None:
    backups.choose(stick)
    upkeep = Upkeep(kiosk, backups, first_look_after_s=0)
    upkeep.start()
    made = threading.Event()
    for _ in range(500):
        if read_last(kiosk.store.folder) or made.wait(0.02):
            break
    assert upkeep.stop(10)
    assert (last := read_last(kiosk.store.folder)) is not None
    assert last.made_at == NIGHT


def test_put_back_on_the_same_machine_needs_no_code(
    backups: Backups, stick: Path, kiosk: Kiosk, tmp_path: Path
) -> None:
    ring = FakeKeyRing()
    ring.write("named", STORE_KEY.hex())
    (kiosk.store.folder / "store.keyname").write_text("named")
    made = Backups(kiosk, StoreKey(STORE_KEY, "keyring"))
    application_id = _draft(kiosk)
    made.make(stick)
    # The disk is gone, the key ring is not.
    put_back(tmp_path / "new", stick, ring, kiosk.clock, _never)
    assert _opens(tmp_path / "new", application_id, ring)


def test_put_back_over_a_torn_store_keeps_the_folders_own_key(
    kiosk: Kiosk, stick: Path, tmp_path: Path
) -> None:
    folder, ring = tmp_path / "real", FakeKeyRing(is_there=False)
    key = store_key(folder, ring)
    store = Store.open(folder, key.key, FakeClock())
    Backups(replace(kiosk, store=store), key).make(stick)
    store.close()
    (folder / STORE_FILE).write_bytes(b"torn" * 5000)
    report = examine(folder, FakeClock(), lambda: key, lambda: "1")
    assert "backup_helps" in {finding.code for finding in report.findings}
    put_back(folder, stick, ring, FakeClock(), _never)
    assert store_key(folder, ring).key == key.key
    Store.open(folder, key.key, FakeClock()).close()
    assert len(stores_aside(folder)) == 1


@pytest.mark.parametrize("has_ring", [True, False])
def test_put_back_on_another_machine_with_the_code(
    backups: Backups, stick: Path, kiosk: Kiosk, tmp_path: Path, has_ring: bool
) -> None:
    application_id = _draft(kiosk)
    code = backups.new_recovery_code()
    backups.make(stick)
    ring = FakeKeyRing(is_there=has_ring)
    with pytest.raises(UserError, match="recovery_code_wrong"):
        put_back(tmp_path / "new", stick, ring, kiosk.clock, lambda: WRONG)
    put_back(tmp_path / "new", stick, ring, kiosk.clock, lambda: f" {code.lower()} ")
    assert _opens(tmp_path / "new", application_id, ring)
    found = store_key(tmp_path / "new", ring)
    assert found == StoreKey(STORE_KEY, "keyring" if has_ring else "file")


def test_without_key_and_code_nothing_is_put_back(
    backups: Backups, stick: Path, kiosk: Kiosk, tmp_path: Path
) -> None:
    backups.make(stick)
    with pytest.raises(LocalFault, match="backup_key_missing"):
        put_back(tmp_path / "new", stick, FakeKeyRing(), kiosk.clock, _never)
    assert not (tmp_path / "new" / STORE_FILE).exists()


def test_the_code_is_kept_nowhere(backups: Backups, stick: Path, kiosk: Kiosk) -> None:
    code = backups.new_recovery_code()
    backups.make(stick)
    letters = code.replace("-", "").encode()
    for root in (kiosk.store.folder, stick):
        for path in root.rglob("*"):
            if path.is_file():
                assert letters not in path.read_bytes().replace(b"-", b"")


def test_an_open_window_is_not_taken_its_store(backups: Backups, stick: Path, kiosk: Kiosk) -> None:
    backups.make(stick)
    folder = kiosk.store.folder
    with (
        only_one(folder, "window.lock", "kiosk_in_use"),
        pytest.raises(LocalFault, match="kiosk_in_use"),
    ):
        put_back(folder, stick, FakeKeyRing(), kiosk.clock, _never)


def test_a_draft_of_the_backup_can_be_gone_on_with(
    backups: Backups, stick: Path, kiosk: Kiosk, clock: FakeClock
) -> None:
    application_id = _draft(kiosk)
    backups.new_recovery_code()
    backups.make(stick)
    save_answer(kiosk, application_id, "full_name", "LATER")
    folder = kiosk.store.folder
    kiosk.store.close()
    (folder / "store.key").write_text(STORE_KEY.hex())
    (folder / "store.key").chmod(0o600)
    put_back(folder, stick, FakeKeyRing(is_there=False), clock, _never)
    again = make_kiosk(folder, clock=clock)
    assert load_draft(again, application_id).answers["full_name"] == "SITI CONTOH"
    again.store.close()
    assert (folder / LAST_FILE).exists()


def test_the_operator_is_told_of_a_damaged_store_and_of_an_old_backup(
    backups: Backups, kiosk: Kiosk, stick: Path, clock: FakeClock
) -> None:
    for number in range(200):
        write_setting(kiosk, f"name{number}", "x" * 900)
    assert check_store(kiosk).is_whole
    assert concerns(kiosk) == ()
    backups.make(stick)
    clock.pass_time(timedelta(days=4).total_seconds())
    assert [one.code for one in concerns(kiosk)] == ["backup_old"]
    # Everything into the file, then one bit.
    kiosk.store.close()
    path = kiosk.store.folder / STORE_FILE
    content = bytearray(path.read_bytes())
    content[len(content) - 20_000] ^= 1
    path.write_bytes(content)
    assert not check_store(kiosk).is_whole
    assert [one.code for one in concerns(kiosk)] == ["store_damaged", "backup_old"]


def _until(holds: Callable[[], bool]) -> bool:
    """Wait for another thread, ten seconds at most."""
    quiet = threading.Event()
    return any(holds() or quiet.wait(0.02) for _ in range(500))


def test_backups_are_made_though_the_stores_check_cannot_be_noted(
    backups: Backups, stick: Path, kiosk: Kiosk
) -> None:
    (kiosk.store.folder / CHECK_FILE).mkdir()
    backups.choose(stick)
    upkeep = Upkeep(kiosk, backups, first_look_after_s=0)
    upkeep.start()
    assert _until(lambda: read_last(kiosk.store.folder) is not None)
    assert upkeep.stop(10)


def test_a_round_that_fails_in_an_unknown_way_is_not_the_last(
    backups: Backups, stick: Path, kiosk: Kiosk, caplog: pytest.LogCaptureFixture
) -> None:
    write_setting(kiosk, "backup.folder", str(stick))
    # What no edge converts: a setting that is not what its name says.
    write_setting(kiosk, "backup.recovery", "abcde")
    upkeep = Upkeep(kiosk, backups, first_look_after_s=0, look_every_s=0.01)
    upkeep.start()
    assert _until(lambda: "no backup" in caplog.text)
    write_setting(kiosk, "backup.recovery", "")
    assert _until(lambda: read_last(kiosk.store.folder) is not None)
    assert upkeep.stop(10)


def test_a_folder_that_the_system_will_not_look_at_is_away(backups: Backups, kiosk: Kiosk) -> None:
    # As under /media of another account; a name too long is refused to everybody.
    write_setting(kiosk, "backup.folder", f"/{'x' * 300}")
    assert not backups.is_due()
    assert not backups.status().is_there
    with pytest.raises(LocalFault, match="backup_away"):
        backups.make()
    with pytest.raises(LocalFault, match="backup_away"):
        backups.choose(Path(f"/{'x' * 300}"))


def test_a_last_backup_that_cannot_be_noted_is_told_as_a_fault(
    backups: Backups, stick: Path, kiosk: Kiosk
) -> None:
    (kiosk.store.folder / LAST_FILE).mkdir()
    with pytest.raises(LocalFault, match="disk_"):
        backups.make(stick)


def _put_back_here(kiosk: Kiosk, place: Path, clock: FakeClock) -> Kiosk:
    """Put a backup over a kiosk's torn store, and open it again."""
    folder = kiosk.store.folder
    kiosk.store.close()
    (folder / "store.key").write_text(STORE_KEY.hex())
    (folder / "store.key").chmod(0o600)
    (folder / STORE_FILE).write_bytes(b"torn" * 5000)
    put_back(folder, place, FakeKeyRing(is_there=False), clock, _never)
    return make_kiosk(folder, clock=clock)


def test_an_older_backup_put_back_does_not_cost_the_newer_one_on_the_disk(
    kiosk: Kiosk, backups: Backups, stick: Path, clock: FakeClock, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    first = _draft(kiosk)
    backups.choose(disk)
    backups.new_recovery_code()
    backups.make(stick)
    clock.pass_time(timedelta(days=7).total_seconds())
    second = _draft(kiosk)
    # FakeDice says the same again unless it is asked for something between.
    kiosk.dice.bytes(8)
    newest = backups.new_recovery_code()
    backups.make()
    again = _put_back_here(kiosk, stick, clock)
    clock.pass_time(timedelta(hours=24).total_seconds())
    made = Backups(again, StoreKey(STORE_KEY, "file"))
    assert made.is_due()
    (kept,) = made.make(is_thorough=False).kept
    assert [one.code for one in concerns(again)] == ["backup_kept"]
    again.store.close()
    no_ring = FakeKeyRing(is_there=False)
    put_back(tmp_path / "new", Path(kept), no_ring, clock, lambda: newest)
    opened = make_kiosk(tmp_path / "new", clock=clock)
    assert load_draft(opened, first).answers
    assert load_draft(opened, second).answers
    opened.store.close()


def _days(count: float) -> float:
    return timedelta(days=count).total_seconds()


def test_the_operator_is_told_when_no_backup_was_ever_made(
    backups: Backups, kiosk: Kiosk, stick: Path, clock: FakeClock
) -> None:
    clock.pass_time(_days(30))
    assert concerns(kiosk) == ()
    backups.choose(stick)
    # Where the backup's folder should be lies something else: it fails every night.
    backups.make()
    (folder,) = stick.iterdir()
    shutil.rmtree(folder)
    folder.write_bytes(b"no folder")
    (kiosk.store.folder / LAST_FILE).unlink()
    with pytest.raises(LocalFault, match="backup_failed"):
        backups.make()
    assert backups.status().failed == "backup_failed"
    assert concerns(kiosk) == ()
    clock.pass_time(_days(4))
    assert [one.code for one in concerns(kiosk)] == ["backup_never"]
    folder.unlink()
    backups.make()
    assert backups.status().failed == ""
    assert concerns(kiosk) == ()


def test_a_folder_chosen_by_a_clock_that_was_ahead_is_told_too(
    backups: Backups, kiosk: Kiosk, stick: Path, clock: FakeClock
) -> None:
    backups.choose(stick)
    clock.pass_time(-_days(365))
    assert [one.code for one in concerns(kiosk)] == ["backup_never"]


def test_a_last_backup_of_the_future_does_not_silence_the_warning(
    backups: Backups, kiosk: Kiosk, stick: Path, clock: FakeClock
) -> None:
    backups.choose(stick)
    backups.make()
    clock.pass_time(-_days(0.5))
    assert concerns(kiosk) == ()
    clock.pass_time(-_days(364))
    assert [one.code for one in concerns(kiosk)] == ["backup_ahead"]


def test_a_second_disk_that_is_not_mounted_is_away_though_its_folder_is_there(
    backups: Backups, tmp_path: Path, clock: FakeClock
) -> None:
    with small_disk(tmp_path, 4 << 20) as disk:
        backups.choose(disk)
        assert backups.is_due()
        backups.make()
    clock.pass_time(_days(1))
    assert disk.is_dir()
    assert not backups.is_due()
    assert not backups.status().is_there
    with pytest.raises(LocalFault, match="backup_away"):
        backups.make()
    assert list(disk.iterdir()) == []
    # Chosen anew, the same folder is what it says it is.
    backups.choose(disk)
    assert backups.make().files == 0


def test_a_second_backup_at_once_is_refused_and_the_first_is_whole(
    backups: Backups, kiosk: Kiosk, stick: Path
) -> None:
    # Another process, as far as a lock of the system can tell.
    beside = Backups(kiosk, StoreKey(STORE_KEY, "file"))
    backups.choose(stick)
    _page(kiosk, b"page")
    refused: list[str] = []

    def begin_another(_done: int, _of: int) -> None:
        with pytest.raises(LocalFault) as fault:
            beside.make()
        refused.append(fault.value.code)

    backups.make(tell=begin_another)
    assert refused == ["backup_running"]
    found, note = find_backup(stick)
    assert (found / note.store).exists()
    assert backups.status().failed == ""
    beside.make()


def _page(kiosk: Kiosk, content: bytes) -> str:
    """Keep a file that a row names."""
    digest = kiosk.store.blobs.put(content)
    with kiosk.store.write() as session:
        session.add(
            RecordRow(digest=digest, kind=2, size_bytes=len(content), made_at=kiosk.clock.now())
        )
    return digest


def test_every_file_of_a_backup_is_read_again_once_a_week_and_what_rotted_each_night(
    backups: Backups, kiosk: Kiosk, stick: Path, clock: FakeClock
) -> None:
    digest = _page(kiosk, b"page")
    backups.choose(stick)
    backups.make_nightly()
    in_backup, here = file_in(find_backup(stick)[0], digest), kiosk.store.blobs.path(digest)
    size = here.stat().st_size
    in_backup.write_bytes(b"x" * size)
    here.write_bytes(b"y" * size)
    clock.pass_time(_days(6))
    # A stick reads twenty megabytes a second: not all of it every night.
    assert backups.make_nightly().missing == 0
    clock.pass_time(_days(1))
    assert backups.make_nightly().missing == 1
    clock.pass_time(_days(1))
    assert backups.make_nightly().missing == 1
    clock.pass_time(-_days(400))
    assert backups.make_nightly().missing == 1


def test_a_stick_backed_up_by_hand_puts_off_no_reading_of_the_chosen_disk(
    backups: Backups, kiosk: Kiosk, stick: Path, tmp_path: Path
) -> None:
    digest = _page(kiosk, b"page")
    backups.choose(stick)
    backups.make()
    other = tmp_path / "other"
    other.mkdir()
    in_backup = file_in(find_backup(stick)[0], digest)
    in_backup.write_bytes(b"x" * in_backup.stat().st_size)
    backups.make(other)
    assert backups.make_nightly().copied == 1
