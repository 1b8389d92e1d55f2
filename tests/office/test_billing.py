"""Billing codes: issued on contact, good for a while, paid once, whatever a provider tells."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
from sqlalchemy import select

from app.domain.catalogue import Catalogue, Fee, FeeRule, Label, Source
from app.domain.clock import Clock
from app.domain.requests import BillingWanted
from app.errors import RemoteError, UserError
from app.office import review
from app.office.agencies.simulator_app import Secrets
from app.office.billing.bills import bills_of, expire_bills
from app.office.billing.issuing import issue_wanted
from app.office.billing.notices import (
    PaymentNotice,
    read_notice,
    settle_again,
    unsettled,
)
from app.office.billing.provider import IssuedCode, Order, Provider
from app.office.billing.tables import BillRow
from app.office.billing.webhook import PATH
from app.office.catalogues import publish_catalogue
from app.office.context import Office, OfficeSettings
from app.office.tables import ApplicationRow, AuditRow, UploadRow, WayRow
from app.office.ways.signing import sign
from app.storage import bills as kiosk_bills
from app.storage import requests as kiosk_requests
from tests.fakes import FakeClock, FakeDice
from tests.laying import open_laid
from tests.office.accounts import ADJUDICATOR, add_weakly
from tests.office.agencies import simulated
from tests.office.house import Served, serve, small_catalogue, wait_for
from tests.sync.island import Frozen, Island, enrolled_island
from tests.sync.test_requests import ask

SECRET = "a secret of tests"
ANI = review.Officer("ani", "Ani Pemeriksa", ("adjudicator",))
_SAID = Source("invented", "high")


def with_fee(rupiah: int, version: str = "2026.11.2") -> Catalogue:
    """Return the catalogue with one tariff line."""
    plain = small_catalogue(version)
    label = Label("Paspor elektronik 5 tahun", "Electronic passport, 5 years")
    fee = Fee("E5", label, rupiah, datetime(2024, 12, 17).date(), _SAID)
    steps = (Label("Datang ke kantor.", "Come to the office."),)
    service = msgspec.structs.replace(plain.services[0], fees=(FeeRule("E5"),), steps=steps)
    return msgspec.structs.replace(plain, services=(service,), fees=(fee,))


def with_tariff(
    folder: Path,
    clock: FakeClock | None = None,
    **settings: Any,  # noqa: ANN401 - any of the settings
) -> Office:
    """Open an office with a provider, the simulated one unless told, a tariff and one officer."""
    chosen = {"payments": "simulator", "payment_secret": SECRET, "least_free_bytes": 0, **settings}
    shipped = with_fee(650_000)
    opened = open_laid(
        OfficeSettings(folder, **chosen), clock or FakeClock(), FakeDice(), lambda: shipped
    )
    add_weakly(opened, ("ani", "Ani Pemeriksa", ADJUDICATOR))
    return opened


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office with the simulated provider and a tariff."""
    with closing(with_tariff(tmp_path / "office", database_url=database_url)) as opened:
        yield opened


@contextmanager
def asking(
    folder: Path,
    provider: Provider,
    clock: FakeClock | None = None,
    **settings: Any,  # noqa: ANN401 - any of the settings
) -> Iterator[tuple[Office, Island]]:
    """Serve an office with this provider to a kiosk."""
    with closing(with_tariff(folder / "office", clock, **settings)) as opened:
        office = replace(opened, provider=provider)
        with (
            serve(office) as served,
            enrolled_island(folder / "kiosk", office, served.url) as island,
        ):
            yield office, island


def accepted_at(island: Island, office: Office) -> Frozen:
    frozen = island.freeze()
    island.cycle()
    review.start_review(office, ANI, frozen.application_id)
    review.accept(office, ANI, frozen.application_id, 1)
    return frozen


@pytest.fixture
def accepted(island: Island, office: Office) -> Frozen:
    """An application that the office accepted, known so at the kiosk."""
    frozen = accepted_at(island, office)
    island.cycle()
    return frozen


def pass_time(office: Office, island: Island, seconds: float) -> None:
    for clock in (office.clock, island.clock):
        clock.pass_time(seconds)  # type: ignore[attr-defined]


