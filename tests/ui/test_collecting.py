"""Cyclic garbage is looked for by the window's thread, thoroughly when nobody waits for it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from threading import Thread, current_thread

import pytest
from pytestqt.qtbot import QtBot

from app.ui.collecting import collect_rarely
from tests.ui.making import House, settle
from tests.ui.person import Person


class Ring:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def rarely(person: Person) -> Iterator[None]:
    before = gc.get_threshold()
    collect_rarely()
    person.window.collecting.collect()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("rarely")
def test_no_thread_beside_the_window_collects_what_is_the_windows(
    person: Person, qtbot: QtBot
) -> None:
    where: list[str] = []
    ring = Ring()
    weakref.finalize(ring, lambda: where.append(current_thread().name))
    del ring
    kept: list[list[int]] = []
    # More than Python makes before it collects by itself, wherever it is.
    beside = Thread(target=lambda: kept.extend([] for _ in range(100_000)), name="beside")
    beside.start()
    beside.join()
    assert where == []
    qtbot.waitUntil(lambda: bool(where))
    assert where == [current_thread().name]
    assert person.window.isVisible()


@pytest.mark.usefixtures("rarely")
def test_no_whole_collection_holds_up_who_is_using_the_window(person: Person) -> None:
    _, middle, whole = (one["collections"] for one in gc.get_stats())
    # By Python's own setting so many that stay are looked through several times.
    kept: list[list[int]] = []
    for _ in range(40):
        kept.extend([] for _ in range(25_000))
        person.window.collecting.look()
    assert gc.get_stats()[2]["collections"] == whole
    assert gc.get_stats()[1]["collections"] > middle


@pytest.mark.usefixtures("rarely")
@pytest.mark.parametrize("leaves", ["warn", "lock"])
def test_a_window_left_alone_is_tidied(person: Person, leaves: str) -> None:
    gone, stays = Ring(), Ring()
    first, second = weakref.ref(gone), weakref.ref(stays)
    del gone
    assert first() is not None
    getattr(person.window.idle, leaves)()
    assert first() is None
    del stays
    getattr(person.window.idle, leaves)()
    assert second() is None, "what was set aside once is looked through again"


def test_what_stays_is_set_aside_once_the_store_is_open(house: House) -> None:
    window = house.window()
    gc.unfreeze()
    window.collecting.set_aside()
    settle(window)
    try:
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
