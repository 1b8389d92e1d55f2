"""What sticks do: pulled out at any moment, full, locked, gone; on the file systems they have."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.courier import CourierProgress
from app.errors import LocalFault, UserError
from app.office.context import Office
from app.security.sticks import stick_faults, write_to_stick
from app.sync.courier_drives import find_drives
from app.sync.courier_writing import CourierWriting
from tests.courier.island import CourierIsland, bring
from tests.courier.media import formatted, small_disk
from tests.courier.test_trips import FOUR
from tests.office.house import noise

OLD, NEW = noise(200_000, 1), noise(300_000, 2)
NAME = "LOKET-LET-00002.lpk"


def pieces() -> Iterator[bytes]:
    for at in range(0, len(NEW), 65_536):
        yield NEW[at : at + 65_536]


def die_at(folder: Path, step: int) -> bool:
    """Write in a process that is killed at a step; tell whether it lived to the end."""
    child = os.fork()
    if child == 0:
        steps = 0

        def count(*_: object) -> None:
            nonlocal steps
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)

        def audit(event: str, _arguments: tuple[object, ...]) -> None:
            if event in ("open", "os.rename", "os.remove"):
                count()

        sys.addaudithook(audit)
        write_to_stick(folder, NAME, pieces(), count)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL)
    return status == 0


def test_killed_at_any_step_there_is_the_whole_new_file_or_none(stick: Path) -> None:
    old = stick / "LOKET-LET-00001.lpk"
    old.write_bytes(OLD)
    seen = set()
    step = 1
    while not die_at(stick, step):
        new = stick / NAME
        seen.add(new.exists())
        assert not new.exists() or new.read_bytes() == NEW
        assert old.read_bytes() == OLD
        new.unlink(missing_ok=True)
        step += 1
    assert step > 10
    assert seen == {True, False}
    assert (stick / NAME).read_bytes() == NEW
    assert sorted(path.name for path in stick.iterdir()) == [old.name, NAME]


def test_an_older_file_of_the_same_name_stays_until_the_new_one_is_whole(stick: Path) -> None:
    (stick / NAME).write_bytes(OLD)
    for step in (3, 6, 9):
        assert not die_at(stick, step)
        assert (stick / NAME).read_bytes() == OLD


def test_other_bytes_read_back_than_written_are_noticed(stick: Path) -> None:
    """A worn stick takes everything and gives something else."""

    def wear(written: int, checked: int) -> None:
        if written == len(NEW) and not checked:
            path = stick / f"{NAME}.tmp"
            with path.open("r+b") as file:
                file.seek(150_000)
                file.write(b"worn")

    with pytest.raises(LocalFault, match="stick_failing"):
        write_to_stick(stick, NAME, pieces(), wear)
    assert list(stick.iterdir()) == []


def test_what_was_broken_off_leaves_the_stick_as_it_was(kiosk: CourierIsland, stick: Path) -> None:
    kiosk.freeze(FOUR)
    stop = threading.Event()

    def tell(_progress: CourierProgress) -> None:
        stop.set()

    with pytest.raises(UserError, match="courier_cancelled"):
        CourierWriting(kiosk.store, kiosk.clock).write(stick, tell, stop)
    assert list(stick.iterdir()) == []


def test_leftovers_of_a_pulled_stick_are_removed_by_the_next_writing(
    kiosk: CourierIsland, stick: Path
) -> None:
    (stick / "LOKET-LET-00007.lpk.tmp").write_bytes(OLD)
    (stick / "LOKET-TRM-00001.lpk.tmp").write_bytes(OLD)
    kiosk.write(stick)
    names = {path.name for path in stick.iterdir()}
    assert names == {"LOKET-LET-00001.lpk", "LOKET-TRM-00001.lpk.tmp"}


@pytest.mark.parametrize("kind", ["vfat", "exfat"])
def test_a_trip_on_the_file_systems_that_sticks_have(
    kiosk: CourierIsland, office: Office, tmp_path: Path, kind: str
) -> None:
    frozen = kiosk.freeze(FOUR)
    with formatted(kind, tmp_path) as stick:
        kiosk.write(stick)
        (imported,) = bring(office, stick)
        assert imported.refused == ()
        assert kiosk.read(stick).received == (frozen.reference,)
        kiosk.write(stick)
        names = sorted(path.name for path in stick.iterdir() if path.name.startswith("LOKET"))
        assert names == ["LOKET-LET-00001.lpr", "LOKET-LET-00002.lpk"]


def test_a_full_stick_takes_the_forms_first_and_says_what_stays(
    kiosk: CourierIsland, office: Office, tmp_path: Path
) -> None:
    frozen = [kiosk.freeze({"ktp": noise(400_000, at)}) for at in range(4)]
    with small_disk(tmp_path, 2_000_000) as stick:
        written = kiosk.write(stick)
        assert 0 < len(written.references) < 4
        assert written.left_bytes > 400_000
        (imported,) = bring(office, stick)
        assert (imported.submissions, imported.received) == (4, len(written.references))
        kiosk.read(stick)
        (stick / written.names[0]).unlink()
        again = kiosk.write(stick)
        assert len(written.references) + len(again.references) == 4
    assert sum(kiosk.is_received(one) for one in frozen) == len(written.references)


def test_a_stick_without_any_room_is_told(kiosk: CourierIsland, tmp_path: Path) -> None:
    kiosk.freeze(FOUR)
    with small_disk(tmp_path, 200_000) as stick:
        (stick / "film").write_bytes(bytes(150_000))
        with pytest.raises(LocalFault, match="stick_full"):
            kiosk.write(stick)
        assert [path.name for path in stick.iterdir()] == ["film"]


def test_a_locked_stick_is_told(kiosk: CourierIsland, tmp_path: Path) -> None:
    with small_disk(tmp_path, 2_000_000) as stick:
        subprocess.run(["mount", "-o", "remount,ro", stick], check=True)
        with pytest.raises(LocalFault, match="stick_read_only"):
            kiosk.write(stick)


def test_a_stick_that_goes_in_the_middle_is_told_and_nothing_is_called_carried(
    kiosk: CourierIsland, tmp_path: Path
) -> None:
    frozen = kiosk.freeze(FOUR)
    with small_disk(tmp_path, 4_000_000) as stick:

        def pull(_progress: CourierProgress) -> None:
            subprocess.run(["umount", "-l", stick], check=False, capture_output=True)

        with pytest.raises(LocalFault, match="stick_gone"):
            CourierWriting(kiosk.store, kiosk.clock).write(stick, pull, threading.Event())
        assert list(stick.iterdir()) == []
    with kiosk.store.read() as session:
        from app.storage import courier

        assert courier.carried(session).count == 0
    assert frozen.id in kiosk.outbox()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "stick_full"),
        (errno.EROFS, "stick_read_only"),
        (errno.ENODEV, "stick_gone"),
        (errno.ENOENT, "stick_gone"),
        (errno.EIO, "stick_failing"),
    ],
)
def test_what_a_stick_says_has_words(number: int, code: str) -> None:
    with pytest.raises(LocalFault, match=code), stick_faults():
        raise OSError(number, os.strerror(number))


def test_sticks_are_found_by_what_the_kernel_tells(tmp_path: Path) -> None:
    devices, blocks = tmp_path / "devices", tmp_path / "block"
    blocks.mkdir()
    for name, where, removable in (
        ("sda", "pci0/ata1/sda", "0"),
        ("sdb", "pci0/usb1/1-1/sdb", "0"),
        ("sdc", "pci0/ata9/sdc", "1"),
    ):
        disk = devices / where
        part = disk / f"{name}1"
        part.mkdir(parents=True)
        (disk / "removable").write_text(f"{removable}\n")
        (part / "partition").write_text("1\n")
        (blocks / f"{name}1").symlink_to(part)
    for folder in ("inside", "STIK DESA", "card"):
        (tmp_path / folder).mkdir()
    stick = str(tmp_path / "STIK DESA").replace(" ", "\\040")
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda1 {tmp_path}/inside ext4 rw 0 0\n"
        f"/dev/sdb1 {stick} vfat rw 0 0\n"
        f"/dev/sdc1 {tmp_path}/card exfat rw 0 0\n"
        f"/dev/sdd1 {tmp_path}/pulled vfat rw 0 0\n"
        "proc /proc proc rw 0 0\n"
    )
    found = find_drives(mounts, blocks)
    assert [one.name for one in found] == ["STIK DESA", "card"]
    assert found[0].folder == str(tmp_path / "STIK DESA")