def state(office: Office, frozen: Frozen) -> str:
    with office.database.read() as session:
        return session.get_one(ApplicationRow, frozen.application_id).state


def bills(island: Island, frozen: Frozen) -> tuple[kiosk_bills.Bill, ...]:
    with island.store.read() as session:
        return kiosk_bills.bills_of(session, frozen.application_id)


def refusal(island: Island, frozen: Frozen) -> str:
    with island.store.read() as session:
        return kiosk_requests.asked(session, frozen.application_id)[-1].code


def tell(
    office: Office, served: Served, code: str, *, rupiah: int = 650_000, name: str = "N-1",
    ntpn: str = "0A1B2C3D4E5F6G7H", secret: str = SECRET, moved_s: float = 0.0,
) -> requests.Response:  # fmt: skip
    """Be the provider."""
    now = office.clock.now()
    body = msgspec.json.encode(PaymentNotice(name, code, rupiah, now, ntpn))
    signature = sign(body, secret, now + timedelta(seconds=moved_s))
    headers = {"Loket-Signature": signature, "Content-Type": "application/json"}
    return requests.post(served.url + PATH, data=body, headers=headers, timeout=10)


def issued(island: Island, frozen: Frozen) -> kiosk_bills.Bill:
    island.clock.pass_time(1)
    ask(island, frozen, BillingWanted())
    island.cycle()
    return bills(island, frozen)[0]


def test_a_code_asked_for_comes_back_with_the_same_contact(
    island: Island, office: Office, accepted: Frozen
) -> None:
    bill = issued(island, accepted)
    assert len(bill.code) == 15
    assert bill.code.isdigit()
    assert bill.rupiah == 650_000
    assert bill.expires_at - bill.issued_at == timedelta(hours=2)
    assert [line.code for line in bill.lines] == ["E5"]
    assert "minimarket" in bill.channels
    assert refusal(island, accepted) == ""
    assert state(office, accepted) == "awaiting_payment"
    assert island.application(accepted).office_state == "awaiting_payment"


def test_the_tariff_is_that_of_the_day_the_code_is_issued(
    island: Island, office: Office, accepted: Frozen
) -> None:
    publish_catalogue(office, with_fee(700_000, "2026.11.3"))
    assert issued(island, accepted).rupiah == 700_000


def test_asking_again_while_a_code_is_good_tells_the_same_one(
    island: Island, office: Office, accepted: Frozen
) -> None:
    first = issued(island, accepted)
    pass_time(office, island, 600)
    again = issued(island, accepted)
    assert again.code == first.code
    assert len(bills(island, accepted)) == 1


def test_an_expired_code_moves_the_application_and_a_new_one_is_one_wish_away(
    island: Island, office: Office, accepted: Frozen
) -> None:
    first = issued(island, accepted)
    pass_time(office, island, 2 * 3600 + 1)
    expire_bills(office)
    island.cycle()
    assert island.application(accepted).office_state == "payment_expired"
    second = issued(island, accepted)
    assert second.code != first.code
    assert island.application(accepted).office_state == "awaiting_payment"


def test_no_code_before_the_papers_are_accepted(island: Island, office: Office) -> None:
    frozen = island.freeze()
    island.cycle()
    ask(island, frozen, BillingWanted())
    island.cycle()
    assert refusal(island, frozen) == "not_payable"
    assert bills(island, frozen) == ()


def test_a_payment_is_noted_with_its_proof(
    island: Island, office: Office, served: Served, accepted: Frozen
) -> None:
    bill = issued(island, accepted)
    answer = tell(office, served, bill.code)
    assert answer.json() == {"outcome": "paid"}
    island.cycle()
    (paid,) = bills(island, accepted)
    assert paid.ntpn == "0A1B2C3D4E5F6G7H"
    assert paid.paid_at is not None
    assert island.application(accepted).office_state == "paid"


def test_a_notice_told_twice_pays_once(
    island: Island, office: Office, served: Served, accepted: Frozen
) -> None:
    bill = issued(island, accepted)
    assert tell(office, served, bill.code).json() == {"outcome": "paid"}
    assert tell(office, served, bill.code).json() == {"outcome": "paid"}
    assert tell(office, served, bill.code, name="N-2").json() == {"outcome": "repeated"}
    island.cycle()
    with office.database.read() as session:
        assert len(bills_of(session, accepted.application_id)) == 1
    assert state(office, accepted) == "paid"


