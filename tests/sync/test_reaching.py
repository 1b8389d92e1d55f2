"""Silence, doubt, and hand-shakes that overlap: the first connection that gets on is used."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.sync.link_reaching import SecondWay
from app.sync.link_sockets import PatientSocket, PatientTlsSocket, Watch
from app.sync.link_system import TcpState
from app.sync.link_trust import tls_context
from tests.sync.hostile import HostileServer, answer, make_certificate, server_tls


class Another:
    """More connections that stand, one each time it is asked."""

    def __init__(self, *make: Callable[[], PatientSocket | PatientTlsSocket]) -> None:
        self._make = list(make)
        self.asked: list[bool] = []
        self.is_closed = False

    def another(self, *, is_greeted: bool) -> PatientSocket | PatientTlsSocket | None:
        self.asked.append(is_greeted)
        return self._make.pop(0)() if self._make else None

    def instead(self, broken: PatientTlsSocket) -> None:
        pass

    def close(self, winner: PatientTlsSocket | None = None) -> None:
        self.is_closed = True


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return make_certificate(tmp_path / "own")[:2]


@pytest.fixture
def office(certificate: tuple[Path, Path]) -> Iterator[HostileServer]:
    with HostileServer(lambda asked: answer(200), tls=server_tls(*certificate)) as server:
        yield server


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def connected(port: int) -> PatientSocket:
    plain = socket.create_connection(("127.0.0.1", port))
    return PatientSocket(Watch(time.monotonic, threading.Event()), plain)


def shake(sock: PatientSocket, trusted: Path) -> PatientTlsSocket:
    context = tls_context(str(trusted), is_proven_otherwise=False)
    shaken = context.wrap_socket(sock, server_hostname="127.0.0.1")
    assert isinstance(shaken, PatientTlsSocket)
    return shaken


def port_of(office: HostileServer) -> int:
    return int(office.url.rpartition(":")[2])


def test_a_hand_shake_that_is_not_answered_is_overtaken_by_the_next_one(
    office: HostileServer, silent: socket.socket, certificate: tuple[Path, Path]
) -> None:
    sock = connected(silent.getsockname()[1])
    sock.rivals = rivals = Another(lambda: connected(port_of(office)))
    with shake(sock, certificate[0]) as shaken:
        assert shaken.getpeername()[1] == port_of(office)
        assert shaken.version() == "TLSv1.3"
    assert rivals.is_closed


def test_while_two_hand_shakes_are_silent_a_third_one_is_heard_that_costs_nothing_more(
    office: HostileServer, silent: socket.socket, certificate: tuple[Path, Path]
) -> None:
    context = tls_context(str(certificate[0]), is_proven_otherwise=False)

    def greeted() -> PatientTlsSocket:
        return context.begin(connected(port_of(office)), "127.0.0.1")

    sock = connected(silent.getsockname()[1])
    sock.rivals = rivals = Another(lambda: connected(silent.getsockname()[1]), greeted)
    with shake(sock, certificate[0]) as shaken:
        assert shaken.getpeername()[1] == port_of(office)
    assert rivals.asked[:2] == [False, True]


def test_nobody_is_greeted_under_one_name_and_believed_under_another(
    office: HostileServer, certificate: tuple[Path, Path]
) -> None:
    context = tls_context(str(certificate[0]), is_proven_otherwise=False)
    with (
        context.begin(connected(port_of(office)), "office.example") as greeted,
        pytest.raises(ValueError, match="another name"),
    ):
        context.wrap_socket(greeted, server_hostname="127.0.0.1")


@pytest.mark.parametrize("is_reset", [False, True])
def test_a_rival_that_breaks_does_not_end_the_first_hand_shake(
    silent: socket.socket, certificate: tuple[Path, Path], is_reset: bool
) -> None:
    sock = connected(silent.getsockname()[1])
    first, _ = silent.accept()

    def answer_first() -> None:
        with server_tls(*certificate).wrap_socket(first, server_side=True) as shaken:
            shaken.recv(1)

    answering = threading.Thread(target=answer_first)

    def breaking() -> PatientSocket:
        rival = connected(silent.getsockname()[1])
        other, _ = silent.accept()
        if is_reset:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.close()
        answering.start()
        return rival

    sock.rivals = Another(breaking)
    with shake(sock, certificate[0]) as shaken:
        assert shaken.version() == "TLSv1.3"
    answering.join(20)


def test_an_office_that_is_not_proven_is_refused_at_once_whoever_else_is_asked(
    office: HostileServer, silent: socket.socket, tmp_path: Path
) -> None:
    sock = connected(port_of(office))
    sock.rivals = rivals = Another(lambda: connected(silent.getsockname()[1]))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(sock, make_certificate(tmp_path / "other")[0])
    assert rivals.is_closed


def test_a_word_from_a_silent_connection_ends_the_doubt_only_once_it_sends_again() -> None:
    now = [0.0]
    watch = Watch(lambda: now[0], threading.Event())
    now[0] = 100.0

    def is_doubted(unheard_s: float, segments: int, outstanding: int = 9000) -> bool:
        return watch.is_doubted(TcpState(1.0, unheard_s, outstanding, 10, 10, segments=segments))

    assert not is_doubted(1.4, 50)
    assert is_doubted(1.6, 50)
    # TCP's own tries in the silence are no life.
    assert is_doubted(9.0, 58)
    assert is_doubted(0.1, 59)
    assert not is_doubted(0.3, 62)
    assert not is_doubted(0.3, 62)
    # With nothing under way a word is enough.
    assert is_doubted(1.6, 62)
    assert not is_doubted(0.1, 62, outstanding=0)


class Lame:
    """A line that never stands."""

    def warm_up(self) -> bool:
        return False

    def close(self, winner: PatientTlsSocket | None = None) -> None:
        pass


def test_a_second_way_that_failed_makes_room_for_the_next_one() -> None:
    way = SecondWay(lambda _stop: Lame(), threading.Event())
    assert way.take() is None
    assert way.has_failed()
    assert not way.is_ready()
