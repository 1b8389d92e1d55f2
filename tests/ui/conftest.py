"""A house for the tests of the interface, with a person in front of its window."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

# Loaded before there are threads: it tells what it misses while it loads, and the tests' log of
# Qt's messages is Python, which another thread that loads a library may hold just then.
import PySide6.QtMultimedia  # noqa: F401
import pytest
from pytestqt.qtbot import QtBot

from tests.ui.making import House
from tests.ui.person import Person

# No window flickers over a developer's screen; set another platform to watch.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def tidied() -> Iterator[None]:
    """Leave nothing of a window for another thread to collect, in whichever test comes next."""
    yield
    gc.collect()
    # What is still held is not looked through again after each of hundreds of tests.
    gc.freeze()
    gc.enable()


@pytest.fixture
def house(tmp_path: Path, qtbot: QtBot) -> Iterator[House]:
    made = House(tmp_path / "kiosk")
    yield made
    made.close()


@pytest.fixture
def person(house: House) -> Person:
    return Person(house.window())
