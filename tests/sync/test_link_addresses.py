"""Where the office answered last is known for the next connection, and forgotten with reason."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import RemoteError
from app.sync.link import Link
from app.sync.link_adapter import Road
from app.sync.link_memory import Address, RoadMemory
from app.sync.link_sockets import Patience
from tests.sync.hostile import Asked, HostileServer, answer, make_certificate, server_tls
from tests.sync.island import RoadClock

HOST = "127.0.0.1"
SHORT = Patience(unheard_s=0.5, idle_s=0.5, fruitless_s=0.5, blind_s=0.5, connect_s=(0.5,))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("own"))[:2]


@pytest.fixture
def office(certificate: tuple[Path, Path]) -> Iterator[HostileServer]:
    with HostileServer(lambda asked: answer(200), tls=server_tls(*certificate)) as server:
        yield server


def ask(office: HostileServer, memory: RoadMemory, trusted: Path) -> str:
    """Ask the office for news; return the error's code, empty when it answered."""
    link = Link(
        office.url,
        RoadClock(),
        threading.Event(),
        office_id="tarempa",
        road=Road(ca_file=str(trusted)),
        patience=SHORT,
        memory=memory,
    )
    try:
        link.pull(0)
    except RemoteError as error:
        return error.code
    finally:
        link.close()
    return ""


def at(address: tuple[str, int]) -> Address:
    return (socket.AF_INET, address)


def of(server: HostileServer) -> tuple[str, int]:
    return HOST, server.listener.getsockname()[1]


def test_an_office_that_was_proven_is_found_again_without_asking_for_its_name(
    office: HostileServer, certificate: tuple[Path, Path]
) -> None:
    memory = RoadMemory()
    assert ask(office, memory, certificate[0]) == ""
    assert memory.addresses == {of(office): at(of(office))}


def test_a_login_page_under_the_offices_name_is_not_taken_for_its_address(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    page = server_tls(*make_certificate(tmp_path)[:2])
    memory = RoadMemory()
    with HostileServer(lambda asked: answer(200), tls=page) as portal:
        assert ask(portal, memory, certificate[0]) == "wrong_certificate"
    assert memory.addresses == {}


def test_whoever_is_only_asked_for_the_time_is_not_taken_for_the_office(tmp_path: Path) -> None:
    expired = make_certificate(tmp_path, days_ago=60)
    memory = RoadMemory()
    with HostileServer(lambda asked: answer(200), tls=server_tls(*expired[:2])) as server:
        assert ask(server, memory, expired[0]) == "wrong_certificate"
        # It was asked for the time, over a connection that stood.
        assert [one.path for one in server.asked] == ["/v1/health"]
    assert memory.addresses == {}


def stranger(asked: Asked) -> bytes:
    return answer(502, {"Loket-Office": ""})


def login_page(asked: Asked) -> bytes:
    return answer(200, {"Loket-Office": ""})


def another_office(asked: Asked) -> bytes:
    return answer(200, {"Loket-Office": "lingga"})


@pytest.mark.parametrize(
    ("says", "code"),
    [(stranger, "office_away"), (login_page, "captive_portal"), (another_office, "wrong_office")],
)
def test_an_office_that_moved_is_found_though_somebody_with_its_certificate_stayed(
    office: HostileServer, certificate: tuple[Path, Path], says: object, code: str
) -> None:
    memory = RoadMemory()
    with HostileServer(says, tls=server_tls(*certificate)) as old:  # type: ignore[arg-type]
        memory.addresses[of(office)] = at(of(old))
        assert ask(office, memory, certificate[0]) == code
        assert ask(office, memory, certificate[0]) == ""
    assert memory.addresses == {of(office): at(of(office))}


def test_an_office_that_moved_is_found_though_its_old_place_has_another_certificate(
    office: HostileServer, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    memory = RoadMemory()
    other = server_tls(*make_certificate(tmp_path)[:2])
    with HostileServer(lambda asked: answer(200), tls=other) as old:
        memory.addresses[of(office)] = at(of(old))
        assert ask(office, memory, certificate[0]) == "wrong_certificate"
        assert ask(office, memory, certificate[0]) == ""


@pytest.mark.parametrize(("is_reset", "code"), [(True, "office_away"), (False, "link_stalled")])
def test_an_office_that_moved_is_found_though_its_old_place_takes_connections_and_says_nothing(
    office: HostileServer, certificate: tuple[Path, Path], is_reset: bool, code: str
) -> None:
    memory = RoadMemory()
    ended = threading.Event()
    with socket.create_server((HOST, 0)) as old:
        memory.addresses[of(office)] = at(old.getsockname())

        def take() -> None:
            while not ended.is_set():
                taken, _ = old.accept()
                if is_reset:
                    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    taken.close()
                else:
                    ended.wait(10)
                    taken.close()

        taking = threading.Thread(target=take)
        taking.start()
        try:
            assert ask(office, memory, certificate[0]) == code
            assert ask(office, memory, certificate[0]) == ""
        finally:
            ended.set()
            socket.create_connection(old.getsockname()).close()
            taking.join(10)


def test_an_office_that_is_full_is_still_where_it_was(certificate: tuple[Path, Path]) -> None:
    memory = RoadMemory()
    tls = server_tls(*certificate)
    with HostileServer(lambda asked: answer(507), tls=tls) as office:
        assert ask(office, memory, certificate[0]) == "office_full"
        assert memory.addresses == {of(office): at(of(office))}