def test_a_late_notice_still_counts(
    island: Island, office: Office, served: Served, accepted: Frozen
) -> None:
    bill = issued(island, accepted)
    pass_time(office, island, 3 * 3600)
    expire_bills(office)
    assert state(office, accepted) == "payment_expired"
    assert tell(office, served, bill.code).json() == {"outcome": "paid"}
    assert state(office, accepted) == "paid"


def test_a_late_payment_of_the_old_code_ends_the_new_one(
    island: Island, office: Office, served: Served, accepted: Frozen
) -> None:
    first = issued(island, accepted)
    pass_time(office, island, 3 * 3600)
    expire_bills(office)
    second = issued(island, accepted)
    assert tell(office, served, first.code).json() == {"outcome": "paid"}
    with office.database.read() as session:
        states = {row.code: row.state for row in bills_of(session, accepted.application_id)}
    assert states == {first.code: "paid", second.code: "void"}
    assert tell(office, served, second.code, name="N-9", ntpn="ZZ").json() == {
        "outcome": "not_expected"
    }


@pytest.mark.parametrize(
    ("code", "rupiah", "outcome"), [("right", 1, "wrong_amount"), ("8" * 15, 1, "unknown_code")]
)
def test_what_does_not_fit_pays_nothing_and_waits_for_the_cashier(
    island: Island,
    office: Office,
    served: Served,
    accepted: Frozen,
    code: str,
    rupiah: int,
    outcome: str,
) -> None:
    bill = issued(island, accepted)
    told = tell(office, served, bill.code if code == "right" else code, rupiah=rupiah)
    assert told.json() == {"outcome": outcome}
    assert state(office, accepted) == "awaiting_payment"
    with office.database.read() as session:
        assert [row.outcome for row in unsettled(session)] == [outcome]


def test_nobody_but_the_provider_is_believed(
    island: Island, office: Office, served: Served, accepted: Frozen
) -> None:
    bill = issued(island, accepted)
    assert tell(office, served, bill.code, secret="guessed").status_code == 401
    assert tell(office, served, bill.code, moved_s=-600).status_code == 401
    assert requests.post(served.url + PATH, data=b"{}", timeout=10).status_code == 401
    body = b'{"id":"N","code":"1","rupiah":1}'
    header = sign(body, SECRET, office.clock.now())
    with pytest.raises(UserError, match="request_malformed"):
        read_notice(body, header, SECRET, office.clock.now())
    with pytest.raises(UserError, match="signature_refused"):
        read_notice(body, sign(body, "", office.clock.now()), "", office.clock.now())
    assert state(office, accepted) == "awaiting_payment"
    with office.database.read() as session:
        refused = select(AuditRow).where(AuditRow.what == "payment_notice_refused")
        # Refusals of one minute share a line.
        assert len(session.scalars(refused).all()) == 1


def refusals(office: Office) -> int:
    with office.database.read() as session:
        found = select(AuditRow).where(AuditRow.what == "payment_notice_refused")
        return len(session.scalars(found).all())


def knock(served: Served, header: bytes = b"t=1,v1=x", body: bytes = b"{}") -> int:
    """Tell something unsigned and return the answer's status."""
    headers = {"Loket-Signature": header}
    return requests.post(served.url + PATH, data=body, headers=headers, timeout=10).status_code


def test_a_flood_without_a_signature_is_slowed_and_leaves_one_line_a_minute(
    office: Office, served: Served
) -> None:
    assert [knock(served) for _ in range(22)] == [401] * 20 + [429] * 2
    assert knock(served, body=b"x" * 20_000) == 429
    assert refusals(office) == 1
    office.clock.pass_time(61)  # type: ignore[attr-defined]
    assert knock(served) == 401
    assert refusals(office) == 2


def test_payments_told_fast_and_signed_are_never_slowed(office: Office, served: Served) -> None:
    told = [tell(office, served, "8" * 15, name=f"N-{number}") for number in range(25)]
    assert {answer.status_code for answer in told} == {200}


def test_a_signature_of_strange_letters_is_refused_like_any_other(
    office: Office, served: Served
) -> None:
    moment = int(office.clock.now().timestamp())
    assert knock(served, f"t={moment},v1=".encode() + b"\xe9\xff") == 401


