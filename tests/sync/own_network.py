"""A network of a test's own inside this process: a loopback with what the system allows there."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_SO_ATTACH_FILTER = 26
_FAST_OPEN = Path("/proc/sys/net/ipv4/tcp_fastopen")


def why_not() -> str:
    """Return why this machine cannot make one; empty when it can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "network namespaces need root"
    return ""


def in_own_network(work: Callable[[], T]) -> T:
    """Run work on a thread that sees, with all threads it starts, its own network alone."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_enter).result()
        return thread.submit(work).result()


def counted(name: str) -> int:
    """Return what the network of this thread has counted, by the system's name for it."""
    lines = Path("/proc/thread-self/net/netstat").read_text().splitlines()
    names, values = (line.split() for line in lines if line.startswith("TcpExt:"))
    return int(values[names.index(name)])


def swallow_greetings(listener: socket.socket) -> None:
    """Lose what asks for a connection and brings bytes already, as some networks do."""
    # A listener's filter sees each segment from its TCP header on.
    steps = (
        (0x30, 0, 0, 12),  # the header's length, in the upper half
        (0x54, 0, 0, 0xF0),
        (0x74, 0, 0, 2),
        (0x07, 0, 0, 0),
        (0x80, 0, 0, 0),  # longer than that?
        (0x2D, 0, 2, 0),
        (0x30, 0, 0, 13),  # and SYN?
        (0x45, 1, 0, 0x02),
        (0x06, 0, 0, 0xFFFF),
        (0x06, 0, 0, 0),
    )
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in steps))
    found = struct.pack("@HP", len(steps), ctypes.addressof(program))
    listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, found)


def lose_what_follows(taken: socket.socket) -> None:
    """Lose all that comes for a connection from now on, as if somebody on the way had."""
    drop = ctypes.create_string_buffer(struct.pack("=HBBI", 0x06, 0, 0, 0))
    found = struct.pack("@HP", 1, ctypes.addressof(drop))
    taken.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, found)


def _enter() -> None:
    import fcntl  # not everywhere, and tests that skip import this file

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    # As docs/office.md tells operators of an office.
    _FAST_OPEN.write_text("3")
