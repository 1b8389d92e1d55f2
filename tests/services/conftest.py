"""A kiosk for the tests of services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services.kiosk import Kiosk
from tests.builders import close_kiosk, make_kiosk


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    made = make_kiosk(tmp_path)
    yield made
    close_kiosk(made)
