"""Sockets that wait for progress, not for a total time; and the rule that says when a peer is dead.

Never waits longer than a quarter of a second without looking at ``stop``.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from urllib3.util.wait import wait_for_read

from app.sync.stopping import Stopped, Stopping

T = TypeVar("T")

#: How long one wait inside a socket call lasts before progress and ``stop`` are looked at.
_TICK_S = 0.25
#: Fields of Linux's ``struct tcp_info`` up to ``tcpi_notsent_bytes``.
_TCP_INFO = struct.Struct("8B24I4Q3I")
_NOT_SENT_BYTES = 16 * 1024


class Stalled(Exception):
    """The peer is dead, or the road carries nothing; not an OSError, so that nobody retries it."""


@dataclass(frozen=True)
class Patience:
    """How long lack of progress is borne, in seconds."""

    #: Unacknowledged bytes and not one acknowledgement; or 1.3 of TCP's own time-out if that is
    #: longer. Any acknowledgement counts: with a hole lost twice the cumulative one stands still
    #: for 5 to 9 s while later bytes do arrive (traps 3 and 4).
    unheard_s: float = 4.0
    #: Everything acknowledged, and not even a keep-alive answered.
    idle_s: float = 9.0
    #: The peer's machine lives but takes and gives no byte: a hung office, a window shut for good.
    fruitless_s: float = 60.0
    #: The system tells nothing of acknowledgements: no byte handed over or taken.
    blind_s: float = 45.0
    #: One attempt to connect: two SYNs (at 0 and 1 s) on any road we know.
    connect_s: tuple[float, ...] = (2.2, 4.4)


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


def tcp_state(sock: socket.socket) -> TcpState | None:
    """Ask Linux for the state of a connection; None elsewhere."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    try:
        raw = sock.getsockopt(socket.IPPROTO_TCP, option, _TCP_INFO.size)
    except OSError:
        return None
    if len(raw) < _TCP_INFO.size:
        return None
    fields = _TCP_INFO.unpack(raw)
    rto_us, _, segment, _, unacked = fields[8:13]
    last_data_ms, last_ack_ms = fields[19], fields[20]
    acked, received = fields[34], fields[35]
    unsent = fields[38]
    return TcpState(
        rto_s=rto_us / 1e6,
        unheard_s=min(last_data_ms, last_ack_ms) / 1e3,
        outstanding_bytes=unacked * segment + unsent,
        acked_bytes=acked,
        received_bytes=received,
    )


class Watch:
    """Judges one link's connections while a request is under way; used by one thread.

    Args:
        monotonic: seconds that never go back.
        stop: looked at in every wait.
        patience: the limits.
    """

    def __init__(
        self, monotonic: Callable[[], float], stop: Stopping, patience: Patience | None = None
    ) -> None:
        self._monotonic = monotonic
        self.stop = stop
        self.patience = patience or Patience()
        self._began_at = self._moved_at = monotonic()
        self._counted = (-1, -1)
        #: Called on each tick, for progress while the last bytes drain.
        self.on_tick: Callable[[], None] = lambda: None
        #: A whole answer has come on the present connection: TLS has nothing of its own to say any
        #: more, and whatever can be read while we send is an early answer.
        self.has_answered = False
        self._live: socket.socket | None = None

    def use(self, sock: socket.socket) -> None:
        """Look at this connection from now on."""
        if sock is not self._live:
            self._live = sock

    def outstanding_bytes(self) -> int:
        """Return how many bytes the peer has not acknowledged, as far as the system tells."""
        state = tcp_state(self._live) if self._live is not None else None
        return state.outstanding_bytes if state else 0

    def look_around(self, sock: socket.socket) -> None:
        """Before each block: end when told to, and do not talk on once the office has answered.

        Raises:
            BrokenPipeError: an answer waits to be read; urllib3 takes that as the time to read it.
            Stopped: the program ends.
        """
        if self.stop.is_set():
            raise Stopped
        self.use(sock)
        if self.has_answered and wait_for_read(sock, timeout=0.0):
            raise BrokenPipeError

    def begin(self) -> None:
        """A request starts: what the connection did while idle does not count against it."""
        self._began_at = self._moved_at = self._monotonic()
        self._counted = (-1, -1)

    def moved(self) -> None:
        """Bytes were handed over or taken."""
        self._moved_at = self._monotonic()

    def check(self, sock: socket.socket) -> None:
        """Look at the connection after a wait without a byte moved.

        Raises:
            Stalled: no progress for too long.
            Stopped: the program ends.
        """
        if self.stop.is_set():
            raise Stopped
        self.on_tick()
        state = tcp_state(sock)
        if self.is_stalled(state):
            raise Stalled

    def is_stalled(self, state: TcpState | None) -> bool:
        """Apply the rule of ``Patience``."""
        now = self._monotonic()
        if state is None:
            return now - self._moved_at > self.patience.blind_s
        counted = (state.acked_bytes, state.received_bytes)
        if counted != self._counted:
            self._counted, self._moved_at = counted, now
        unheard_s = min(state.unheard_s, now - self._began_at)
        if state.outstanding_bytes:
            most_s = max(self.patience.unheard_s, 1.3 * state.rto_s)
        else:
            most_s = self.patience.idle_s
        return unheard_s > most_s or now - self._moved_at > self.patience.fruitless_s


