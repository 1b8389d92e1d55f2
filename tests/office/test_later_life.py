"""The life after the review as officers lead it: steps, clocks, messages, taking over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.domain.events import Event, Said, StateChanged
from app.domain.lifecycle import OFFICE_STATES
from app.domain.requests import CollectingChosen
from app.errors import UserError
from app.office import progress, review
from app.office.billing.tables import BillRow, PaymentNoticeRow
from app.office.console.listing import OVERDUE, list_applications
from app.office.progress import STEPS, steps_from, take_step
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow, AuditRow, CollectingRow, EventRow
from app.office.talking.tables import MessageRow
from app.protocol.manifest import Manifest
from app.protocol.sealing import peek, seal
from app.resources import load_words
from tests.office.desk import ANSWERS, Browser, Desk, open_desk

LIST = "/console/applications"
RINA = review.Officer("rina", "Rina Pemeriksa", ("adjudicator",))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    """One office for all who look at their own application only."""
    with open_desk(tmp_path_factory.mktemp("desk"), shared_database_url) as opened:
        yield opened


@pytest.fixture
def empty(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    """An office where nothing else is listed."""
    with open_desk(tmp_path, database_url) as opened:
        yield opened


def one(manifest: Manifest) -> str:
    return f"{LIST}/{manifest.application_id}"


def bring_to(desk: Desk, manifest: Manifest, state: str) -> None:
    """Put an application into a state, as if the steps before had been taken now."""
    with desk.office.database.write() as session:
        row = session.get_one(ApplicationRow, manifest.application_id)
        row.state, row.updated_at = state, desk.clock.now()


def state_of(desk: Desk, manifest: Manifest) -> str:
    with desk.office.database.read() as session:
        return session.get_one(ApplicationRow, manifest.application_id).state


def step(browser: Browser, manifest: Manifest, name: str, state: str, reason: str = "") -> int:
    fields = {"state": state, "reason": reason}
    if name == "hand_over":
        fields |= {"receiver": "applicant", "identity": "yes"}
    return browser.send_form(LIST, f"{one(manifest)}/steps/{name}", fields).status


def last_told(desk: Desk) -> object:
    with desk.office.database.read() as session:
        row = session.scalars(select(EventRow).order_by(EventRow.number.desc())).first()
        assert row is not None
        return msgspec.json.decode(peek(row.signed), type=Event).body


def test_from_the_interview_to_the_hand_over_step_by_step(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    bring_to(desk, sent, "scheduled")
    browser = desk.browser("rina")
    for name in ("attend", "adjudicate", "print", "make_ready", "hand_over"):
        before = state_of(desk, sent)
        assert f"/steps/{name}" in browser.get(one(sent)).text
        assert browser.get(f"{one(sent)}/steps/{name}").status == 200
        assert step(browser, sent, name, before) == 303
        assert last_told(desk) == StateChanged(STEPS[name].to_state)
    assert "/steps/" not in browser.get(one(sent)).text
    mine = AuditRow.application_id == sent.application_id
    with desk.office.database.read() as session:
        trail = session.scalars(select(AuditRow.what).where(mine).order_by(AuditRow.id)).all()
    assert [what for what in trail if what in STEPS] == [
        "attend", "adjudicate", "print", "make_ready", "hand_over",
    ]  # fmt: skip


def test_every_step_offered_is_one_the_life_cycle_allows_and_has_words() -> None:
    words = load_words("id")
    for state in OFFICE_STATES:
        for name in steps_from(state):
            assert STEPS[name].to_state in OFFICE_STATES[state]
    reached = {name for state in OFFICE_STATES for name in steps_from(state)}
    assert reached == set(STEPS)
    assert all(words.has(f"review.step.{name}.lead") for name in (*STEPS, "release_slot"))


def test_a_step_from_a_page_that_has_grown_old_changes_nothing(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    bring_to(desk, sent, "attended")
    browser = desk.browser("rina")
    assert step(browser, sent, "attend", "scheduled") == 409
    assert step(browser, sent, "suspend", "adjudication", "x") == 409
    assert step(browser, sent, "suspend", "attended") == 422
    assert step(browser, sent, "nothing", "attended") == 400
    assert step(browser, sent, "suspend", "attended", "Ijazah belum ada") == 303
    assert last_told(desk) == StateChanged("suspended", "Ijazah belum ada")


@pytest.mark.parametrize("state", ["returned", "suspended", "ready"])
def test_nothing_is_cancelled_before_the_applicants_time_is_over(desk: Desk, state: str) -> None:
    sent = desk.kiosk.send(papers=[])
    bring_to(desk, sent, state)
    desk.clock.pass_time(30 * 86400)
    with pytest.raises(UserError, match="term_runs"):
        take_step(desk.office, RINA, sent.application_id, "cancel", state, "30 hari lewat")
    desk.clock.pass_time(86400)
    take_step(desk.office, RINA, sent.application_id, "cancel", state, "30 hari lewat")
    assert state_of(desk, sent) == "cancelled"


def test_a_cancelled_application_leaves_its_place_to_others(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    bring_to(desk, sent, "scheduled")
    book(desk, sent)
    take_step(desk.office, RINA, sent.application_id, "cancel", "scheduled", "Permohonan ganda")
    with desk.office.database.read() as session:
        assert session.get(BookingRow, sent.application_id) is None


def test_the_overdue_of_every_state_come_first_and_are_counted(empty: Desk) -> None:
    old = [empty.kiosk.send({**ANSWERS, "full_name": f"LAMA {n}"}, []) for n in range(3)]
    bring_to(empty, old[1], "ready")
    bring_to(empty, old[2], "paid")
    empty.clock.pass_time(31 * 86400)
    new = empty.kiosk.send({**ANSWERS, "full_name": "BARU"}, [])
    words = load_words("id")
    overdue = list_applications(empty.office, RINA, words, OVERDUE)
    assert {line.id for line in overdue.lines} == {old[0].application_id, old[1].application_id}
    assert all(line.is_late and line.term and line.term.left < 0 for line in overdue.lines)
    assert {tab.code: tab.count for tab in overdue.tabs}[OVERDUE] == 2
    every = list_applications(empty.office, RINA, words, "all").lines
    assert [line.is_late for line in every] == [True, True, False, False]
    assert every[2].id == new.application_id
    assert "sisa 4 hari kerja" in empty.browser("rina").get(LIST).text


def test_the_list_and_the_clock_agree_on_every_day(empty: Desk) -> None:
    words = load_words("id")
    for state in ("received", "returned"):
        sent = empty.kiosk.send({**ANSWERS, "full_name": state}, [])
        bring_to(empty, sent, state)
    for days in (*(1,) * 9, 19, *(1,) * 6):
        empty.clock.pass_time(days * 86400)
        late = {line.id for line in list_applications(empty.office, RINA, words, OVERDUE).lines}
        lines = list_applications(empty.office, RINA, words, "all").lines
        assert late == {line.id for line in lines if line.is_late}
    assert len(late) == 2


def test_an_application_is_taken_over_only_knowingly(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    rina, dodi = desk.browser("rina"), desk.browser("dodi")
    rina.send_form(LIST, f"{one(sent)}/start", {})
    page = f"{one(sent)}/take-over"
    for action in ("accept", "reject", "return", "steps/cancel"):
        assert dodi.get(f"{one(sent)}/{action}").location == page
    tried = dodi.send_form(LIST, f"{one(sent)}/accept", {"revision": "1"})
    assert tried.location == page
    assert step(dodi, sent, "cancel", "in_review", "x") == 409
    assert state_of(desk, sent) == "in_review"
    assert "Rina Pemeriksa memeriksa permohonan ini sejak" in dodi.get(page).text
    assert dodi.send_form(LIST, page, {"holder": "rina"}).status == 422
    assert dodi.send_form(LIST, page, {"holder": "hadi", "reason": "absent"}).status == 409
    taken = dodi.send_form(LIST, page, {"holder": "rina", "reason": "absent"})
    assert taken.location.endswith("?done=taken_over")
    assert rina.get(f"{one(sent)}/accept").location == page
    assert dodi.send_form(LIST, f"{one(sent)}/accept", {"revision": "1"}).status == 303
    with desk.office.database.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.what == "take_over")).one()
    assert (row.who, row.params) == ("officer:dodi", '{"holder":"rina","reason":"absent"}')


def test_messages_bill_slot_and_parcel_stand_on_the_page(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    office, now = desk.office, desk.clock.now()
    recipient = office.keys.keys.public().recipient
    choice = CollectingChosen("post", "Siti Contoh", "", "Jl. Contoh 1, Letung", "0812")
    with office.database.write() as session:
        session.add(
            MessageRow(id="m1", application_id=sent.application_id, at=now,
                       sealed_text=seal(b"Kapan <b>jadwal</b> saya?", recipient))
        )  # fmt: skip
        session.add(
            CollectingRow(application_id=sent.application_id, how="post", chosen_at=now,
                          sealed=seal(msgspec.json.encode(choice), recipient))
        )  # fmt: skip
        session.add(
            BillRow(id="b1", application_id=sent.application_id, state="paid", rupiah=650_000,
                    lines='[{"code":"a","label_id":"Paspor","label_en":"Passport","rupiah":650000}]',
                    wanted_at=now, code="826112200000001", issued_at=now,
                    expires_at=now + timedelta(hours=2), paid_at=now, ntpn="NTPN123")
        )  # fmt: skip
    book(desk, sent)
    browser = desk.browser("rina")
    assert "1 pesan baru" in browser.get(LIST).text
    shown = browser.get(one(sent)).text
    for words in (
        "Kapan &lt;b&gt;jadwal", "Jl. Contoh 1, Letung", "826 112 200 000 001", "Rp650.000",
        "NTPN NTPN123", "Kantor Contoh",
    ):  # fmt: skip
        assert words in shown
    assert "pesan baru" not in browser.get(LIST).text
    bring_to(desk, sent, "ready")
    answer = browser.send_form(LIST, f"{one(sent)}/parcel", {"tracking": "JP123456"})
    assert answer.location.endswith("?done=parcel#collecting")
    browser.send_form(LIST, f"{one(sent)}/messages", {"text": "Besok pagi."})
    said = last_told(desk)
    assert isinstance(said, Said)
    assert said.text == "Besok pagi."


def test_a_slot_is_given_back_with_a_reason_when_the_boat_did_not_sail(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    book(desk, sent)
    bring_to(desk, sent, "scheduled")
    browser = desk.browser("rina")
    assert step(browser, sent, "release_slot", "scheduled") == 422
    assert step(browser, sent, "release_slot", "scheduled", "Kapal tidak berangkat") == 303
    assert "sedang memilih lagi" in browser.get(one(sent)).text


def test_payments_that_fit_nothing_are_listed_for_the_cashier(desk: Desk) -> None:
    now = desk.clock.now()
    browser = desk.browser("hadi")
    assert "Semua pembayaran cocok" in browser.get("/console/payments").text
    with desk.office.database.write() as session:
        for number, outcome in enumerate(("paid", "wrong_amount")):
            session.add(
                PaymentNoticeRow(id=f"n{number}", code=f"82611220000000{number}", rupiah=1,
                                 ntpn="N1", paid_at=now, taken_at=now, outcome=outcome)
            )  # fmt: skip
    shown = browser.get("/console/payments").text
    assert "826 112 200 000 001" in shown
    assert "Jumlah tidak sama" in shown
    assert "826 112 200 000 000" not in shown


def book(desk: Desk, manifest: Manifest) -> None:
    now = desk.clock.now()
    with desk.office.database.write() as session:
        session.add(
            BookingRow(application_id=manifest.application_id, slot_id="TRM-20261201-0800",
                       place_number=desk.kiosk.serial, starts_at=now + timedelta(days=5),
                       minutes=30, place="Kantor Contoh", booked_at=now)
        )  # fmt: skip


def test_a_step_of_an_unknown_application_is_refused(desk: Desk) -> None:
    with pytest.raises(UserError, match="application_unknown"):
        progress.take_step(desk.office, RINA, "nobody", "attend", "scheduled")
