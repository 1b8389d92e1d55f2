"""Offices for the tests of this folder, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.office.context import Office
from tests.office.house import Served, Village, enrolled, open_at, serve
from tests.office.post import Post, open_post
from tests.office.postgres import Cluster, new_database, running_cluster
from tests.sync.island import Island


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("postgres")) as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    return new_database(request.getfixturevalue("cluster"))


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    """A real SMTP server and its port."""
    with open_post() as opened:
        yield opened


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = open_at(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """The same office on either database."""
    opened = open_at(tmp_path / "office", database_url=database_url)
    yield opened
    opened.close()


@pytest.fixture
def served(office: Office) -> Iterator[Served]:
    with serve(office) as running:
        yield running


@pytest.fixture
def village(served: Served) -> Village:
    return enrolled(served.office, served.url)


@pytest.fixture
def island(tmp_path: Path, served: Served) -> Iterator[Island]:
    """A kiosk enrolled with the office."""
    kiosk = Island(tmp_path / "kiosk")
    kiosk.enrol(served.office, served.url)
    yield kiosk
    kiosk.close()
