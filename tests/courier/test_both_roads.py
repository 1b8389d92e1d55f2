"""Link and stick carry the same things, in whichever order they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.office.context import Office
from tests.courier.island import CourierIsland, bring
from tests.courier.test_trips import FOUR, applications, are_equal
from tests.link import WeakLink
from tests.office.house import noise, serve

BIG = {"ktp": noise(300_000, 3), "kk": noise(60_000, 4)}


@pytest.fixture
def weak(office: Office, kiosk: CourierIsland) -> Iterator[WeakLink]:
    with serve(office) as served, WeakLink(served.address) as link:
        kiosk.url = link.url
        yield link


def test_a_stick_that_comes_after_the_link_finds_everything_there(
    kiosk: CourierIsland, office: Office, stick: Path, weak: WeakLink
) -> None:
    frozen = kiosk.freeze(FOUR)
    kiosk.write(stick)
    assert [one.reference for one in kiosk.cycle().receipts] == [frozen.reference]
    (imported,) = bring(office, stick)
    assert (imported.taken, imported.known, imported.received) == (4, 4, 1)
    assert kiosk.read(stick).events == 0
    assert kiosk.is_received(frozen)
    assert applications(office) == 1


def test_a_link_that_comes_after_the_stick_brings_the_receipt_and_nothing_twice(
    kiosk: CourierIsland, office: Office, stick: Path, weak: WeakLink
) -> None:
    frozen = kiosk.freeze(BIG)
    weak.cut_after(100_000, "fin")
    for _ in range(3):
        weak.cut_after(0, "fin")
    kiosk.cycle()
    kiosk.write(stick)
    (imported,) = bring(office, stick)
    assert imported.received == 1
    weak.calm()
    weak.all_up_bytes = 0
    report = kiosk.cycle()
    assert weak.all_up_bytes < 10_000
    assert (report.error, report.waits) == (None, ())
    assert kiosk.is_received(frozen)
    assert are_equal(office, frozen)
    assert applications(office) == 1
    assert kiosk.read(stick).events == 0


def test_a_receipt_by_stick_ends_a_pack_that_a_link_had_begun(
    kiosk: CourierIsland, office: Office, stick: Path, weak: WeakLink
) -> None:
    frozen = kiosk.freeze(BIG)
    weak.cut_after(100_000, "fin")
    for _ in range(3):
        weak.cut_after(0, "fin")
    kiosk.cycle()
    kiosk.write(stick)
    bring(office, stick)
    assert kiosk.read(stick).received == (frozen.reference,)
    weak.calm()
    weak.all_up_bytes = 0
    assert kiosk.cycle().error is None
    assert weak.all_up_bytes < 10_000
    assert kiosk.is_received(frozen)
    assert applications(office) == 1
