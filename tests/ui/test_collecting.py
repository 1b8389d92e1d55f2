"""Cyclic garbage is looked for when nobody is there to wait for it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from app.ui.collecting import Collecting, collect_rarely
from tests.ui.making import House, settle
from tests.ui.person import Person


class Ring:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collecting(person: Person) -> Iterator[Collecting]:
    before = gc.get_threshold()
    collect_rarely()
    gc.collect()
    yield Collecting(person.window)
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collecting")
def test_no_whole_collection_holds_up_who_is_using_the_window() -> None:
    whole = gc.get_stats()[2]["collections"]
    # By Python's own setting so many that stay are looked through several times.
    kept: list[list[int]] = [[] for _ in range(400_000)]
    assert gc.get_stats()[2]["collections"] == whole
    assert kept


@pytest.mark.usefixtures("collecting")
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
    collecting = Collecting(window)
    gc.unfreeze()
    window.tasks.opened.emit()
    settle(window)
    try:
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
    assert collecting.parent() is window