class _Away:
    """A provider that cannot be reached until it is there again."""

    def __init__(self) -> None:
        self.is_there = False
        self.orders: list[Order] = []

    def issue(self, order: Order) -> IssuedCode:
        self.orders.append(order)
        if not self.is_there:
            raise RemoteError("provider_away")
        start = datetime.fromisoformat("2026-11-21T02:00:00+00:00")
        return IssuedCode("8" * 15, start, start + timedelta(hours=2), ("bank",))


def test_a_provider_that_is_away_blocks_nothing_and_is_asked_again_for_the_same_order(
    tmp_path: Path, database_url: str
) -> None:
    provider = _Away()
    with asking(tmp_path, provider, database_url=database_url) as (office, island):
        frozen = accepted_at(island, office)
        ask(island, frozen, BillingWanted())
        island.cycle()
        assert bills(island, frozen) == ()
        assert refusal(island, frozen) == ""
        provider.is_there = True
        issue_wanted(office)
        assert len(provider.orders) == 1
        pass_time(office, island, 61)
        issue_wanted(office)
        island.cycle()
        assert bills(island, frozen)[0].code == "8" * 15
        assert len({order.id for order in provider.orders}) == 1


def test_a_withdrawn_application_is_not_billed_any_more(
    island: Island, office: Office, accepted: Frozen
) -> None:
    with office.database.write() as session:
        application = session.get_one(ApplicationRow, accepted.application_id)
        session.add(
            BillRow(
                id="b", application_id=application.id, rupiah=1, lines="[]",
                wanted_at=office.clock.now(),
            )
        )  # fmt: skip
        application.state = "withdrawn"
    issue_wanted(office)
    with office.database.read() as session:
        assert session.get_one(BillRow, "b").state == "void"


def test_a_wish_that_fails_holds_up_no_other_and_a_refused_one_may_be_asked_again(
    tmp_path: Path, database_url: str
) -> None:
    clock = FakeClock()
    provider = _Picky(clock)
    with asking(tmp_path, provider, clock, database_url=database_url) as (office, island):
        people = [accepted_at(island, office) for _ in range(3)]
        for frozen, answer in zip(people, ("8" * 15, "8" * 15, "9" * 15), strict=True):
            provider.answers[frozen.reference] = answer
            told = wished(island, frozen)
            assert told == ([answer] if frozen is not people[1] else [])
        provider.answers[people[0].reference] = "no digits"
        pass_time(office, island, 6 * 3600 + 1)
        expire_bills(office)
        assert wished(island, people[0]) == ["8" * 15]
        provider.answers[people[0].reference] = "7" * 15
        pass_time(office, island, 60)
        assert wished(island, people[0])[0] == "7" * 15


class _Picky:
    """A provider that answers as it is told."""

    def __init__(self, clock: Clock) -> None:
        self.answers: dict[str, str] = {}
        self._clock = clock

    def issue(self, order: Order) -> IssuedCode:
        start = self._clock.now()
        return IssuedCode(
            self.answers[order.reference], start, start + timedelta(hours=2), ("bank",)
        )


def wished(island: Island, frozen: Frozen) -> list[str]:
    island.clock.pass_time(1)
    ask(island, frozen, BillingWanted())
    island.cycle()
    return [bill.code for bill in bills(island, frozen)]


def test_a_notice_that_did_not_fit_is_taken_when_it_fits(
    island: Island, office: Office, served: Served, accepted: Frozen
) -> None:
    bill = issued(island, accepted)
    with office.database.write() as session:
        session.get_one(ApplicationRow, accepted.application_id).state = "under_examination"
    assert tell(office, served, bill.code).json() == {"outcome": "not_expected"}
    with office.database.write() as session:
        session.get_one(ApplicationRow, accepted.application_id).state = "awaiting_payment"
    assert settle_again(office, "N-1") == "paid"
    assert state(office, accepted) == "paid"
    with pytest.raises(UserError, match="notice_unknown"):
        settle_again(office, "N-0")


