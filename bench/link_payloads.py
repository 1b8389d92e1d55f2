"""What the bench of the link carries: an office and a kiosk for each profile, copied for each run.

Peers carry the same sealed records as files, so that everybody moves the same bytes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.link_certificates import TlsFiles
from tests.link_packets import OFFICE, ROOT, WeakNetwork
from tests.link_wire import Profile

OFFICE_PORT = 8443
OFFICE_URL = f"https://{OFFICE}:{OFFICE_PORT}"
#: A program that has not started after so long never will.
START_S = 120.0
_SEED = 20261122
_CODE_LETTERS = 20
#: Sizes of the documents of each application: at least 60 s of each link's time in all.
APPLICATIONS: dict[str, tuple[tuple[int, ...], ...]] = {
    "good": ((60_000, 90_000, 150_000, 260_000, 420_000),) * 78,
    "vsat": ((60_000, 90_000, 150_000, 260_000, 420_000),) * 2,
    "edge": ((60_000, 90_000, 150_000, 200_000),),
    "flaky": ((60_000, 120_000, 150_000),) * 2,
    "lossy": ((60_000, 90_000, 150_000, 260_000, 420_000),) * 8,
}
#: Where everything is prepared: a line that costs no time.
_BRISK = Profile("brisk", 1e9, 1e9, 0.0, 0.0, 4_000_000)


@dataclass(frozen=True)
class Parcel:
    """One record as a file."""

    path: Path
    size_bytes: int
    digest: str
    is_form: bool
    application: int


@dataclass(frozen=True)
class Payload:
    """Everything that one profile's runs begin from."""

    folder: Path
    #: Forms first, then small before large; their files sort the same way.
    parcels: tuple[Parcel, ...]

    @property
    def size_bytes(self) -> int:
        """All records together, without anybody's headers."""
        return sum(parcel.size_bytes for parcel in self.parcels)


def prepare(folder: Path, profile: str, tls: TlsFiles) -> Payload:
    """Enrol a kiosk with a new office and let documents wait in its store."""
    folder.mkdir(parents=True)
    with WeakNetwork(_BRISK, 0) as net, office_in(net, folder / "office", tls):
        given = {
            "folder": str(folder / "kiosk"),
            "ca_file": str(tls.authority),
            "office_url": OFFICE_URL,
            "code": _new_code(folder / "office"),
            "applications": APPLICATIONS[profile],
            "seed": _SEED,
        }
        made = subprocess.run(
            net.in_kiosk([sys.executable, "-m", "bench.link_kiosk", "prepare", json.dumps(given)]),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
    return Payload(folder, tuple(_parcels(folder, json.loads(made.stdout))))


def _parcels(folder: Path, records: Sequence[dict[str, object]]) -> Iterator[Parcel]:
    files = folder / "files"
    files.mkdir()
    sealed = {str(one["digest"]): one for one in records}
    found = {path.name: path for path in (folder / "kiosk").rglob("*") if path.name in sealed}

    def rank(digest: str) -> tuple[bool, int]:
        return sealed[digest]["kind"] != "manifest", found[digest].stat().st_size

    for number, digest in enumerate(sorted(sealed, key=rank)):
        is_form = sealed[digest]["kind"] == "manifest"
        path = files / f"{number:04}.{'form' if is_form else 'page'}"
        os.link(found[digest], path)
        application = int(str(sealed[digest]["application"]))
        yield Parcel(path, path.stat().st_size, digest, is_form, application)


def _new_code(office_folder: Path) -> str:
    said = subprocess.run(
        [sys.executable, "-m", "app", "office", "code", "LET", "Kiosk Letung"]
        + ["--data", str(office_folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    for word in said.split():
        if sum(letter.isalnum() for letter in word) == _CODE_LETTERS:
            return word
    raise RuntimeError("the office gave no code")


@contextmanager
def office_in(net: WeakNetwork, folder: Path, tls: TlsFiles) -> Iterator[None]:
    """Run the real office on its side of a link, set up as docs/office.md tells operators."""
    command = ["sh", "-c", 'echo 3 > /proc/sys/net/ipv4/tcp_fastopen && exec "$@"', "office"]
    command += [sys.executable, "-m", "app", "office", "serve", "--data", str(folder)]
    command += ["--host", OFFICE, "--port", str(OFFICE_PORT), "--until-input-ends"]
    command += ["--tls-certificate", str(tls.certificate), "--tls-key", str(tls.key)]
    with subprocess.Popen(
        net.in_office(command),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        with killed_after(process, START_S):
            said = process.stdout.readline()
        if not said:
            raise RuntimeError("the office did not start")
        try:
            yield
        finally:
            # Its input ends with the block, and it waits a while for who is still on the line.
            process.kill()


@contextmanager
def killed_after(process: subprocess.Popen[Any], seconds: float) -> Iterator[None]:
    """Kill a process unless the block ends in time: who waits for its word is told by its end."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def copy_for_run(source: Path, target: Path) -> None:
    """Copy a store; sealed files never change, so they are linked."""

    def copy(one: str, other: str) -> None:
        if Path(one).parent.parent.name == "blobs":
            os.link(one, other)
        else:
            shutil.copy2(one, other)

    shutil.copytree(source, target, copy_function=copy)
