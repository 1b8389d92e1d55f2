"""A weak link of packets between two network namespaces: real TCP at both ends, no privilege lent.

Needs root, Linux and /dev/net/tun; ``why_not`` says what is missing. Several may stand at once.
Whatever is left behind by one that was killed is taken away by the next.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.link_wire import Counts, Profile, cuts_of, ip

ROOT = Path(__file__).resolve().parents[1]
KIOSK, OFFICE = "10.77.0.1", "10.77.0.2"
_PREFIX = "loket"
_ALLOWED = Path("/proc/sys/net/ipv4/tcp_allowed_congestion_control")
_numbers = itertools.count()

PROFILES = {
    one.name: one
    for one in (
        Profile("good", 10e6, 10e6, 0.05, 0.0, 64 * 1024),
        Profile("vsat", 256e3, 1e6, 0.6, 0.01, 48 * 1024),
        Profile("edge", 64e3, 128e3, 0.5, 0.05, 24 * 1024),
        Profile("flaky", 64e3, 128e3, 0.5, 0.05, 24 * 1024, cut_every_s=(20.0, 40.0)),
        # Here losses hold one connection back that has no rule against them.
        Profile("lossy", 512e3, 1e6, 0.6, 0.05, 48 * 1024),
    )
}
#: What every packet of 1500 bytes carries of a stream, with TCP's time stamps.
STREAM_SHARE = 1448 / 1500


def why_not() -> str:
    """Return why this machine cannot make such a link; empty when it can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "there is no /dev/net/tun"
    if shutil.which("ip") is None:
        return "the command ip (iproute2) is not installed"
    probe = f"{_PREFIX}-{os.getpid()}-probe"
    try:
        ip("netns", "add", probe)
        ip("netns", "del", probe)
    except subprocess.CalledProcessError as error:
        return f"no network namespace can be made: {error.stderr.decode().strip()}"
    return ""


def limit_share(profile: Profile) -> float:
    """Return the most of a link's rate that a stream can carry: headers and lost packets cost."""
    return (1 - profile.loss) * STREAM_SHARE


def up_time_s(profile: Profile, seed: int, until_s: float) -> float:
    """Return how long the link was up in its first so many seconds."""
    cut_s = 0.0
    for cut in cuts_of(profile, seed):
        if cut.begins_s >= until_s:
            break
        cut_s += min(cut.ends_s, until_s) - cut.begins_s
    return until_s - cut_s


class WeakNetwork:
    """Two namespaces, and the wire between them.

    The kiosk's side is ``KIOSK``, the office's ``OFFICE``. Everything started in either is killed
    at the end.

    Args:
        profile: how weak the link is.
        seed: of losses and cuts: the same seed, the same cuts.
        is_open: packets pass from the beginning; else from ``open`` on.
        congestion: what TCP uses unless a program chooses; cubic, as Debian does.
    """

    def __init__(
        self, profile: Profile, seed: int, *, is_open: bool = True, congestion: str = "cubic"
    ) -> None:
        self.profile = profile
        self.seed = seed
        self._is_open = is_open
        self._congestion = congestion
        mark = f"{os.getpid()}-{next(_numbers)}"
        self._namespaces = tuple(f"{_PREFIX}-{mark}-{end}" for end in ("kiosk", "office"))
        # A device's name has 15 letters at most.
        self._devices = tuple(f"lp{end}{mark}" for end in "ko")
        self._wire: subprocess.Popen[str] | None = None
        self._left = contextlib.ExitStack()

    def __enter__(self) -> WeakNetwork:
        take_leftovers_away()
        _allow(self._congestion)
        with contextlib.ExitStack() as left:
            for namespace in self._namespaces:
                ip("netns", "add", namespace)
                left.callback(_take_away, namespace)
            self._wire = left.enter_context(self._start_wire())
            left.callback(self._stop_wire)
            assert self._wire.stdout is not None
            if self._wire.stdout.readline() != "ready\n":
                raise RuntimeError("the wire did not start")
            self._left = left.pop_all()
        if self._is_open:
            self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    def open(self) -> float:
        """Open the link; cuts and counts begin here. Returns the moment, by ``time.monotonic``."""
        return float(self._ask("open"))

    def cut(self, kind: str, lasts_s: float) -> None:
        """Cut now, whatever the profile says."""
        self._ask("cut", kind, lasts_s)

    def counts(self) -> tuple[Counts, Counts]:
        """Return what went up and what went down since the link opened."""
        up, down = (Counts(**one) for one in self._ask("counts"))
        return up, down

    def in_kiosk(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs another one on the kiosk's side."""
        return ["ip", "netns", "exec", self._namespaces[0], *command]

    def in_office(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs another one on the office's side."""
        return ["ip", "netns", "exec", self._namespaces[1], *command]

    def _start_wire(self) -> subprocess.Popen[str]:
        plan = {
            "profile": asdict(self.profile),
            "seed": self.seed,
            "namespaces": self._namespaces,
            "devices": self._devices,
            "addresses": (KIOSK, OFFICE),
            "congestion": self._congestion,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "tests.link_wire", json.dumps(plan)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A Ctrl+C is for who owns the link; the wire goes when its input ends.
            start_new_session=True,
        )

    def _stop_wire(self) -> None:
        assert self._wire is not None
        assert self._wire.stdin is not None
        self._wire.stdin.close()
        self._wire.wait(10)

    def _ask(self, *command: object) -> Any:  # noqa: ANN401 - what JSON gives
        assert self._wire is not None
        assert self._wire.stdin is not None
        assert self._wire.stdout is not None
        self._wire.stdin.write(json.dumps(command) + "\n")
        self._wire.stdin.flush()
        return json.loads(self._wire.stdout.readline())


def take_leftovers_away() -> None:
    """Take away the namespaces of owners that are no more."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        name = line.split()[0]
        owner = name.split("-")[1:2]
        if name.startswith(f"{_PREFIX}-") and not Path("/proc", *owner).exists():
            _take_away(name)


def _take_away(namespace: str) -> None:
    listed = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True)
    for pid in listed.stdout.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    # Another may have taken the same leftover away in this moment.
    subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)


def _allow(congestion: str) -> None:
    """Let namespaces choose it; a system that has it may still not allow it there."""
    allowed = _ALLOWED.read_text().split()
    if congestion not in allowed:
        _ALLOWED.write_text(" ".join([*allowed, congestion]))
