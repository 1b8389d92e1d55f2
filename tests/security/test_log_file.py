"""The log beside the store: small, masked, and nobody else's."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.security.log_file import LogFile


@pytest.fixture
def logger(tmp_path: Path) -> Iterator[logging.Logger]:
    tmp_path.chmod(0o755)
    made = logging.getLogger("test_log_file")
    handler = LogFile(tmp_path, most_bytes=200)
    made.addHandler(handler)
    yield made
    made.removeHandler(handler)
    handler.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the profile folder instead")
def test_only_the_owner_reads_it_and_what_it_put_away(
    tmp_path: Path, logger: logging.Logger
) -> None:
    (tmp_path / "loket.log").write_text("an older program's\n")
    (tmp_path / "loket.log").chmod(0o644)
    for number in range(20):
        logger.error("line %d of a nik 9901014508900001", number)
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["loket.log", "loket.log.1", "loket.log.2"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not any("990101" in path.read_text() for path in files)
    assert "line 19 of a nik <nik>" in files[0].read_text()
