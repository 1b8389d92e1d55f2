"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def forgets_its_pictures(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give back what a module remembered: with a gigabyte in it a process forks slowly."""
    yield
    for one in vars(request.module).values():
        if hasattr(one, "cache_clear") and one.__module__ == request.module.__name__:
            one.cache_clear()
