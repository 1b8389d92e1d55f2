"""An office on a real socket and a kiosk enrolled with it, with a weak link between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.office.context import Office
from tests.link import WeakLink
from tests.office.house import Served, open_at, serve
from tests.sync.island import Island, enrolled_island


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = open_at(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def served(office: Office) -> Iterator[Served]:
    with serve(office) as running:
        yield running


@pytest.fixture
def weak(served: Served) -> Iterator[WeakLink]:
    with WeakLink(served.address) as link:
        yield link


@pytest.fixture
def island(tmp_path: Path, served: Served, weak: WeakLink) -> Iterator[Island]:
    """A kiosk that reaches the office through the weak link."""
    with enrolled_island(tmp_path / "kiosk", served.office, weak.url) as island:
        yield island
