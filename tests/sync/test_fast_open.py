"""A greeting that comes with the packet that asks for a connection, and networks that mind it."""

from __future__ import annotations

import errno
import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from app.errors import RemoteError
from app.sync.link import Link
from app.sync.link_adapter import Road
from app.sync.link_errors import Unreachable
from app.sync.link_fast_open import FastOpen, was_taken
from app.sync.link_memory import RoadMemory
from app.sync.link_reaching import Tls, reach
from app.sync.link_sockets import Patience, PatientTlsSocket, Watch
from app.sync.link_trust import PatientContext, tls_context
from tests.sync.hostile import HostileServer, answer, make_certificate, server_tls
from tests.sync.island import RoadClock
from tests.sync.own_network import (
    counted,
    in_own_network,
    lose_what_follows,
    swallow_greetings,
    why_not,
)

_REASON = why_not() or (
    "" if tls_context("", is_proven_otherwise=True).is_brief else "this OpenSSL greets at length"
)
needs_own_network = pytest.mark.skipif(bool(_REASON), reason=f"a network of its own: {_REASON}")
DAY_S = 24 * 3600.0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("own"))[:2]


def is_heard(url: str, memory: RoadMemory, trusted: Path) -> bool:
    """Ask the office for news; raises what came of it instead."""
    link = Link(
        url,
        RoadClock(),
        threading.Event(),
        office_id="tarempa",
        road=Road(ca_file=str(trusted)),
        patience=Patience(unheard_s=3.0, connect_s=(3.0,)),
        memory=memory,
    )
    try:
        return bool(link.pull(0))
    finally:
        link.close()


def in_its_network(
    certificate: tuple[Path, Path],
    work: Callable[[HostileServer, RoadMemory], None],
    *,
    takes_greetings: bool = True,
) -> None:
    """Do something with an office in a network of its own."""

    def inside() -> None:
        office = HostileServer(
            lambda asked: answer(200),
            tls=server_tls(*certificate),
            takes_greetings=takes_greetings,
        )
        with office:
            work(office, RoadMemory())

    in_own_network(inside)


@needs_own_network
def test_every_connection_greets_in_its_first_packet(certificate: tuple[Path, Path]) -> None:
    def work(office: HostileServer, memory: RoadMemory) -> None:
        for number in (1, 2):
            assert is_heard(office.url, memory, certificate[0])
            assert counted("TCPFastOpenPassive") == number
        # One each: nobody is greeted twice on a line that answers at once.
        assert office.connections == 2

    in_its_network(certificate, work)


@needs_own_network
def test_an_office_that_takes_no_early_greeting_is_reached_as_before_and_spared_it_soon(
    certificate: tuple[Path, Path],
) -> None:
    def work(office: HostileServer, memory: RoadMemory) -> None:
        for _ in range(5):
            assert is_heard(office.url, memory, certificate[0])
        assert counted("TCPFastOpenPassive") == 0
        assert counted("TCPFastOpenActiveFail") == 4
        assert office.connections == 5

    in_its_network(certificate, work, takes_greetings=False)