class _Patient:
    """Mixed into a socket class: each blocking call becomes a run of short ones under the watch."""

    watch: Watch

    def settimeout(self, value: float | None) -> None:
        """Refuse any other time-out than the tick.

        urllib3 sets the connect time-out on a reused connection before sending (trap 2), and the
        read time-out from the moment the last byte is handed to the system (trap 3): both kill a
        slow but healthy transfer. Here time-outs come from the watch alone.
        """
        super().settimeout(_TICK_S)  # type: ignore[misc]

    def sendall(self, content: Any, flags: int = 0, /) -> None:  # noqa: ANN401
        """Send everything, for as long as it takes while there is progress.

        The standard ``sendall`` counts its time-out over the whole call (trap 1).
        """
        self.watch.look_around(self)  # type: ignore[arg-type]
        view = memoryview(content).cast("B")
        at = 0
        while at < len(view):
            rest = view[at:]
            at += self._patiently(lambda rest=rest: super(_Patient, self).send(rest))  # type: ignore[misc]
            self.watch.moved()

    def recv_into(self, *args: Any, **named: Any) -> int:  # noqa: ANN401
        """Take bytes once some are there."""
        taken: int = self._patiently(lambda: super(_Patient, self).recv_into(*args, **named))  # type: ignore[misc]
        self.watch.moved()
        return taken

    def recv(self, *args: Any, **named: Any) -> bytes:  # noqa: ANN401
        """Take bytes once some are there."""
        taken: bytes = self._patiently(lambda: super(_Patient, self).recv(*args, **named))  # type: ignore[misc]
        self.watch.moved()
        return taken

    def do_handshake(self, block: bool = False) -> None:
        """TLS hand-shake, by progress as well."""
        try:
            self._patiently(lambda: super(_Patient, self).do_handshake())  # type: ignore[misc]
        except (Stalled, Stopped):
            # ssl closes the socket only after errors that it knows.
            self.close()  # type: ignore[attr-defined]
            raise

    def _patiently(self, step: Callable[[], T]) -> T:
        while True:
            try:
                return step()
            except TimeoutError:
                self.watch.check(self)  # type: ignore[arg-type]


class PatientSocket(_Patient, socket.socket):
    """A TCP socket under a watch."""

    def __init__(self, watch: Watch, plain: socket.socket) -> None:
        super().__init__(plain.family, plain.type, plain.proto, fileno=plain.detach())
        self.watch = watch
        self.settimeout(None)


def patient_tls(watch: Watch) -> type[ssl.SSLSocket]:
    """Return the class of TLS sockets under this watch, for ``SSLContext.sslsocket_class``."""
    return type("PatientTlsSocket", (_Patient, ssl.SSLSocket), {"watch": watch})


def connect(address: tuple[str, int], watch: Watch) -> PatientSocket:
    """Open a TCP connection, tuned for a weak link.

    Raises:
        OSError: nobody there; TimeoutError when nobody answered at all.
        Stopped: the program ends.
    """
    last: OSError = TimeoutError()
    for wait_s in watch.patience.connect_s:
        if watch.stop.is_set():
            raise Stopped
        try:
            sock = socket.create_connection(address, wait_s)
        except TimeoutError as error:
            last = error
            continue
        watch.begin()
        watch.has_answered = False
        _tune(sock)
        return PatientSocket(watch, sock)
    raise last


def _tune(sock: socket.socket) -> None:
    # Without TCP_NODELAY the first request after a TLS 1.3 hand-shake waits two round trips more.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A dead peer is noticed even while we only wait; a live one answers, which TCP_INFO shows.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 3),
        ("TCP_KEEPINTVL", 2),
        ("TCP_KEEPCNT", 3),
        # The backstop for unacknowledged bytes; the default is about 15 minutes.
        ("TCP_USER_TIMEOUT", 15_000),
        # Bounds what waits in the system unsent, so that a cut throws little away and progress is
        # true; never SO_SNDBUF, which starves the recovery of lost packets.
        ("TCP_NOTSENT_LOWAT", _NOT_SENT_BYTES),
    ):
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
    if hasattr(socket, "TCP_CONGESTION"):
        # Three times as fast as cubic on a satellite link with 5 % loss; not allowed everywhere.
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"bbr")
