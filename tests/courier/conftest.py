"""An office without a socket, a kiosk that has enrolled with it, and a folder for a stick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.office.context import Office
from tests.courier.island import CourierIsland
from tests.office.house import open_at


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = open_at(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def kiosk(tmp_path: Path, office: Office) -> Iterator[CourierIsland]:
    island = CourierIsland(tmp_path / "kiosk")
    island.enrol_at(office)
    yield island
    island.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder
