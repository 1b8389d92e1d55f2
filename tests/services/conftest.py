"""A kiosk for the tests of services; they share one imaging worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.imaging.pool import ImagingPool
from app.services.kiosk import Kiosk
from tests.builders import make_kiosk
from tests.remembering import RememberingPool


@pytest.fixture(scope="package")
def imaging() -> Iterator[ImagingPool]:
    made = RememberingPool(has_engine=False)
    yield made
    made.close()


@pytest.fixture
def kiosk(tmp_path: Path, imaging: ImagingPool) -> Iterator[Kiosk]:
    made = make_kiosk(tmp_path / "kiosk", imaging=imaging)
    yield made
    made.store.close()
