"""Reaching the office: attempts to connect that overlap, and a second way beside a silent one.

Never decides whether a connection is dead; never speaks HTTP.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from app.errors import AppError
from app.sync import link_fast_open
from app.sync.link_memory import Address
from app.sync.link_sockets import TICK_S, PatientSocket, PatientTlsSocket, Watch
from app.sync.link_system import tune
from app.sync.stopping import Stopped, Stopping

#: A lost first packet costs so much and not TCP's own second or three.
_EVERY_S = 0.25
#: An attempt that was not answered by then is dropped: most before TCP would repeat it, because the
#: next one is the repetition; one in four, and the first, later, for a line with a long queue.
_LIVES_S = (0.9, 5.0, 0.9, 0.9)
#: Which of them greet early: of the first ones, and after a cut of all. Some networks swallow
#: greetings, so not every one does; for those that end a connection which began so, see ``instead``
#: and ``_begin_plain_one``.
_ARE_EARLY = (True, False, True, True)
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)})
#: A router or a machine says no: nothing is gained by asking for long.
_FINAL = frozenset({errno.ECONNREFUSED, getattr(errno, "WSAECONNREFUSED", 0)})
#: The same, where the greeting alone may be minded.
_MINDED = _FINAL | {errno.ECONNRESET}
#: A greeting that was taken is answered with it. So much later it is not awaited alone.
_LATE_S = 1.0


@dataclass(frozen=True)
class Tls:
    """How TLS begins on a connection.

    Attributes:
        wrap: makes a TLS socket of a plain one, without a hand-shake.
        is_brief: its greeting is short enough to be sent with several attempts.
    """

    wrap: Callable[[PatientSocket], PatientTlsSocket]
    is_brief: bool


def reach(
    host: str, port: int, watch: Watch, tls: Tls | None = None
) -> PatientSocket | PatientTlsSocket:
    """Open a TCP connection; of several overlapping attempts the first answered one counts.

    Args:
        host: where.
        port: of it.
        watch: how long to try, and when to stop.
        tls: it may have begun when the connection stands, and the other attempts are kept for its
            hand-shake.

    Raises:
        OSError: nobody there; TimeoutError when nobody answered at all; SSLError when the office
            was met and not proven.
        Stopped: the program ends.
    """
    known = watch.memory.addresses.get((host, port))
    attempts = _Attempts([known] if known else _resolve(host, port), watch, tls)
    try:
        sock = attempts.first()
    except (OSError, Stopped):
        attempts.close()
        raise
    watch.begin()
    reached = _tuned(sock, watch)
    if tls is not None:
        reached.rivals = attempts
    else:
        attempts.close()
    return reached


def _tuned(sock: socket.socket, watch: Watch) -> PatientSocket | PatientTlsSocket:
    tune(sock, watch.memory.congestion)
    return sock if isinstance(sock, PatientTlsSocket) else PatientSocket(watch, sock)


class _Attempts:
    """Connections under way to one machine.

    Args:
        addresses: where it is, tried in turn.
        watch: how long to try, and when to stop.
        tls: begun on some of them as they are.
    """

    def __init__(self, addresses: list[Address], watch: Watch, tls: Tls | None) -> None:
        self._addresses = addresses
        self._watch = watch
        self._tls = tls if tls is not None and tls.is_brief else None
        #: Where to, since when, and until when.
        self._waiting: dict[socket.socket, tuple[Address, float, float]] = {}
        self._refused: set[Address] = set()
        #: Those that greeted early, and when.
        self._early: dict[socket.socket, float] = {}
        #: When the one that was answered first was begun.
        self._first_at = 0.0
        self._next_at = watch.monotonic()
        self._made = 0
        self._last: OSError = TimeoutError()

    def first(self) -> socket.socket:
        """Return the first connection that stands."""
        watch = self._watch
        limits = watch.patience.connect_s
        until = watch.monotonic() + (limits[-1] if watch.is_again else limits[0])
        while (now := watch.monotonic()) < until:
            if watch.stop.is_set():
                raise Stopped
            self._drop_old(now)
            if now >= self._next_at:
                self._next_at = now + _EVERY_S
                self._begin_one(now)
            if self._is_hopeless():
                break
            won = self._look(min(TICK_S, max(0.0, self._next_at - now)), self._waiting)
            if won is not None:
                return won
        raise self._last

    def another(self, *, is_greeted: bool) -> PatientSocket | PatientTlsSocket | None:
        """Return one more connection that stands by now, without waiting."""
        if not is_greeted:
            self._begin_plain_one()
        asked = self._early.keys() & self._waiting.keys() if is_greeted else self._waiting
        won = self._look(0.0, asked) if asked else None
        return _tuned(won, self._watch) if won is not None else None

    def instead(self, broken: PatientTlsSocket) -> PatientSocket | PatientTlsSocket | None:
        """Return a plain connection in place of one that greeted early; None if it did not."""
        if broken not in self._early:
            return None
        self._tls, self._next_at = None, 0.0
        for sock in self._early.keys() & self._waiting.keys():
            self._drop(sock)
        plain = _tuned(self.first(), self._watch)
        self._watch.begin()
        return plain

    def _begin_plain_one(self) -> None:
        """Where only greetings were answered so far, and none got on: what follows may be lost."""
        now = self._watch.monotonic()
        if (
            self._tls is not None
            and now >= self._next_at + _LATE_S
            and self._waiting.keys() <= self._early.keys()
        ):
            self._tls = None
            self._begin_one(now)

    def close(self, winner: PatientTlsSocket | None = None) -> None:
        """Drop what is still under way."""
        for sock in self._waiting:
            sock.close()
        self._waiting.clear()
        if winner is not None:
            self._judge(winner)

    def _judge(self, winner: PatientTlsSocket) -> None:
        """Learn whether greeting early is of use here.

        After a cut nobody knows when the line returned: those begun before it were lost with it.
        """
        since = self._first_at if self._watch.is_again else 0.0
        if winner in self._early or any(at >= since for at in self._early.values()):
            was_taken = winner in self._early and link_fast_open.was_taken(winner)
            fast_open = self._watch.memory.fast_open
            fast_open.note(self._watch.monotonic(), was_taken=was_taken)

    def _begin_one(self, now: float) -> None:
        round_, number = divmod(self._made, len(self._addresses))
        self._made += 1
        lives_s = _LIVES_S[round_ % len(_LIVES_S)] if round_ else max(_LIVES_S)
        address, ends_at = self._addresses[number], now + lives_s
        sock = socket.socket(address[0], socket.SOCK_STREAM)
        sock.setblocking(False)
        if hasattr(socket, "TCP_SYNCNT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
        if self._tls is not None and self._is_early(round_, now):
            sock, code = _greet(PatientSocket(self._watch, sock), address, self._tls)
            self._early[sock] = now
        else:
            code = sock.connect_ex(address[1])
        self._waiting[sock] = (address, now, ends_at)
        if code not in (0, *_UNDER_WAY):
            self._failed(sock, code)

    def _is_early(self, round_: int, now: float) -> bool:
        if round_ >= len(_ARE_EARLY) and not self._watch.is_again:
            return False
        is_chosen = _ARE_EARLY[round_ % len(_ARE_EARLY)]
        return is_chosen and self._watch.memory.fast_open.is_worth_it(now)

    def _drop_old(self, now: float) -> None:
        for sock, (_, _, ends_at) in tuple(self._waiting.items()):
            if now >= ends_at:
                self._drop(sock)

    def _look(self, wait_s: float, asked: Iterable[socket.socket]) -> socket.socket | None:
        waiting = list(asked)
        if not waiting:
            # Windows does not wait for nothing.
            threading.Event().wait(wait_s)
            return None
        _, ready, broken = select.select([], waiting, waiting, wait_s)
        for sock in dict.fromkeys((*ready, *broken)):
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                address, began_at, _ = self._waiting.pop(sock)
                self._first_at = self._first_at or began_at
                # What is begun from now on goes where somebody answered.
                self._addresses = [address]
                if sock not in self._early:
                    self._tls = None
                return sock
            self._failed(sock, code)
        return None

    def _is_hopeless(self) -> bool:
        """Every address said no. In the middle of something a network may yet come back."""
        return not self._waiting and self._refused.issuperset(self._addresses)

    def _failed(self, sock: socket.socket, code: int) -> None:
        address, _, _ = self._waiting[sock]
        self._last = OSError(code, os.strerror(code))
        if sock in self._early and code in _MINDED and self._tls is not None:
            # Perhaps somebody on the way minds the greeting alone: a plain attempt tells at once.
            self._tls, self._next_at = None, 0.0
        elif code in _FINAL or not self._watch.is_again:
            self._refused.add(address)
        self._drop(sock)

    def _drop(self, sock: socket.socket) -> None:
        self._waiting.pop(sock)
        sock.close()


def _greet(plain: PatientSocket, address: Address, tls: Tls) -> tuple[PatientTlsSocket, int]:
    """Begin TLS on a socket that is not connected yet; returns what the system says to it."""
    link_fast_open.ask(plain)
    greeting = tls.wrap(plain)
    greeting.setblocking(False)
    code = greeting.connect_ex(address[1])
    if code == 0:
        try:
            greeting.shake_hands()
        except ssl.SSLError:
            # So near that it was answered already, and is not who it should be.
            greeting.close()
            raise
        except OSError as error:
            code = error.errno or errno.ECONNABORTED
    greeting.settimeout(None)
    return greeting, code


def _resolve(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


class Warms(Protocol):
    """A line that can be connected ahead of its first request."""

    def warm_up(self) -> bool:
        """Connect; False when that failed."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


