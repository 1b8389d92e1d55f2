"""Sockets that wait for progress, not for a total time; and the rule that says when a peer is dead.

Never waits longer than a tenth of a second without looking at ``stop``.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from urllib3.util.wait import wait_for_read

from app.sync.link_memory import RoadMemory
from app.sync.link_system import TcpState, choose_congestion, let_go, tcp_state, try_often
from app.sync.stopping import Stopped, Stopping

T = TypeVar("T")

#: How long one wait inside a socket call lasts before progress and ``stop`` are looked at.
TICK_S = 0.1
#: How often a busy connection is asked how it fares.
_LOOK_S = 0.25
#: How often a full line is asked for room.
_ROOM_S = 0.03
#: A connection in doubt lets TCP try again so often.
_OFTEN_S = 5.0
#: It is in doubt until it has sent so many segments again: after a cut TCP may take an old word for
#: a new one, and rest once more while another connection would be ready.
_REVIVED_SEGMENTS = 4


class Stalled(Exception):
    """The peer is dead, or the road carries nothing; not an OSError, so that nobody retries it."""


@dataclass(frozen=True)
class Patience:
    """How long lack of progress is borne, in seconds."""

    #: Unacknowledged bytes and not one acknowledgement; or 1.3 of TCP's own time-out if that is
    #: longer. Any acknowledgement counts: with a hole lost twice the cumulative one stands still
    #: for 5 to 9 s while later bytes do arrive (traps 3 and 4).
    unheard_s: float = 4.0
    #: The same where TCP can be told to try again every few seconds: a link that was merely away
    #: is used again as it was, with all that had arrived, unless another connection is ready first.
    revival_s: float = 30.0
    #: Everything acknowledged, and not even a keep-alive answered.
    idle_s: float = 9.0
    #: The peer's machine lives but takes and gives no byte: a hung office, a window shut for good.
    fruitless_s: float = 60.0
    #: The system tells nothing of acknowledgements: no byte handed over or taken.
    blind_s: float = 45.0
    #: From then on another connection is tried beside the silent one, and used if it is there
    #: first: with unacknowledged bytes, and without (TCP asks every few seconds then).
    doubt_s: float = 1.5
    idle_doubt_s: float = 5.5
    #: How long to go on trying to connect: at first, and after a cut in the middle of something.
    connect_s: tuple[float, ...] = (6.6, 45.0)


class Watch:
    """Judges one connection while a request is under way; used by one thread.

    Args:
        monotonic: seconds that never go back.
        stop: looked at in every wait.
        patience: the limits.
        memory: of the road.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        stop: Stopping,
        patience: Patience | None = None,
        memory: RoadMemory | None = None,
    ) -> None:
        self.monotonic = monotonic
        self.stop = stop
        self.patience = patience or Patience()
        self.memory = memory or RoadMemory()
        self._began_at = self._moved_at = monotonic()
        self._counted = (-1, -1)
        self._looked_at = float("-inf")
        self._last: tuple[socket.socket, TcpState] | None = None
        self._is_tried_often = False
        #: Segments sent when the connection was last in silence; None once it is past doubt.
        self._silent_segments: int | None = None
        #: Called on each tick, for progress while the last bytes drain.
        self.on_tick: Callable[[], None] = lambda: None
        #: Told on each tick whether the connection is in doubt; True when another is ready.
        self.on_doubt: Callable[[bool], bool] = lambda is_doubted: False
        #: Something was under way when the last connection was lost: worth a longer wait.
        self.is_again = False
        self._live: socket.socket | None = None

    def outstanding_bytes(self) -> int | None:
        """Return how many bytes the peer has not acknowledged; None if the system does not tell."""
        state = tcp_state(self._live) if self._live is not None else None
        return state.outstanding_bytes if state else None

    def look_around(self, sock: _Patient) -> None:
        """Before each block: end when told to, and do not talk on once the office has answered.

        Raises:
            BrokenPipeError: an answer waits to be read; urllib3 takes that as the time to read it.
            Stopped: the program ends.
        """
        if self.stop.is_set():
            raise Stopped
        self._live = sock.plain()
        if sock.is_answered_early():
            raise BrokenPipeError
        self._learn(sock.plain())

    def begin(self) -> None:
        """A request starts: what the connection did while idle does not count against it."""
        self._began_at = self._moved_at = self.monotonic()
        self._counted = (-1, -1)
        self._last = None
        self._silent_segments = None

    def moved(self) -> None:
        """Bytes were handed over or taken."""
        self._moved_at = self.monotonic()

    def check(self, sock: socket.socket) -> None:
        """Look at the connection after a wait without a byte moved.

        Raises:
            Stalled: no progress for too long, or another connection was ready first.
            Stopped: the program ends.
        """
        if self.stop.is_set():
            raise Stopped
        self.on_tick()
        state = tcp_state(sock)
        is_doubted = self.is_doubted(state)
        if is_doubted != self._is_tried_often:
            self._is_tried_often = try_often(sock, _OFTEN_S if is_doubted else None) and is_doubted
        is_overtaken = self.on_doubt(is_doubted)
        if is_overtaken or self.is_stalled(state):
            let_go(sock)
            raise Stalled
        self._learn(sock)

    def is_stalled(self, state: TcpState | None) -> bool:
        """Apply the rule of ``Patience``."""
        now = self.monotonic()
        if state is None:
            return now - self._moved_at > self.patience.blind_s
        counted = (state.acked_bytes, state.received_bytes)
        if counted != self._counted:
            self._counted, self._moved_at = counted, now
        if not state.outstanding_bytes:
            most_s = self.patience.idle_s
        elif self._is_tried_often:
            most_s = max(self.patience.unheard_s, self.patience.revival_s)
        else:
            most_s = max(self.patience.unheard_s, 1.3 * state.rto_s)
        unheard_s = self._unheard_s(state)
        return unheard_s > most_s or now - self._moved_at > self.patience.fruitless_s

    def is_doubted(self, state: TcpState | None) -> bool:
        """Tell whether another connection might do better than this one, by the same rule."""
        if state is None:
            return False
        most_s = self.patience.doubt_s if state.outstanding_bytes else self.patience.idle_doubt_s
        if self._unheard_s(state) > most_s:
            self._silent_segments = state.segments
        elif self._silent_segments is not None:
            again = state.segments - self._silent_segments
            if again >= _REVIVED_SEGMENTS or not state.outstanding_bytes:
                self._silent_segments = None
        return self._silent_segments is not None

    def _unheard_s(self, state: TcpState) -> float:
        return min(state.unheard_s, self.monotonic() - self._began_at)

    def is_line_full(self, sock: socket.socket) -> bool:
        """Tell whether more would only stand in a queue somewhere."""
        state = tcp_state(sock)
        return state is not None and state.under_way_bytes > self.memory.most_under_way(state)

    def _learn(self, sock: socket.socket) -> None:
        """Ask now and then how a busy connection fares, and let it heed losses accordingly."""
        now = self.monotonic()
        lasted_s = now - self._looked_at
        if lasted_s < _LOOK_S:
            return
        self._looked_at = now
        state = tcp_state(sock)
        if state is None or not state.outstanding_bytes:
            self._last = None
            return
        if self._last is not None and self._last[0] is sock:
            self.memory.note(self._last[1], state, lasted_s)
            for rule in self.memory.rules(state, now):
                choose_congestion(sock, rule)
        self._last = (sock, state)


