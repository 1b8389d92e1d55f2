"""Certificates that the settings name and that are not there: told, and mended without a loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import LocalFault
from app.sync.link_adapter import Road
from app.sync.link_trust import tls_context
from app.sync.status import UNKNOWN, after
from tests.sync.hostile import make_certificate
from tests.sync.island import Island


@pytest.fixture(params=["missing", "a folder", "empty", "no certificate"])
def unreadable(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "authority.pem"
    if request.param == "a folder":
        file.mkdir()
    elif request.param != "missing":
        file.write_text("" if request.param == "empty" else "loket\n")
    return file


def test_certificates_that_cannot_be_read_are_the_machines_fault(unreadable: Path) -> None:
    with pytest.raises(LocalFault) as caught:
        tls_context(str(unreadable), is_proven_otherwise=False)
    assert caught.value.code == "certificates_unreadable"
    # The name of a file may say whose machine this is.
    assert str(unreadable) not in str(caught.value)


def test_a_cycle_without_its_certificates_says_so_and_what_waits_goes_once_they_are_back(
    island: Island, tmp_path: Path
) -> None:
    frozen = island.freeze()
    named = tmp_path / "authority.pem"
    island.road = Road(ca_file=str(named))
    report = island.cycle()
    assert report.error == "certificates_unreadable"
    assert report.next_attempt_at is not None
    row = island.outbox()[frozen.id]
    assert (row.last_error, row.next_attempt_at) == (report.error, report.next_attempt_at)
    island.freeze()
    named.write_bytes(make_certificate(tmp_path / "own")[0].read_bytes())
    report = island.cycle(is_forced=False)
    assert report.error is None
    assert report.waits == ()
    assert island.is_received(frozen)


def test_what_the_machine_lacks_says_nothing_of_the_network(island: Island) -> None:
    island.road = Road(ca_file="/nowhere/authority.pem")
    shown = after(island.cycle(), UNKNOWN)
    assert (shown.link, shown.last_error) == ("never_tried", "certificates_unreadable")
