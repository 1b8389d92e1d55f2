"""Offices for the tests of this folder, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.office.context import Office
from tests.office.desk import Desk, open_desk
from tests.office.house import OpenHere, Served, Village, enrolled, open_at, serve
from tests.office.post import SITI, Post, open_post, open_sms
from tests.office.postgres import (
    BOTH,
    Cluster,
    copied_database,
    laid_database,
    new_database,
    running_cluster,
)
from tests.sync.island import Frozen, Island, enrolled_island
from tests.sync.test_requests import ask


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("postgres")) as cluster:
        yield cluster


def _database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give where an office keeps its tables: empty is in its folder."""
    if request.param == "sqlite":
        yield ""
    else:
        with laid_database(request.getfixturevalue("cluster")) as url:
            yield url


database_url = pytest.fixture(_database, name="database_url", params=BOTH)
#: For an office that the tests of a module share.
shared_database_url = pytest.fixture(
    _database, name="shared_database_url", scope="module", params=BOTH
)


@pytest.fixture(params=BOTH)
def untouched_url(request: pytest.FixtureRequest) -> str:
    """Where there are no tables yet."""
    is_sqlite = request.param == "sqlite"
    return "" if is_sqlite else new_database(request.getfixturevalue("cluster"))


@pytest.fixture
def copy_of(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Copies the database at an address, if it has one: what lies in a folder goes with that."""
    with ExitStack() as copies:

        def copy(url: str) -> str:
            cluster = request.getfixturevalue("cluster") if url else None
            return copies.enter_context(copied_database(cluster, url)) if cluster else ""

        yield copy


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    """A real SMTP server and its port."""
    with open_post() as opened:
        yield opened


@pytest.fixture
def sms() -> Iterator[tuple[list[dict[str, str]], str]]:
    """A real HTTP gateway: what it took, and its address."""
    with open_sms() as opened:
        yield opened


@pytest.fixture
def agreed(island: Island) -> Frozen:
    """An application whose applicant agreed to be told."""
    frozen = island.freeze()
    ask(island, frozen, SITI)
    island.cycle()
    return frozen


@pytest.fixture
def open_here(tmp_path: Path, database_url: str) -> Iterator[OpenHere]:
    """Opens the test's office as often and with whatever settings it likes, and closes it."""
    with ExitStack() as opened:

        def open_it(**settings: Any) -> Office:  # noqa: ANN401 - any of the settings
            office = open_at(tmp_path / "office", database_url=database_url, **settings)
            opened.callback(office.close)
            return office

        yield open_it


@pytest.fixture
def office(open_here: OpenHere) -> Office:
    return open_here()


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