class _Patient:
    """Mixed into a socket class: each blocking call becomes a run of short ones under the watch.

    Attributes:
        rivals: what a TLS hand-shake may be tried over as well; whoever takes the socket ends them.
    """

    watch: Watch
    rivals: Rivals | None = None
    #: The first byte of an answer that was met while looking for one.
    _early = b""

    def settimeout(self, value: float | None) -> None:
        """Refuse any other time-out than the tick.

        urllib3 sets the connect time-out on a reused connection before sending (trap 2), and the
        read time-out from the moment the last byte is handed to the system (trap 3): both kill a
        slow but healthy transfer. Here time-outs come from the watch alone.
        """
        super().settimeout(TICK_S)  # type: ignore[misc]

    def plain(self) -> socket.socket:
        """Return itself as what it is besides."""
        assert isinstance(self, socket.socket)
        return self

    def is_answered_early(self) -> bool:
        """Tell, without waiting, whether the office has begun to answer.

        What TLS has to say of its own (tickets after a hand-shake) is taken in and does not count.

        Raises:
            ConnectionResetError: the other side has closed.
        """
        if self._early:
            return True
        if not wait_for_read(self.plain(), timeout=0.0):
            return False
        super().settimeout(0.0)  # type: ignore[misc]
        try:
            self._early = super().recv(1)  # type: ignore[misc]
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        finally:
            self.settimeout(None)
        if not self._early:
            raise ConnectionResetError
        return True

    def sendall(self, content: Any, flags: int = 0, /) -> None:  # noqa: ANN401
        """Send everything, for as long as it takes while there is progress.

        The standard ``sendall`` counts its time-out over the whole call (trap 1).
        """
        self.watch.look_around(self)
        while self.watch.is_line_full(self.plain()):
            wait_for_read(self.plain(), timeout=_ROOM_S)
            self.watch.check(self.plain())
            self.watch.look_around(self)
        view = memoryview(content).cast("B")
        at = 0
        while at < len(view):
            rest = view[at:]
            try:
                at += self._patiently(
                    lambda rest=rest: super(_Patient, self).send(rest),  # type: ignore[misc]
                    look=self._look_for_answer,
                )
            except OSError:
                # An office that refuses closes behind its answer: that counts, not the closing.
                if self.is_answered_early():
                    raise BrokenPipeError from None
                raise
            self.watch.moved()

    def recv_into(self, *args: Any, **named: Any) -> int:  # noqa: ANN401
        """Take bytes once some are there."""
        if self._early:
            memoryview(args[0]).cast("B")[:1], self._early = self._early, b""
            return 1
        taken: int = self._patiently(lambda: super(_Patient, self).recv_into(*args, **named))  # type: ignore[misc]
        self.watch.moved()
        return taken

    def recv(self, *args: Any, **named: Any) -> bytes:  # noqa: ANN401
        """Take bytes once some are there."""
        if self._early:
            early, self._early = self._early, b""
            return early
        taken: bytes = self._patiently(lambda: super(_Patient, self).recv(*args, **named))  # type: ignore[misc]
        self.watch.moved()
        return taken

    def shake_hands(self) -> bool:
        """Go on with the TLS hand-shake without waiting; True once it is done."""
        super().settimeout(0.0)  # type: ignore[misc]
        try:
            super().do_handshake()  # type: ignore[misc]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        finally:
            self.settimeout(None)
        return True

    def _look_for_answer(self) -> None:
        """End the sending once the office has answered: it may take no more of it."""
        if self.is_answered_early():
            raise BrokenPipeError

    def _patiently(self, step: Callable[[], T], look: Callable[[], None] = lambda: None) -> T:
        while True:
            try:
                return step()
            except TimeoutError:
                look()
                self.watch.check(self)  # type: ignore[arg-type]


class Rivals(Protocol):
    """Other attempts to reach the same machine, still under way."""

    def another(self, *, is_greeted: bool) -> PatientSocket | PatientTlsSocket | None:
        """Return one that stands by now, without waiting.

        Args:
            is_greeted: only one on which TLS has begun already.
        """

    def instead(self, broken: PatientTlsSocket) -> PatientSocket | PatientTlsSocket | None:
        """Return one in place of one that broke, waiting for it; None where that is final.

        Raises:
            OSError: nobody there any more.
            Stopped: the program ends.
        """

    def close(self, winner: PatientTlsSocket | None = None) -> None:
        """Drop them; they are told whose hand-shake was done first."""


class PatientSocket(_Patient, socket.socket):
    """A TCP socket under a watch."""

    def __init__(self, watch: Watch, plain: socket.socket) -> None:
        super().__init__(plain.family, plain.type, plain.proto, fileno=plain.detach())
        self.watch = watch
        self.settimeout(None)


class PatientTlsSocket(_Patient, ssl.SSLSocket):
    """A TLS socket under the watch of the socket beneath; made by ``app.sync.link_trust``."""