@needs_own_network
def test_whoever_was_greeted_early_is_believed_no_more_than_others(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    other = make_certificate(tmp_path)[0]

    def work(office: HostileServer, memory: RoadMemory) -> None:
        with pytest.raises(RemoteError) as caught:
            is_heard(office.url, memory, other)
        assert caught.value.code == "wrong_certificate"
        assert counted("TCPFastOpenPassive") == 1
        assert office.asked == []

    in_its_network(certificate, work)


@needs_own_network
def test_a_network_that_swallows_greetings_is_crossed_by_a_plain_attempt_and_then_spared_them(
    certificate: tuple[Path, Path],
) -> None:
    def work(office: HostileServer, memory: RoadMemory) -> None:
        swallow_greetings(office.listener)

        def is_crossed_at_once() -> bool:
            began_at = time.monotonic()
            assert is_heard(office.url, RoadMemory(), certificate[0])
            return time.monotonic() - began_at < 0.8

        # A busy machine may be late.
        assert any(is_crossed_at_once() for _ in range(3))
        for _ in range(3):
            memory.fast_open.note(0.0, was_taken=False)
        assert is_heard(office.url, memory, certificate[0])
        assert not memory.fast_open.is_worth_it(time.monotonic())
        assert counted("TCPFastOpenPassive") == 0

    in_its_network(certificate, work)


def reset(taken: socket.socket) -> None:
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    taken.close()


class BehindABox(HostileServer):
    """An office behind something that passes early greetings on and then ends their connection."""

    end: Callable[[socket.socket], None] = staticmethod(reset)
    greeted = 0

    def _serve(self, plain: socket.socket) -> None:
        if not was_taken(plain):
            super()._serve(plain)
            return
        self.greeted += 1
        self.end(plain)
        self._closing.wait(30)
        plain.close()


@needs_own_network
@pytest.mark.parametrize(
    ("end", "longest_s"), [(reset, 0.5), (lose_what_follows, 2.0)], ids=["reset", "lost"]
)
def test_a_network_that_ends_greeted_connections_is_crossed_plainly_and_then_spared_greetings(
    certificate: tuple[Path, Path], end: Callable[[socket.socket], None], longest_s: float
) -> None:
    def inside() -> None:
        memory = RoadMemory()
        office = BehindABox(lambda asked: answer(200), tls=server_tls(*certificate))
        office.end = end
        with office:
            took_s = []
            for _ in range(4):
                began_at = time.monotonic()
                assert is_heard(office.url, memory, certificate[0])
                took_s.append(time.monotonic() - began_at)
            # A busy machine may be late.
            assert min(took_s) < longest_s
            assert not memory.fast_open.is_worth_it(time.monotonic())
            greeted = office.greeted
            assert greeted >= 4
            assert is_heard(office.url, memory, certificate[0])
            assert office.greeted == greeted

    in_own_network(inside)


@needs_own_network
def test_an_office_that_resets_whoever_comes_is_away_after_one_plain_attempt(
    certificate: tuple[Path, Path],
) -> None:
    class ResetsAll(HostileServer):
        def _serve(self, plain: socket.socket) -> None:
            reset(plain)

    def inside() -> None:
        memory = RoadMemory()
        with ResetsAll(lambda asked: answer(200), tls=server_tls(*certificate)) as office:
            for _ in range(5):
                with pytest.raises(RemoteError, match="office_away"):
                    is_heard(office.url, memory, certificate[0])
            # A busy machine may begin one more.
            assert 10 <= office.connections < 20
        # That says nothing of the network.
        assert memory.fast_open.is_worth_it(time.monotonic())

    in_own_network(inside)


class Resets(PatientTlsSocket):
    """A greeting that something on the way resets."""

    code = errno.ECONNREFUSED

    def connect_ex(self, address: object) -> int:
        return self.code


class ResetsLater(Resets):
    """A greeting that something on the way resets once it stands."""

    code = errno.ECONNRESET


class MeetsAnother(PatientTlsSocket):
    """A greeting that is answered before one can look, by somebody else."""

    def connect_ex(self, address: object) -> int:
        return 0

    def shake_hands(self) -> bool:
        raise ssl.SSLCertVerificationError


def greeting_as(kind: type[PatientTlsSocket], *, is_brief: bool = True) -> Tls:
    context = PatientContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = kind
    return Tls(partial(context.begin, server_hostname="127.0.0.1"), is_brief)


@needs_own_network
@pytest.mark.parametrize(("is_again", "greetings"), [(False, 1), (True, 2)])
def test_a_link_that_was_cut_is_greeted_again_and_again(is_again: bool, greetings: int) -> None:
    asked: list[object] = []

    class GoesNowhere(PatientTlsSocket):
        def connect_ex(self, address: object) -> int:
            asked.append(address)
            return errno.ENETUNREACH

    def look_for_it() -> None:
        patience = Patience(connect_s=(0.6,))
        watch = Watch(time.monotonic, threading.Event(), patience)
        watch.is_again = is_again
        # There is no way to this address either.
        with pytest.raises(OSError, match="unreachable"):
            reach("192.0.2.1", 443, watch, greeting_as(GoesNowhere))

    in_own_network(look_for_it)
    assert len(asked) == greetings


@pytest.mark.parametrize("kind", [Resets, ResetsLater])
def test_a_network_that_resets_greetings_is_crossed_by_a_plain_attempt_at_once(
    kind: type[Resets],
) -> None:
    watch = watch_by_looks()
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        reach("127.0.0.1", listener.getsockname()[1], watch, greeting_as(kind)) as sock,
    ):
        assert not isinstance(sock, PatientTlsSocket)
        assert sock.getpeername() == listener.getsockname()
    assert watch.monotonic() < 0.2


def test_an_office_that_is_away_is_known_to_be_at_once_whoever_resets() -> None:
    watch = watch_by_looks()
    with pytest.raises(ConnectionRefusedError):
        reach("127.0.0.1", 9, watch, greeting_as(Resets))
    assert watch.monotonic() < 0.2


def watch_by_looks() -> Watch:
    """Return one whose time passes by a hundredth of a second whenever it is asked for."""
    looks = itertools.count()
    return Watch(lambda: next(looks) / 100, threading.Event())


def test_an_answer_to_a_greeting_that_proves_nothing_is_no_absence() -> None:
    watch = Watch(time.monotonic, threading.Event())
    with pytest.raises(ssl.SSLCertVerificationError):
        reach("127.0.0.1", 9, watch, greeting_as(MeetsAnother))


def test_a_long_greeting_waits_for_a_connection_that_stands() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        watch = Watch(time.monotonic, threading.Event())
        long = greeting_as(MeetsAnother, is_brief=False)
        with reach("127.0.0.1", listener.getsockname()[1], watch, long) as sock:
            assert not isinstance(sock, PatientTlsSocket)


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "localhost."])
def test_a_name_is_proven_however_it_is_written(tmp_path: Path, host: str) -> None:
    named = make_certificate(tmp_path, "localhost")
    tls = server_tls(named[0], named[1])
    with HostileServer(lambda asked: answer(200), tls=tls) as office:
        url = office.url.replace("127.0.0.1", host)
        assert is_heard(url, RoadMemory(), named[0])


def test_greetings_that_are_of_no_use_time_and_again_rest_for_a_day_on_that_network() -> None:
    here = [frozenset({"192.0.2.7"})]
    tried = FastOpen(lambda: here[0])
    for _ in range(3):
        tried.note(0.0, was_taken=False)
    assert tried.is_worth_it(0.0)
    tried.note(0.0, was_taken=True)
    for _ in range(4):
        assert tried.is_worth_it(0.0)
        tried.note(0.0, was_taken=False)
    assert not tried.is_worth_it(1.0)
    assert not tried.is_worth_it(DAY_S - 1)
    here[0] = frozenset({"198.51.100.7"})
    assert tried.is_worth_it(1.0)


def test_a_rest_is_over_after_a_day() -> None:
    tried = FastOpen(frozenset)
    for _ in range(4):
        tried.note(5.0, was_taken=False)
    assert not tried.is_worth_it(DAY_S)
    assert tried.is_worth_it(DAY_S + 5.0)


def test_an_office_that_is_not_there_is_away(
    certificate: tuple[Path, Path],
) -> None:
    with pytest.raises(Unreachable):
        is_heard("https://127.0.0.1:9", RoadMemory(), certificate[0])
