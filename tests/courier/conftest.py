"""An office without a socket, a kiosk that has enrolled with it, and a folder for a stick."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.office.context import Office
from tests.courier.island import CourierIsland
from tests.office.house import open_at


@pytest.fixture(scope="session")
def met(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an office, a kiosk and a laptop that know each other; each test takes a copy."""
    folder = tmp_path_factory.mktemp("met")
    office = open_at(folder / "office")
    for name, code in (("kiosk", "LET"), ("laptop", "FLD")):
        island = CourierIsland(folder / name)
        island.enrol_at(office, code)
        island.close()
    office.close()
    return folder


@pytest.fixture
def office(met: Path, tmp_path: Path) -> Iterator[Office]:
    shutil.copytree(met / "office", tmp_path / "office")
    opened = open_at(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def kiosk(met: Path, tmp_path: Path, office: Office) -> Iterator[CourierIsland]:
    shutil.copytree(met / "kiosk", tmp_path / "kiosk")
    island = CourierIsland(tmp_path / "kiosk")
    yield island
    island.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder
