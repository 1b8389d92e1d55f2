"""Opening hours and closed days as a supervisor keeps them; what a cashier settles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape

import msgspec
import pytest
from sqlalchemy import select

from app.domain.words import WIB
from app.office.billing.notices import PaymentNotice, take_notice
from app.office.billing.tables import BillRow
from app.office.officers import add_officer
from app.office.slots.calendar import open_slots
from app.office.slots.tables import BookingRow, ClosedDayRow, SlotRuleRow
from app.office.tables import ApplicationRow, AuditRow
from tests.office.desk import PASSWORD, Answer, Browser, Desk, open_desk

PAGE = "/console/hours"
WEEKLY = {
    "place_id": "trm", "place": "Kantor Tarempa", "weekday": "2", "day": "", "opens": "08:00",
    "closes": "10:00", "minutes": "30", "places": "3", "kept": "1",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("desk"), shared_database_url) as opened:
        add_officer(opened.office, "kasir", "Kasir", PASSWORD, ("cashier",))
        add_officer(opened.office, "tamu", "Pewawancara", PASSWORD, ("interviewer",))
        yield opened


def send(browser: Browser, path: str, **fields: str) -> Answer:
    return browser.send_form(PAGE, path, fields)


def rules(desk: Desk) -> list[SlotRuleRow]:
    with desk.office.database.read() as session:
        return list(session.scalars(select(SlotRuleRow).order_by(SlotRuleRow.id)))


def count_slots(desk: Desk) -> int:
    with desk.office.database.read() as session:
        return len(open_slots(session, desk.clock.now()))


def trail(desk: Desk) -> list[str]:
    with desk.office.database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id))
        return [row.what for row in rows if row.who == "officer:hadi"]


def test_hours_are_added_seen_and_ended(desk: Desk) -> None:
    browser = desk.browser("hadi")
    assert send(browser, PAGE, **WEEKLY).location == f"{PAGE}?done=added"
    assert count_slots(desk) >= 16
    page = browser.get(f"{PAGE}?done=added").text
    assert "Rabu" in page
    assert "08:00–10:00" in page
    day = (desk.clock.now().astimezone(WIB).date() + timedelta(days=9)).isoformat()
    outreach = {**WEEKLY, "place_id": "LET", "place": "Balai Letung", "weekday": "day", "day": day}
    assert send(browser, PAGE, **outreach).status == 303
    for rule in rules(desk):
        assert send(browser, f"{PAGE}/end", rule=rule.id).status == 303
    assert count_slots(desk) == 0
    assert "Balai Letung" not in browser.get(PAGE).text
    assert send(browser, f"{PAGE}/end", rule="nothing").status == 409
    assert [one for one in trail(desk) if one.startswith("hours")] == [
        "hours_added", "hours_added", "hours_ended", "hours_ended",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"place_id": "Tarempa!"},
        {"opens": "8"},
        {"minutes": "x"},
        {"kept": "3"},
        {"weekday": "9"},
        {"weekday": "day", "day": "besok"},
        {"place": " "},
        {"places": "9" * 30},
    ],
)
def test_hours_that_make_no_sense_are_told_at_the_form_and_what_was_typed_stays(
    desk: Desk, wrong: dict[str, str]
) -> None:
    before = len(rules(desk))
    answer = send(desk.browser("hadi"), PAGE, **{**WEEKLY, "place": "Kantor <i>", **wrong})
    assert answer.status == 422
    assert wrong.get("place") or "Kantor <i>" in unescape(answer.text)
    assert "<i>" not in answer.text
    assert len(rules(desk)) == before


def test_a_closed_day_names_who_must_be_told_and_opens_again(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    day = date(2026, 12, 16)
    with desk.office.database.write() as session:
        session.add(
            BookingRow(
                application_id=sent.application_id, slot_id="TRM-1", place_number=1, minutes=30,
                starts_at=datetime(2026, 12, 16, 8, tzinfo=WIB), place="Kantor Tarempa",
                booked_at=desk.clock.now(),
            )
        )  # fmt: skip
    browser = desk.browser("hadi")
    closing = {"closed_day": day.isoformat(), "why": "Kapal <tidak> berlayar"}
    assert send(browser, f"{PAGE}/close", **closing).status == 303
    page = browser.get(PAGE).text
    assert sent.reference in page
    assert "Kapal &lt;tidak&gt; berlayar" in page
    assert send(browser, f"{PAGE}/close", closed_day=day.isoformat(), why=" ").status == 422
    assert send(browser, f"{PAGE}/close", closed_day="kapan-kapan", why="x").status == 422
    assert send(browser, f"{PAGE}/open", closed_day=day.isoformat()).status == 303
    with desk.office.database.read() as session:
        assert session.get(ClosedDayRow, day) is None
    assert trail(desk)[-2:] == ["day_closed", "day_opened"]


def test_a_cashier_settles_a_payment_once_its_application_waits_for_it(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    now = desk.clock.now()
    with desk.office.database.write() as session:
        session.add(
            BillRow(
                id="b1", application_id=sent.application_id, state="expired", rupiah=650_000,
                lines="[]", wanted_at=now, code="820260000000001", issued_at=now, expires_at=now,
            )
        )  # fmt: skip
    notice = PaymentNotice("N-7", "820260000000001", 650_000, now, "NTPN7")
    assert take_notice(desk.office, notice) == "not_expected"
    browser = desk.browser("kasir")
    assert 'value="N-7"' in browser.get("/console/payments").text
    answer = browser.send_form("/console/payments", "/console/payments", {"notice": "N-7"})
    assert answer.location == "/console/payments?done=not_expected"
    with desk.office.database.write() as session:
        session.get_one(ApplicationRow, sent.application_id).state = "payment_expired"
    answer = browser.send_form("/console/payments", "/console/payments", {"notice": "N-7"})
    assert answer.location == "/console/payments?done=paid"
    page = browser.get(answer.location).text
    assert "N-7" not in page
    assert "sekarang cocok" in page
    with desk.office.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.what == "notice_settled")).all()
    assert [msgspec.json.decode(row.params) for row in rows] == [
        {"outcome": "not_expected"}, {"outcome": "paid"},
    ]  # fmt: skip


def test_each_role_sees_only_the_forms_it_may_use(desk: Desk) -> None:
    for path in (PAGE, f"{PAGE}?done=added"):
        assert desk.browser("rina").get(path).status == 403
    browser = desk.browser("rina")
    refused = browser.send_form("/console/applications", "/console/payments", {"notice": "N-7"})
    assert refused.status == 403
    sent = desk.kiosk.send(papers=[])
    here = f"/console/applications/{sent.application_id}"
    assert f"{here}/messages" in desk.browser("tamu").get(here).text
    assert "/console/hours" not in desk.browser("tamu").get(here).text
