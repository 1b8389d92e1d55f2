"""What a billing code asks for: the whole of what is due, by the tariff of the day it is issued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from app.domain.catalogue import FeeRule
from app.errors import RemoteError
from app.office.billing.bills import bills_of
from app.office.billing.issuing import issue_wanted
from app.office.billing.provider import IssuedCode, Order
from app.office.catalogues import publish_catalogue
from app.office.context import Office
from tests.office.test_billing import (
    accepted_at,
    asking,
    bills,
    pass_time,
    refusal,
    state,
    wished,
    with_fee,
    with_tariff,
)
from tests.sync.island import Frozen, Island


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


class _Away:
    """A provider that cannot be reached until it is there again, and keeps its orders."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.is_there = False
        self.codes: dict[str, IssuedCode] = {}
        self.office: Office | None = None

    def issue(self, order: Order) -> IssuedCode:
        assert self.office is not None
        self.orders.append(order)
        if not self.is_there:
            raise RemoteError("provider_away")
        now = self.office.clock.now()
        code = f"8{len(self.codes):014d}"
        return self.codes.setdefault(
            order.id, IssuedCode(code, now, now + timedelta(hours=2), ("bank",))
        )


@contextmanager
def waiting(folder: Path, database_url: str) -> Iterator[tuple[_Away, Office, Island, Frozen]]:
    """Give an application whose applicant asked for a code while the provider was away."""
    provider = _Away()
    with asking(folder, provider, database_url=database_url) as (office, island):
        provider.office = office
        frozen = accepted_at(island, office)
        assert wished(island, frozen) == []
        provider.is_there = True
        yield provider, office, island, frozen


def test_a_code_that_comes_late_asks_for_the_tariff_of_the_day_it_is_issued(
    tmp_path: Path, database_url: str
) -> None:
    with waiting(tmp_path, database_url) as (provider, office, island, frozen):
        publish_catalogue(office, with_fee(950_000, "2026.11.9"))
        pass_time(office, island, 120)
        issue_wanted(office)
        island.cycle()
        (bill,) = bills(island, frozen)
        assert bill.rupiah == 950_000
        assert [line.rupiah for line in bill.lines] == [950_000]
        # Another sum is another order: the provider may have answered the first one.
        first, second = provider.orders
        assert (first.rupiah, second.rupiah) == (650_000, 950_000)
        assert first.id != second.id


def test_nobody_is_given_a_code_days_after_the_wish(tmp_path: Path, database_url: str) -> None:
    with waiting(tmp_path, database_url) as (provider, office, island, frozen):
        pass_time(office, island, 30 * 60)
        issue_wanted(office)
        assert len(provider.orders) == 1
        assert state(office, frozen) == "accepted"
        with office.database.read() as session:
            assert [bill.state for bill in bills_of(session, frozen.application_id)] == ["void"]
        assert len(wished(island, frozen)) == 1


def test_a_wish_whose_tariff_is_gone_is_not_ordered(tmp_path: Path, database_url: str) -> None:
    with waiting(tmp_path, database_url) as (provider, office, island, frozen):
        plain = with_fee(1, "2026.11.9")
        gone = msgspec.structs.replace(plain.fees[0], valid_until=date(2025, 1, 1))
        publish_catalogue(office, msgspec.structs.replace(plain, fees=(gone,)))
        pass_time(office, island, 120)
        issue_wanted(office)
        assert len(provider.orders) == 1
        with office.database.read() as session:
            assert [bill.state for bill in bills_of(session, frozen.application_id)] == ["void"]
