"""What the operating system tells of a TCP connection, and what it lets us choose for one.

Every wish is optional: where a system does not know it, nothing is set and nothing is told.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from dataclasses import dataclass

#: Fields of Linux's ``struct tcp_info`` up to ``tcpi_delivered_ce``.
_TCP_INFO = struct.Struct("8B24I4Q6I4Q2I")
_SIOCOUTQ = 0x5411
#: ``TCP_RTO_MAX_MS`` of Linux 6.15; Python has no name for it yet.
_TCP_RTO_MAX_MS = 44
#: Bounds what waits in the system unsent, so that a cut throws little away and progress is true.
_NOT_SENT_BYTES = 16 * 1024
_USUAL_RTO_MS = 120_000
#: ``TCP_CA_Loss`` of <linux/tcp.h>.
_TIMED_OUT = 4


@dataclass(frozen=True)
class TcpState:
    """What the system knows of one connection."""

    rto_s: float
    #: Since anything was last heard from the peer: an acknowledgement or bytes.
    unheard_s: float
    #: Handed to the system, not yet acknowledged.
    outstanding_bytes: int
    acked_bytes: int
    received_bytes: int
    #: The way there and back now, and when nothing stood in the queue.
    trip_s: float = 0.0
    least_trip_s: float = 0.0
    #: Segments with data since the beginning, and how many of them were sent again.
    segments: int = 0
    resent: int = 0
    #: Segments that arrived, out of turn or in it.
    delivered: int = 0
    segment_bytes: int = 1448
    #: Sent and neither arrived nor lost, as far as is known; and not yet sent.
    under_way_bytes: int = 0
    #: Nothing was heard for so long that TCP takes all under way for lost.
    is_timed_out: bool = False


def tcp_state(sock: socket.socket) -> TcpState | None:
    """Ask Linux for the state of a connection; None elsewhere."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None or sys.platform != "linux":
        return None
    try:
        raw = sock.getsockopt(socket.IPPROTO_TCP, option, _TCP_INFO.size)
        outstanding_bytes = _outstanding(sock)
    except OSError:
        return None
    if len(raw) < _TCP_INFO.size:
        return None
    fields = _TCP_INFO.unpack(raw)
    last_data_ms, last_ack_ms = fields[19], fields[20]
    segment_bytes, unsent_bytes = fields[10], fields[38]
    unacked, sacked, lost, resent = fields[12:16]
    return TcpState(
        rto_s=fields[8] / 1e6,
        unheard_s=min(last_data_ms, last_ack_ms) / 1e3,
        outstanding_bytes=outstanding_bytes,
        acked_bytes=fields[34],
        received_bytes=fields[35],
        trip_s=fields[23] / 1e6,
        least_trip_s=fields[39] / 1e6,
        segments=fields[41],
        resent=fields[31],
        delivered=fields[46],
        segment_bytes=segment_bytes,
        under_way_bytes=(unacked - sacked - lost + resent) * segment_bytes + unsent_bytes,
        is_timed_out=fields[1] == _TIMED_OUT,
    )


def _outstanding(sock: socket.socket) -> int:
    import fcntl  # Linux alone comes here

    raw = fcntl.ioctl(sock.fileno(), _SIOCOUTQ, bytes(4))
    return int(struct.unpack("i", raw)[0])


def tune(sock: socket.socket, congestion: str) -> None:
    """Make a fresh connection fit for a weak link."""
    # Without TCP_NODELAY the first request after a TLS 1.3 hand-shake waits two round trips more.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A dead peer is noticed even while we only wait; a live one answers, which TCP_INFO shows.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 3),
        ("TCP_KEEPINTVL", 2),
        ("TCP_KEEPCNT", 3),
        # The backstop for unacknowledged bytes; the default is about 15 minutes.
        ("TCP_USER_TIMEOUT", 35_000),
        # Never SO_SNDBUF, which starves the recovery of lost packets.
        ("TCP_NOTSENT_LOWAT", _NOT_SENT_BYTES),
    ):
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
    choose_congestion(sock, congestion)


def choose_congestion(sock: socket.socket, name: str) -> bool:
    """Let a connection, new or under way, heed losses by this rule; False where it is not known."""
    option = getattr(socket, "TCP_CONGESTION", None)
    if option is None:
        return False
    try:
        sock.setsockopt(socket.IPPROTO_TCP, option, name.encode())
    except OSError:
        return False
    return True


def offers(congestion: str) -> bool:
    """Tell whether this system lets us choose the rule for a connection."""
    with socket.socket() as probe:
        return choose_congestion(probe, congestion)


def try_often(sock: socket.socket, most_s: float | None) -> bool:
    """Let TCP send again at least so often what is not acknowledged; None as usual.

    TCP doubles its waits: a link that was away for ten seconds is found again up to ten seconds
    late. False where the system does not know the wish (before Linux 6.15).
    """
    if sys.platform != "linux":
        return False
    value = _USUAL_RTO_MS if most_s is None else max(1000, round(most_s * 1000))
    try:
        sock.setsockopt(socket.IPPROTO_TCP, _TCP_RTO_MAX_MS, value)
    except OSError:
        return False
    return True


def let_go(sock: socket.socket) -> None:
    """Let closing a dead connection end it at once.

    Else the system goes on sending what nobody takes, on a link that the next one needs.
    """
    how = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, how)