def test_a_provider_behind_http_answers_within_the_contact_and_tells_the_payment(
    tmp_path: Path, database_url: str
) -> None:
    clock = FakeClock()
    with simulated(clock, secrets=Secrets(SECRET, "r", "m")) as (simulator, url):
        ways = {"payments": f"{url}/payments", "database_url": database_url}
        office = with_tariff(tmp_path / "office", clock, **ways)
        with (
            serve(office) as served,
            enrolled_island(tmp_path / "kiosk", office, served.url) as island,
        ):
            simulator.office_url = served.url
            frozen = accepted_at(island, office)
            bill = issued(island, frozen)
            assert bill.expires_at - bill.issued_at == timedelta(hours=2)
            paid = requests.post(f"{url}/simulator/payments", json={"code": bill.code}, timeout=10)
            assert paid.json() == {"outcome": "paid"}
            island.cycle()
            assert bills(island, frozen)[0].paid_at is not None
        with office.database.read() as session:
            assert session.get_one(WayRow, "payments").last_error == ""
        office.close()


class _Slow:
    """A provider that answers when it is told to, and notes what it sees while it is asked."""

    def __init__(self) -> None:
        self.office: Office | None = None
        self.may_answer = threading.Event()
        self.uploads: list[str] = []

    def issue(self, order: Order) -> IssuedCode:
        assert self.office is not None
        with self.office.database.read() as session:
            self.uploads += session.scalars(select(UploadRow.state))
        assert self.may_answer.wait(20)
        now = self.office.clock.now()
        return IssuedCode("8" * 15, now, now + timedelta(hours=2), ("bank",))


def test_a_slow_provider_holds_no_upload_and_its_code_comes_with_a_later_contact(
    tmp_path: Path, database_url: str
) -> None:
    provider = _Slow()
    with asking(tmp_path, provider, database_url=database_url, payment_wait_s=0.2) as (
        office,
        island,
    ):
        provider.office = office
        frozen = accepted_at(island, office)
        ask(island, frozen, BillingWanted())
        island.cycle()
        assert refusal(island, frozen) == ""
        assert bills(island, frozen) == ()
        # Asked when nothing of the pack was under way any more.
        assert set(provider.uploads) == {"complete"}
        provider.may_answer.set()
        wait_for(lambda: state(office, frozen) == "awaiting_payment")
        island.cycle()
        assert bills(island, frozen)[0].code == "8" * 15


class _Shut:
    """A provider that refuses the office itself."""

    def __init__(self) -> None:
        self.asked = 0

    def issue(self, order: Order) -> IssuedCode:
        self.asked += 1
        raise RemoteError("agency_denied", way=order.id)


def test_a_provider_that_does_not_know_the_office_is_asked_once_and_told_to_the_administrator(
    tmp_path: Path, database_url: str
) -> None:
    provider = _Shut()
    with asking(tmp_path, provider, database_url=database_url) as (office, island):
        people = [accepted_at(island, office) for _ in range(2)]
        for frozen in people:
            ask(island, frozen, BillingWanted())
        island.cycle()
        issue_wanted(office)
        assert provider.asked == 1
        pass_time(office, island, 61)
        issue_wanted(office)
        assert provider.asked == 2
        with office.database.read() as session:
            way = session.get_one(WayRow, "payments")
            assert (way.last_error, way.failures) == ("agency_denied", 2)
            waiting = session.scalars(select(BillRow.state)).all()
        assert waiting == ["wanted", "wanted"]


def test_a_code_that_nobody_could_pay_is_not_told(tmp_path: Path, database_url: str) -> None:
    clock = FakeClock()
    odd = _Odd(clock)
    with asking(tmp_path, odd, clock, database_url=database_url) as (office, island):
        frozen = accepted_at(island, office)
        # Over already, ended before it began, or good for ages.
        for odd.age_s, odd.life_s in ((7200, 3600), (0, -60), (0, 40 * 86400)):
            assert wished(island, frozen) == []
            assert refusal(island, frozen) == ""
        odd.life_s = 60
        assert wished(island, frozen) == ["8" * 15]


class _Odd:
    """A provider whose clock is wrong."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.age_s = self.life_s = 0

    def issue(self, order: Order) -> IssuedCode:
        start = self._clock.now() - timedelta(seconds=self.age_s)
        return IssuedCode("8" * 15, start, start + timedelta(seconds=self.life_s), ("bank",))
