"""What a billing code asks for: the whole of what is due, by the tariff of the day it is issued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import msgspec
import pytest

from app.domain.catalogue import FeeRule
from app.office.catalogues import publish_catalogue
from app.office.context import Office
from tests.office.test_billing import (
    accepted_at,
    refusal,
    state,
    wished,
    with_fee,
    with_tariff,
)
from tests.sync.island import Island


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office with the simulated provider and a tariff."""
    with closing(with_tariff(tmp_path / "office", database_url=database_url)) as opened:
        yield opened


def test_no_code_is_issued_for_a_part_of_what_is_due(island: Island, office: Office) -> None:
    frozen = accepted_at(island, office)
    plain = with_fee(650_000, "2026.11.5")
    rules = (*plain.services[0].fees, FeeRule("BB"))
    service = msgspec.structs.replace(plain.services[0], fees=rules)
    # Due by the answers, and no tariff for it yet.
    later = msgspec.structs.replace(plain.fees[0], code="BB", valid_from=date(2030, 1, 1))
    fees = (*plain.fees, later)
    publish_catalogue(office, msgspec.structs.replace(plain, services=(service,), fees=fees))
    assert wished(island, frozen) == []
    assert refusal(island, frozen) == "fee_unknown"
    assert state(office, frozen) == "accepted"
