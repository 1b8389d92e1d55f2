"""The second factor of officers who decide: set up, given, used once, lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.office import officers
from app.office.console.sessions import LOCK, MOST_FAILURES
from app.office.officers import add_officer
from app.office.roles import Officer
from app.office.second_factor import STEP_S, code_at, letters, step_of
from app.office.tables import AuditRow, OfficerRow, RecoveryCodeRow, SessionRow
from app.protocol.sealing import unseal
from tests.office.desk import PASSWORD, Answer, Browser, Desk, open_desk

PAGE = "/console/second-factor"
LIST = "/console/applications"
HADI = Officer("hadi", "Hadi Kepala", ("supervisor", "administrator"))
#: The examples of RFC 6238 for SHA-1, whose eight digits end in ours.
EXAMPLES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path, database_url, has_second_factor=True) as opened:
        yield opened


def secret_of(desk: Desk, name: str = "rina") -> bytes:
    with desk.office.database.read() as session:
        sealed = session.get_one(OfficerRow, name).sealed_factor
    assert sealed is not None
    return unseal(sealed, desk.office.keys.keys.identity)


def offered(page: Answer) -> bytes:
    import base64

    found = re.search(r'class="letters">([A-Z2-7 ]+)<', page.text)
    assert found, page.text
    return base64.b32decode(found[1].replace(" ", ""))


def give(browser: Browser, code: str) -> Answer:
    return browser.send_form(PAGE, PAGE, {"code": code})


def set_up(desk: Desk, name: str = "rina") -> tuple[Browser, list[str]]:
    browser = desk.browser()
    assert browser.sign_in(name).location == PAGE
    code = code_at(offered(browser.get(PAGE)), desk.clock.now())
    done = give(browser, code)
    assert done.status == 200, done.text
    codes = re.findall(r"<code>([0-9A-Z\-]+)</code>", done.text)
    return browser, codes


def test_codes_are_those_of_the_standard() -> None:
    secret = b"12345678901234567890"
    for at, code in EXAMPLES.items():
        now = datetime.fromtimestamp(at, UTC)
        assert code_at(secret, now) == code
        assert step_of(secret, code, now, -1) == at // STEP_S


def test_a_code_holds_a_step_early_or_late_and_never_twice() -> None:
    secret = b"a" * 20
    now = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    step = int(now.timestamp()) // STEP_S
    code = code_at(secret, now)
    for seconds, is_good in ((-31, False), (-30, True), (30, True), (59, True), (60, False)):
        found = step_of(secret, code, now + timedelta(seconds=seconds), -1)
        assert (found == step) is is_good, seconds
    assert step_of(secret, code, now, step) is None
    assert step_of(secret, code, now, step + 1) is None
    # A clock that was a year ahead does not lock anybody out for a year.
    assert step_of(secret, code, now, step + 1_000_000) == step


def test_who_decides_sets_the_second_factor_up_at_the_first_sign_in(desk: Desk) -> None:
    browser, codes = set_up(desk)
    assert len(set(codes)) == 8
    assert browser.get(LIST).status == 200
    with desk.office.database.read() as session:
        assert session.scalars(select(SessionRow)).one().factor_at == desk.clock.now()
        held = session.get_one(OfficerRow, "rina").sealed_factor
        digests = session.scalars(select(RecoveryCodeRow.digest)).all()
    secret = secret_of(desk)
    assert held is not None
    assert secret not in held
    assert letters(secret).encode() not in held
    assert all(digest.startswith("$argon2id$") for digest in digests)


def test_a_password_alone_opens_no_page_of_the_office(desk: Desk) -> None:
    browser = desk.browser()
    browser.sign_in("rina")
    half = browser.cookies["loket_officer"]
    for path in (LIST, "/console", "/console/account", "/console/devices", "/console/trail"):
        assert browser.get(path).location == PAGE
    assert give(browser, "000000").status == 403
    assert browser.get(LIST).location == PAGE
    give(browser, code_at(offered(browser.get(PAGE)), desk.clock.now()))
    assert browser.cookies["loket_officer"] != half
    thief = desk.browser()
    thief.cookies["loket_officer"] = half
    assert thief.get(LIST).location.startswith("/console/sign-in")


def test_a_code_that_was_given_is_refused_to_whoever_looked_on(desk: Desk) -> None:
    set_up(desk)
    desk.clock.pass_time(120)
    code = code_at(secret_of(desk), desk.clock.now())
    officer, thief = desk.browser(), desk.browser()
    officer.sign_in("rina")
    thief.sign_in("rina")
    assert give(officer, code[:3] + " " + code[3:]).location == "/console"
    assert give(thief, code).status == 403
    assert thief.get(LIST).location == PAGE


def test_wrong_codes_lock_the_account_even_with_the_right_password_between(desk: Desk) -> None:
    set_up(desk)
    desk.clock.pass_time(120)
    answers = []
    for _ in range(MOST_FAILURES):
        browser = desk.browser()
        assert browser.sign_in("rina").location == PAGE
        answers.append(give(browser, "123"))
    assert [one.status for one in answers[:-1]] == [403] * (MOST_FAILURES - 1)
    assert answers[-1].location == "/console/sign-in?notice=locked"
    assert "dikunci" in browser.get(answers[-1].location).text
    assert desk.browser().sign_in("rina").status == 403
    assert "Dikunci sampai" in set_up(desk, "hadi")[0].get("/console/officers").text
    desk.clock.pass_time(LOCK.total_seconds() + 1)
    again = desk.browser()
    again.sign_in("rina")
    assert give(again, code_at(secret_of(desk), desk.clock.now())).status == 303


def test_a_recovery_code_opens_once(desk: Desk) -> None:
    _, codes = set_up(desk)
    browser = desk.browser()
    browser.sign_in("rina")
    assert give(browser, codes[2].lower().replace("-", " ")).location == "/console"
    assert "7 kode cadangan" in browser.get("/console/account").text
    thief = desk.browser()
    thief.sign_in("rina")
    assert give(thief, codes[2]).status == 403
    assert give(thief, f"4{codes[2][1:]}").status == 403


def test_two_first_sign_ins_set_up_one_second_factor(desk: Desk) -> None:
    first, second = desk.browser(), desk.browser()
    first.sign_in("rina")
    second.sign_in("rina")
    theirs = offered(second.get(PAGE))
    assert offered(first.get(PAGE)) != theirs
    give(first, code_at(offered(first.get(PAGE)), desk.clock.now()))
    held = secret_of(desk)
    late = give(second, code_at(theirs, desk.clock.now()))
    assert late.location.startswith("/console/sign-in")
    assert secret_of(desk) == held


def test_roles_that_do_not_decide_need_none(desk: Desk) -> None:
    add_officer(desk.office, "ida", "Ida Loket", PASSWORD, ("intake", "interviewer"))
    browser = desk.browser("ida")
    assert browser.get(LIST).status == 200
    officers.set_roles(desk.office, HADI, "ida", ("intake", "cashier"))
    assert browser.get(LIST).location.startswith("/console/sign-in")
    assert browser.sign_in("ida").location == PAGE


def test_a_lost_telephone_is_set_up_anew_by_whoever_may(desk: Desk) -> None:
    browser, _ = set_up(desk)
    old = secret_of(desk)
    anew = "/console/account/second-factor"
    wrong = browser.send_form("/console/account", anew, {"password": "bukan ini"})
    assert wrong.status == 422
    assert secret_of(desk) == old
    right = browser.send_form("/console/account", anew, {"password": PASSWORD})
    assert right.location == "/console/sign-in?notice=anew"
    set_up(desk)
    assert secret_of(desk) != old
    officers.remove_second_factor(desk.office, HADI, "rina")
    again = desk.browser()
    again.sign_in("rina")
    assert "aplikasi" in again.get(PAGE).text
    officers.rescue_officer(desk.office, "rina", PASSWORD)
    assert again.get(PAGE).location.startswith("/console/sign-in")
    with desk.office.database.read() as session:
        trail = session.scalars(select(AuditRow.what).order_by(AuditRow.id)).all()
    assert trail.count("second_factor_set") == 2
    assert {"second_factor_removed", "officer_rescued"} <= set(trail)


def test_own_password_is_changed_with_the_one_before_and_signs_out_elsewhere(desk: Desk) -> None:
    add_officer(desk.office, "ida", "Ida Loket", PASSWORD, ("intake",))
    here, there = desk.browser("ida"), desk.browser("ida")
    page, new = "/console/account", "sandi yang baru sekali"
    for typed, chosen, status in (("salah", new, 422), (PASSWORD, "pendek", 422)):
        fields = {"password": typed, "new_password": chosen}
        assert here.send_form(page, f"{page}/password", fields).status == status
    fields = {"password": PASSWORD, "new_password": new}
    assert here.send_form(page, f"{page}/password", fields).status == 303
    assert here.get(LIST).status == 200
    assert there.get(LIST).status == 303
    assert desk.browser().sign_in("ida").status == 403
    assert desk.browser().sign_in("ida", new).location == LIST
