"""Finds the sticks that are plugged in; reads what the system tells, and never mounts one."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from app.domain.courier import Drive
from app.errors import LocalFault
from app.security.sticks import free_bytes

_PROC_MOUNTS = Path("/proc/self/mounts")
_SYS_BLOCK = Path("/sys/class/block")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_REMOVABLE_ON_WINDOWS = 2


def find_drives(mounts: Path = _PROC_MOUNTS, blocks: Path = _SYS_BLOCK) -> tuple[Drive, ...]:
    """Return every removable drive that is mounted, by name.

    Args:
        mounts: the kernel's table of mounts.
        blocks: the kernel's folder of block devices.
    """
    if sys.platform == "win32":
        folders = _windows_folders()
    else:
        folders = _linux_folders(mounts, blocks)
    found = (_drive(folder) for folder in folders)
    return tuple(sorted((one for one in found if one), key=lambda one: (one.name, one.folder)))


def drive_of(folder: Path) -> Drive:
    """Return a folder that somebody chose as a drive.

    Raises:
        LocalFault: ``stick_gone``, ``stick_failing``.
    """
    return Drive(str(folder), folder.name or str(folder), free_bytes(folder))


def _drive(folder: Path) -> Drive | None:
    try:
        return drive_of(folder)
    except LocalFault:
        return None  # Pulled between the table and the look at it.


def _linux_folders(mounts: Path, blocks: Path) -> list[Path]:
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []  # Another Unix: there a folder is chosen.
    folders = []
    for line in lines:
        device, _, rest = line.partition(" ")
        folder = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), rest.split(" ")[0]))
        name = device.removeprefix("/dev/")
        if name != device and folder != Path("/") and _is_removable(blocks / name):
            folders.append(folder)
    return folders


def _is_removable(block: Path) -> bool:
    """Tell whether a disk, or the disk of a partition, is made to be pulled out.

    Larger sticks call themselves fixed disks; then the bus tells.
    """
    try:
        real = Path(os.path.realpath(block, strict=True))
    except OSError:
        return False
    disk = real.parent if (real / "partition").exists() else real
    try:
        says_so = (disk / "removable").read_text("ascii").strip() == "1"
    except OSError:
        says_so = False
    return says_so or any(part.startswith("usb") for part in disk.parts)


def _windows_folders() -> list[Path]:
    if sys.platform != "win32":
        return []
    import ctypes

    kernel = ctypes.windll.kernel32
    letters = kernel.GetLogicalDrives()
    roots = [f"{chr(65 + place)}:\\" for place in range(26) if letters >> place & 1]
    return [Path(root) for root in roots if kernel.GetDriveTypeW(root) == _REMOVABLE_ON_WINDOWS]
