"""Offices for the tests of this folder, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.office.context import Office
from tests.office.desk import Desk, open_desk
from tests.office.house import Served, Village, enrolled, open_at, serve
from tests.office.post import Post, open_post
from tests.office.postgres import Cluster, laid_database, new_database, running_cluster
from tests.sync.island import Island, enrolled_island


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("postgres")) as cluster:
        yield cluster


def _database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give where an office keeps its tables: in its folder, or where ``postgres.on_both`` says."""
    where = getattr(request, "param", None)
    if where is None:
        yield ""
        return
    cluster = request.getfixturevalue("cluster")
    if where == "untouched":
        yield new_database(cluster)
        return
    with laid_database(cluster) as url:
        yield url


database_url = pytest.fixture(_database, name="database_url")
#: For an office that the tests of a module share.
shared_database_url = pytest.fixture(_database, scope="module", name="shared_database_url")


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    """A real SMTP server and its port."""
    with open_post() as opened:
        yield opened


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    opened = open_at(tmp_path / "office", database_url=database_url)
    yield opened
    opened.close()


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path, database_url) as opened:
        yield opened


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
    with enrolled_island(tmp_path / "kiosk", served.office, served.url) as kiosk:
        yield kiosk