_log = logging.getLogger(__name__)
L = TypeVar("L", bound=Warms)


class SecondWay(Generic[L]):
    """A line made ready by a thread of its own, while another one is silent.

    It is itself the stop that the line's waits look at.

    Args:
        make_line: given that stop, makes the line.
        stop: of the program.
    """

    def __init__(self, make_line: Callable[[Stopping], L], stop: Stopping) -> None:
        self._stop = stop
        self._is_unwanted = threading.Event()
        self._is_done = threading.Event()
        self._make_line = make_line
        self._lock = threading.Lock()
        self._ready: L | None = None
        self._thread = threading.Thread(target=self._run, name="second way", daemon=True)
        self._thread.start()

    def is_set(self) -> bool:
        """Tell the line whether to end."""
        return self._is_unwanted.is_set() or self._stop.is_set()

    def is_ready(self) -> bool:
        """Tell whether the line stands."""
        return self._ready is not None

    def has_failed(self) -> bool:
        """Tell whether the line will never stand."""
        return self._is_done.is_set() and self._ready is None

    def take(self) -> L | None:
        """Wait until it stands or has failed; hand the line over.

        Raises:
            Stopped: the program ends.
        """
        while not self._is_done.wait(TICK_S):
            if self._stop.is_set():
                raise Stopped
        with self._lock:
            line, self._ready = self._ready, None
        return line

    def cancel(self) -> None:
        """Make an end of it without waiting: a line that stands, or will, is closed."""
        self._is_unwanted.set()
        self._close_unwanted()

    def join(self) -> None:
        """Make an end of it; waits no longer than one step of a connection takes."""
        self.cancel()
        self._thread.join(1.0)

    def _run(self) -> None:
        try:
            line = self._make_line(self)
            if line.warm_up():
                with self._lock:
                    self._ready = line
            else:
                line.close()
        except (AppError, OSError, ValueError) as error:
            # No certificates, no descriptors: the first line alone must do.
            _log.warning("no second line: %s", error)
        finally:
            self._is_done.set()
        if self._is_unwanted.is_set():
            self._close_unwanted()

    def _close_unwanted(self) -> None:
        with self._lock:
            line, self._ready = self._ready, None
        if line is not None:
            line.close()
