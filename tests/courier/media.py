"""Real file systems to write on: FAT32 and exFAT in an image, a small disk in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_IMAGE_BYTES = 64 * 1024 * 1024


@contextmanager
def formatted(kind: str, folder: Path) -> Iterator[Path]:
    """Mount a fresh stick of a kind, ``vfat`` or ``exfat``, by the kernel or else by FUSE."""
    _need(os.geteuid() == 0, "only root may mount an image")
    maker = {"vfat": ["mkfs.vfat", "-F", "32"], "exfat": ["mkfs.exfat"]}[kind]
    _need(shutil.which(maker[0]) is not None, f"{maker[0]} is not installed")
    image, place = folder / f"{kind}.img", folder / f"stick-{kind}"
    with image.open("wb") as file:
        file.truncate(_IMAGE_BYTES)
    _run(*maker, image)
    place.mkdir()
    device = ""
    if kind in Path("/proc/filesystems").read_text("ascii").split():
        _run("mount", "-o", "loop", "-t", kind, image, place)
    elif kind == "vfat":
        _need(shutil.which("fusefat") is not None, "neither the kernel nor fusefat knows FAT here")
        _run("fusefat", "-o", "rw+", image, place)
    else:
        tool = shutil.which("mount.exfat-fuse")
        _need(tool is not None, "neither the kernel nor exfat-fuse knows exFAT here")
        device = _run("losetup", "-f", "--show", image).strip()
        _run("mount.exfat-fuse", device, place)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)
        if device:
            subprocess.run(["losetup", "-d", device], check=False, capture_output=True)


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """Mount a disk in memory that has room for so many bytes."""
    _need(os.geteuid() == 0, "only root may mount a disk in memory")
    place = folder / "small"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", place],
        check=False,
        capture_output=True,
    )
    _need(done.returncode == 0, "this machine mounts nothing")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)


def _run(*words: str | Path) -> str:
    done = subprocess.run([*map(str, words)], check=False, capture_output=True, text=True)
    _need(done.returncode == 0, f"{words[0]}: {done.stderr.strip()[:200]}")
    return done.stdout


def _need(is_so: bool, reason: str) -> None:
    if not is_so:
        pytest.skip(reason)
