"""What the operating system says of networks: a new one is told, everything else is not."""

from __future__ import annotations

import struct
import threading

from app.sync.network_watch import Changes, watch_network

HOME, ISLAND = "192.168.1.5", "10.0.0.7"


def message(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def cable(number: int, is_running: bool) -> bytes:
    return message(16, struct.pack("=BBHiII", 0, 0, 1, number, 0x40 if is_running else 0, 0))


class Machine:
    """Whose addresses change when told."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = frozenset(addresses)
        self.changes = Changes(lambda: self.addresses)


def test_a_new_address_is_another_network() -> None:
    machine = Machine(HOME)
    machine.addresses = frozenset({ISLAND})
    assert machine.changes.hear(message(20))
    assert not machine.changes.hear(message(20))


def test_a_lease_that_is_renewed_is_no_news() -> None:
    assert not Machine(HOME).changes.hear(message(20) + message(24))


def test_a_network_that_goes_is_nothing_to_try_for() -> None:
    machine = Machine(HOME)
    machine.addresses = frozenset()
    assert not machine.changes.hear(message(21))
    machine.addresses = frozenset({HOME})
    assert machine.changes.hear(message(20))


def test_a_cable_pulled_and_put_back_is_news_though_the_address_stays() -> None:
    machine = Machine(HOME)
    assert not machine.changes.hear(cable(2, True))
    assert not machine.changes.hear(cable(2, False))
    assert machine.changes.hear(cable(2, True))


def test_torn_messages_are_passed_over() -> None:
    machine = Machine(HOME)
    for torn in (
        b"",
        b"\x01",
        message(16)[:10],
        struct.pack("=IHHII", 3, 16, 0, 0, 0),
        b"\xff" * 40,
    ):
        assert not machine.changes.hear(torn)


def test_watching_ends_when_told() -> None:
    stop = threading.Event()
    told: list[bool] = []
    thread = threading.Thread(target=watch_network, args=(lambda: told.append(True), stop))
    thread.start()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert not told
