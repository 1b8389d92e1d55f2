"""Payments that a cashier notes by the proof of the treasury, where no code can be issued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.domain.requests import SlotsWished
from app.errors import UserError
from app.office.billing.counter import Proof, note_at_counter, read_proof
from app.office.context import Office
from app.office.noticing.tables import ContactRow, NoticeRow
from app.office.roles import Officer
from app.office.tables import ApplicationRow, AuditRow
from app.protocol.sealing import seal
from tests.office.accounts import add_weakly
from tests.office.desk import Desk, open_desk
from tests.office.test_billing import (
    ANI,
    accepted_at,
    bills,
    refusal,
    state,
    with_tariff,
)
from tests.sync.island import Island
from tests.sync.test_requests import ask

KASIR = Officer("kasir", "Kasir Contoh", ("cashier",))
PROOF = Proof("820261121000001", 3_000_000, "0A1B2C3D4E5F6G7H")


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office that issues no codes."""
    folder = tmp_path / "office"
    with closing(with_tariff(folder, payments="", database_url=database_url)) as opened:
        add_weakly(opened, ("kasir", "Kasir Contoh", ("cashier",)))
        yield opened


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    """An office with a cashier and a browser."""
    with open_desk(tmp_path / "desk", database_url) as opened:
        add_weakly(opened.office, ("kasir", "Kasir Contoh", ("cashier",)))
        yield opened


def test_an_office_without_codes_notes_the_payment_at_its_counter(
    island: Island, office: Office
) -> None:
    frozen = accepted_at(island, office)
    island.cycle()
    island.clock.pass_time(1)
    note_at_counter(office, KASIR, frozen.application_id, PROOF)
    island.cycle()
    assert island.application(frozen).office_state == "paid"
    (bill,) = bills(island, frozen)
    assert (bill.rupiah, bill.ntpn) == (PROOF.rupiah, PROOF.ntpn)
    assert bill.paid_at is not None
    ask(island, frozen, SlotsWished(("TRM-20261215-0800",), ()))
    island.cycle()
    assert refusal(island, frozen) == ""
    with office.database.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.what == "paid_at_counter")).one()
    assert row.who == "officer:kasir"


def test_a_payment_at_the_counter_is_told_like_any_other(island: Island, office: Office) -> None:
    frozen = accepted_at(island, office)
    wanted = b'{"type":"notices","email":"siti@contoh.example","phone":""}'
    with office.database.write() as session:
        recipient = office.keys.keys.public().recipient
        session.add(
            ContactRow(
                application_id=frozen.application_id,
                sealed=seal(wanted, recipient),
                agreed_at=office.clock.now(),
            )
        )
    note_at_counter(office, KASIR, frozen.application_id, PROOF)
    with office.database.read() as session:
        assert session.scalars(select(NoticeRow.what)).all() == ["paid"]


def test_no_proof_pays_twice_and_no_application_is_paid_twice(
    island: Island, office: Office
) -> None:
    first, second = accepted_at(island, office), accepted_at(island, office)
    note_at_counter(office, KASIR, first.application_id, PROOF)
    other_code = msgspec.structs.replace(PROOF, code="820261121000002")
    other_number = msgspec.structs.replace(PROOF, ntpn="ZZZZZZZZZZZZZZZZ")
    for proof in (PROOF, other_code, other_number):
        with pytest.raises(UserError, match="proof_used"):
            note_at_counter(office, KASIR, second.application_id, proof)
    assert state(office, second) == "accepted"
    fresh = Proof("820261121000003", 1, "1111111111111111")
    with pytest.raises(UserError, match="action_not_possible"):
        note_at_counter(office, KASIR, first.application_id, fresh)
    with office.database.write() as session:
        session.get_one(ApplicationRow, first.application_id).state = "accepted"
    with pytest.raises(UserError, match="already_paid"):
        note_at_counter(office, KASIR, first.application_id, fresh)


def test_only_who_may_touch_money_notes_a_payment(island: Island, office: Office) -> None:
    frozen = accepted_at(island, office)
    with pytest.raises(UserError, match="forbidden"):
        note_at_counter(office, ANI, frozen.application_id, PROOF)
    with pytest.raises(UserError, match="application_unknown"):
        note_at_counter(office, KASIR, "nobody", PROOF)


@pytest.mark.parametrize(
    ("code", "rupiah", "ntpn", "wrong"),
    [
        ("8202611210000", "650000", "0A1B2C3D4E5F6G7H", "proof_code_wrong"),
        ("820261121000001", "", "0A1B2C3D4E5F6G7H", "proof_sum_wrong"),
        ("820261121000001", "0", "0A1B2C3D4E5F6G7H", "proof_sum_wrong"),
        ("820261121000001", "650.000,50", "0A1B2C3D4E5F6G7H", "proof_sum_wrong"),
        ("820261121000001", "6500000000000", "0A1B2C3D4E5F6G7H", "proof_sum_wrong"),
        ("820261121000001", "650000", "0A1B2C3D", "proof_ntpn_wrong"),
        ("820261121000001", "650000", "0A1B2C3D4E5F6G7é", "proof_ntpn_wrong"),
    ],
)
def test_a_proof_must_have_the_form_of_one(code: str, rupiah: str, ntpn: str, wrong: str) -> None:
    with pytest.raises(UserError, match=wrong):
        read_proof(code, rupiah, ntpn)


def test_a_proof_is_read_as_people_write_it() -> None:
    read = read_proof("820 261 121 000 001", "Rp 3.000.000", "0a1b 2c3d 4e5f 6g7h")
    assert read == PROOF


def test_a_cashier_notes_a_payment_on_the_applications_page(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    here = f"/console/applications/{sent.application_id}"
    kasir, rina = desk.browser("kasir"), desk.browser("rina")
    assert f"{here}/payment" not in kasir.get(here).text
    with desk.office.database.write() as session:
        session.get_one(ApplicationRow, sent.application_id).state = "accepted"
    assert f"{here}/payment" in kasir.get(here).text
    assert f"{here}/payment" not in rina.get(here).text
    assert rina.get(f"{here}/payment").status == 403
    assert kasir.get(f"{here}/payment").status == 200
    form = {"code": "820261121000001", "rupiah": "3.000.000", "ntpn": "kurang"}
    tried = kasir.send_form(f"{here}/payment", f"{here}/payment", form)
    assert tried.status == 422
    assert 'value="3.000.000"' in tried.text
    form["ntpn"] = PROOF.ntpn
    noted = kasir.send_form(f"{here}/payment", f"{here}/payment", form)
    assert noted.location == f"{here}?done=paid#bills"
    page = kasir.get(here).text
    assert "Rp3.000.000" in page
    assert PROOF.ntpn in page
    assert f"{here}/payment" not in page
    assert kasir.get(f"{here}/payment").status == 409
