"""The weak link of packets is what it says it is, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice

import pytest

from tests.link_packets import (
    PROFILES,
    ROOT,
    WeakNetwork,
    limit_share,
    take_leftovers_away,
    up_time_s,
    why_not,
)
from tests.link_wire import Profile, cuts_of

_REASON = why_not()
needs_namespaces = pytest.mark.skipif(bool(_REASON), reason=f"weak link of packets: {_REASON}")
BRISK = Profile("brisk", 1e6, 1e6, 0.04, 0.0, 32 * 1024)

#: Takes connections one after the other; says what each brought and how it ended.
_OFFICE = """
import socket, sys, threading, time
def serve(sock):
    count = 0
    try:
        while block := sock.recv(65536):
            count += len(block)
            sock.sendall(b".")
        print("end", count, time.monotonic(), flush=True)
    except OSError as error:
        print(type(error).__name__, count, flush=True)
listener = socket.create_server(("10.77.0.2", 9000))
print("listening", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
#: Obeys one line at a time: open, send so many bytes and wait for a word, end.
_KIOSK = """
import socket, sys
for line in sys.stdin:
    verb, count = line.split()
    try:
        if verb == "open":
            sock = socket.create_connection(("10.77.0.2", 9000), 5)
        elif verb == "send":
            sock.settimeout(1.5)
            sock.sendall(b"x" * int(count))
            sock.recv(65536)
        else:
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
        print("done", flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
"""


class _Pair:
    """A program at each end."""

    def __init__(self, net: WeakNetwork) -> None:
        self.office = _start(net.in_office([sys.executable, "-c", _OFFICE]))
        self.kiosk = _start(net.in_kiosk([sys.executable, "-c", _KIOSK]))
        assert self.heard() == ["listening"]

    def do(self, verb: str, count: int = 0) -> str:
        assert self.kiosk.stdin is not None
        assert self.kiosk.stdout is not None
        self.kiosk.stdin.write(f"{verb} {count}\n")
        self.kiosk.stdin.flush()
        return self.kiosk.stdout.readline().strip()

    def heard(self) -> list[str]:
        assert self.office.stdout is not None
        return self.office.stdout.readline().split()


def _start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def net() -> Iterator[WeakNetwork]:
    with WeakNetwork(BRISK, 1) as made:
        yield made


@pytest.fixture
def pair(net: WeakNetwork) -> Iterator[_Pair]:
    made = _Pair(net)
    yield made
    for process in (made.kiosk, made.office):
        process.kill()
        with process:
            pass


def test_a_seed_names_its_cuts_and_the_time_without_them() -> None:
    flaky = PROFILES["flaky"]
    cuts = list(islice(cuts_of(flaky, 7), 40))
    assert cuts == list(islice(cuts_of(flaky, 7), 40))
    assert cuts != list(islice(cuts_of(flaky, 8), 40))
    assert {cut.kind for cut in cuts} == {"hole", "rst", "nat"}
    for before, after in zip(cuts, cuts[1:], strict=False):
        assert 20 <= after.begins_s - before.ends_s <= 40
        assert 5 <= after.ends_s - after.begins_s <= 15
    first, second = cuts[:2]
    middle = (first.begins_s + first.ends_s) / 2
    assert up_time_s(flaky, 7, middle) == first.begins_s
    up = first.begins_s + second.begins_s - first.ends_s
    assert up_time_s(flaky, 7, second.ends_s) == pytest.approx(up)
    assert up_time_s(PROFILES["edge"], 7, 1000.0) == 1000.0


@needs_namespaces
def test_a_stream_is_as_fast_as_the_line_and_no_faster(net: WeakNetwork, pair: _Pair) -> None:
    began_at = net.open()
    pair.do("open")
    pair.do("send", 150_000)
    pair.do("end")
    how, count, ended_at = pair.heard()
    assert (how, count) == ("end", "150000")
    share = 150_000 * 8 / BRISK.up_bit_s / (float(ended_at) - began_at) / limit_share(BRISK)
    # Three journeys of 40 ms beside 1.2 s of bytes; a loaded machine may cost some more.
    assert 0.6 < share < 0.97
    up, down = net.counts()
    assert up.offered_bytes >= 150_000 * 1500 / 1448
    assert up.delivered_bytes <= up.offered_bytes
    # One acknowledgement may still be on its way.
    assert up.busy_s == pytest.approx(up.delivered_bytes * 8 / BRISK.up_bit_s, rel=1e-2)
    assert down.delivered_packets > 0


@needs_namespaces
def test_a_reset_ends_the_flow_at_both_ends(net: WeakNetwork, pair: _Pair) -> None:
    pair.do("open")
    assert pair.do("send", 40_000) == "done"
    net.cut("rst", 0.0)
    assert pair.heard()[0] == "ConnectionResetError"
    assert pair.do("send", 10) in ("BrokenPipeError", "ConnectionResetError")


@needs_namespaces
def test_a_hole_is_survived_by_the_flow(net: WeakNetwork, pair: _Pair) -> None:
    pair.do("open")
    assert pair.do("send", 10) == "done"
    net.cut("hole", 0.3)
    assert pair.do("send", 10) == "done"
    assert net.counts()[0].cut_packets > 0


@needs_namespaces
def test_a_forgotten_flow_is_silent_for_ever_and_a_new_one_gets_through(
    net: WeakNetwork, pair: _Pair
) -> None:
    pair.do("open")
    assert pair.do("send", 10) == "done"
    net.cut("nat", 0.0)
    assert pair.do("send", 10) == "TimeoutError"
    assert pair.do("open") == "done"
    assert pair.do("send", 10) == "done"


@needs_namespaces
def test_nothing_is_left_of_a_link_whose_owner_was_killed() -> None:
    owner = (
        "import sys\n"
        "from tests.link_packets import PROFILES, WeakNetwork\n"
        "with WeakNetwork(PROFILES['edge'], 1):\n"
        "    print('stands', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", owner],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stands\n"
        mark = f"loket-{process.pid}-"
        assert mark in _namespaces()
        process.send_signal(signal.SIGKILL)
    take_leftovers_away()
    assert mark not in _namespaces()


def _namespaces() -> str:
    return subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
