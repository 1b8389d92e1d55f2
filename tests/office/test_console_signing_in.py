"""Who gets into the console, and for how long."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import timedelta

from fastapi.routing import APIRoute
from sqlalchemy import select, update

from app.office.console import accounts, administering, applications, deciding, sessions, signing_in
from app.office.console.sessions import IDLE, LIFE, LOCK, MOST_FAILURES
from app.office.devices import token_digest
from app.office.tables import AuditRow, OfficerRow, SessionRow
from tests.office.desk import PASSWORD, Answer, Browser, Desk, form_token

LIST = "/console/applications"
SIGN_IN = "/console/sign-in"
#: Every address that takes a form of the console.
_FORMS = (
    SIGN_IN,
    "/console/sign-out",
    LIST,
    "/console/devices",
    "/console/officers",
    "/console/officers/hadi/close",
    "/console/account/password",
    "/console/account/second-factor",
    *(f"{LIST}/some/{action}" for action in ("start", "accept", "reject", "return")),
)


def test_an_officer_signs_in_and_sees_the_list(desk: Desk) -> None:
    browser = desk.browser()
    assert browser.get(LIST).location == SIGN_IN
    answer = browser.sign_in(" RINA ")
    assert (answer.status, answer.location) == (303, LIST)
    shown = browser.get(LIST)
    assert shown.status == 200
    assert "Rina Pemeriksa" in shown.text


def test_the_cookie_is_for_our_own_pages_only_and_no_script_reads_it(desk: Desk) -> None:
    browser = desk.browser()
    for cookie in browser.sign_in("rina").headers.get_all("Set-Cookie") or []:
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
    with desk.office.database.read() as session:
        held = session.scalars(select(SessionRow.token_digest)).all()
    token = browser.cookies["loket_officer"]
    assert held == [token_digest(token)]
    assert token not in held


def test_a_wrong_password_an_unknown_name_and_a_locked_account_look_alike(desk: Desk) -> None:
    browser = desk.browser()
    wrong = browser.sign_in("rina", "bukan kata sandinya")
    unknown = browser.sign_in("nobody", "bukan kata sandinya")
    for _ in range(MOST_FAILURES):
        browser.sign_in("rina", "salah lagi")
    locked = browser.sign_in("rina")
    assert wrong.status == unknown.status == locked.status == 403
    assert _without_token(wrong) == _without_token(unknown) == _without_token(locked)
    assert not {"loket_officer"} & browser.cookies.keys()


def test_the_lock_ends_by_itself_and_a_right_password_forgets_failures(desk: Desk) -> None:
    browser = desk.browser()
    for _ in range(MOST_FAILURES):
        browser.sign_in("rina", "salah")
    assert browser.sign_in("rina").status == 403
    desk.clock.pass_time(LOCK.total_seconds() + 1)
    for _ in range(MOST_FAILURES - 1):
        browser.sign_in("rina", "salah")
    assert browser.sign_in("rina").status == 303
    with desk.office.database.read() as session:
        assert session.get_one(OfficerRow, "rina").failures == 0


def test_many_tries_from_one_address_are_told_to_wait(desk: Desk) -> None:
    browser = desk.browser()
    answers = [browser.sign_in(f"nobody{number}", "salah") for number in range(21)]
    assert [answer.status for answer in answers] == [403] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 61
    assert "Terlalu banyak percobaan" in answers[-1].text


def test_addresses_of_one_ipv6_subscriber_count_as_one(desk: Desk) -> None:
    browser = desk.browser()
    page = "/console/sign-in"
    fields = {"form_token": form_token(browser.get(page)), "name": "nobody", "password": "salah"}
    answers = [
        browser.post(page, fields, X_Forwarded_For=f"2001:db8:7:7::{number:x}").status
        for number in range(21)
    ]
    assert answers == [403] * 20 + [429]


def test_a_flood_of_sign_ins_leaves_threads_for_everybody_else(desk: Desk) -> None:
    with ThreadPoolExecutor(sessions.MOST_IN_LINE + 1) as pool, ExitStack() as held:
        for _ in range(2):
            held.enter_context(sessions.HASHING)
        trying = [
            pool.submit(sessions.sign_in, desk.office, "nobody", "salah")
            for _ in range(sessions.MOST_IN_LINE + 1)
        ]
        done, waiting = wait(trying, return_when=FIRST_COMPLETED)
        assert [getattr(one.exception(), "code", "") for one in done] == ["too_many_requests"]
        held.close()
        assert [one.result() for one in waiting] == [None] * sessions.MOST_IN_LINE


def test_a_stolen_cookie_opens_nothing_after_sign_out(desk: Desk) -> None:
    browser = desk.browser("rina")
    thief = Browser(desk.address)
    thief.cookies.update(browser.cookies)
    assert thief.get(LIST).status == 200
    assert browser.send_form(LIST, "/console/sign-out", {}).location.startswith(SIGN_IN)
    assert thief.get(LIST).status == 303
    assert browser.get(LIST).status == 303


def test_a_session_ends_when_idle_and_at_the_end_of_the_day(desk: Desk) -> None:
    idle = desk.browser("rina")
    busy = desk.browser("dodi")
    desk.clock.pass_time(IDLE.total_seconds() - 61)
    assert busy.get(LIST).status == 200
    desk.clock.pass_time(61)
    assert idle.get(LIST).location == f"{SIGN_IN}?notice=expired"
    for _ in range(int(LIFE / IDLE) * 2):
        desk.clock.pass_time(IDLE.total_seconds() / 2)
        busy.get(LIST)
    assert busy.get(LIST).status == 303


def test_a_closed_account_is_out_at_once(desk: Desk) -> None:
    browser = desk.browser("rina")
    with desk.office.database.write() as session:
        session.execute(update(OfficerRow).where(OfficerRow.name == "rina").values(is_active=False))
    assert browser.get(LIST).status == 303
    assert browser.sign_in("rina").status == 403


def test_signing_in_makes_a_new_session_whatever_cookie_was_planted(desk: Desk) -> None:
    browser = desk.browser()
    browser.cookies["loket_officer"] = "00" * 32
    browser.sign_in("rina")
    assert browser.cookies["loket_officer"] != "00" * 32
    assert browser.get(LIST).status == 200


def test_a_form_without_its_token_or_from_elsewhere_is_refused(desk: Desk) -> None:
    head = desk.browser("hadi")
    token = form_token(head.get(LIST))
    for path in _FORMS:
        for typed, headers in (
            ({}, {}),
            ({"form_token": "0" * 64}, {}),
            ({"form_token": token}, {"Sec_Fetch_Site": "cross-site"}),
            ({"form_token": token}, {"Origin": "http://elsewhere.example"}),
        ):
            answer = head.post(path, typed, **headers)
            assert answer.status == 403, (path, typed, headers)
            assert "Formulir ini sudah tidak berlaku" in answer.text
    assert head.get(LIST).status == 200


def test_no_posting_address_is_missing_from_the_list_of_forms() -> None:
    posting = {
        route.path.replace("{application_id}", "some").replace("{name}/{what}", "hadi/close")
        for room in (signing_in, applications, deciding, accounts, administering)
        for route in room.router.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
    }
    assert posting - {"/language", "/console/devices/{device_id}/revoke"} == set(_FORMS)


def test_anothers_form_token_does_not_fit(desk: Desk) -> None:
    rina, dodi = desk.browser("rina"), desk.browser("dodi")
    token = form_token(dodi.get(LIST))
    assert rina.post("/console/sign-out", {"form_token": token}).status == 403


def test_only_the_head_sees_kiosks_and_officers(desk: Desk) -> None:
    officer, head = desk.browser("rina"), desk.browser("hadi")
    for path in ("/console/devices", "/console/officers"):
        refused = officer.get(path)
        assert refused.status == 403
        assert "Tidak boleh dibuka" in refused.text
        assert officer.send_form(LIST, path, {"name": "x", "code": "AAA"}).status == 403
        assert head.get(path).status == 200


def test_the_head_makes_a_code_that_is_shown_once_and_an_officer(desk: Desk) -> None:
    head = desk.browser("hadi")
    page = "/console/devices"
    made = head.send_form(page, page, {"name": "Desa <b>Baru</b>", "code": "bru"})
    assert made.status == 200
    assert "Desa &lt;b&gt;Baru&lt;/b&gt;" in made.text
    taken = head.send_form(page, page, {"name": "Lain", "code": "BRU"})
    assert taken.status == 422
    assert "Huruf BRU sudah dipakai" in taken.text
    assert "XXXX" not in taken.text
    officers = "/console/officers"
    typed = {"name": "wati", "shown_name": "Wati", "role": "adjudicator", "password": "pendek"}
    assert "paling sedikit" in head.send_form(officers, officers, typed).text
    typed["password"] = PASSWORD
    assert head.send_form(officers, officers, typed).location == f"{officers}?done=added"
    assert desk.browser("wati").get(LIST).status == 200


def test_signing_in_and_failing_is_written_down_without_what_was_typed(desk: Desk) -> None:
    browser = desk.browser()
    browser.sign_in("rina", "rahasia yang salah")
    browser.sign_in("rahasia di kotak nama", "apa saja")
    browser.sign_in("rina")
    with desk.office.database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
    trail = [(row.who, row.what) for row in rows if "sign_in" in row.what]
    assert trail == [
        ("officer:rina", "sign_in_failed"),
        ("office", "sign_in_failed"),
        ("officer:rina", "sign_in"),
    ]
    assert "rahasia" not in "".join(row.params + row.who for row in rows)


def test_the_language_is_chosen_by_a_cookie_and_leads_back_to_our_own_page_only(desk: Desk) -> None:
    browser = desk.browser()
    assert "Masuk sebagai petugas" in browser.get(SIGN_IN).text
    answer = browser.post("/language", {"language": "en", "back": SIGN_IN})
    assert answer.location == SIGN_IN
    assert "Officer sign-in" in browser.get(SIGN_IN).text
    for away in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "x"):
        assert browser.post("/language", {"language": "id", "back": away}).location == "/status"


def test_every_page_forbids_foreign_scripts_storage_and_frames(desk: Desk) -> None:
    browser = desk.browser("rina")
    for path in ("/status", SIGN_IN, LIST, "/nowhere", "/console/nowhere"):
        headers = browser.get(path).headers
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_faults_are_pages_in_words(desk: Desk) -> None:
    browser = desk.browser("rina")
    for path in (
        "/nowhere",
        "/console/applications/none",
        "/console/applications/a/revisions/x/documents/y",
    ):
        answer = browser.get(path)
        assert answer.status == 404
        assert "Halaman tidak ditemukan" in answer.text
    assert browser.post("/status", {}, Content_Type="text/plain").status == 400
    assert browser.post("/status", {"reference": "x" * 300_000}).status == 400


def test_the_root_leads_to_the_status_page_with_a_way_in_for_officers(desk: Desk) -> None:
    browser = desk.browser()
    assert browser.get("/").location == "/status"
    assert 'href="/console"' in browser.get("/status").text


def _without_token(answer: Answer) -> str:
    return answer.text.replace(form_token(answer), "")


def test_a_clock_set_back_neither_locks_an_officer_out_nor_keeps_a_session_alive(
    desk: Desk,
) -> None:
    browser = desk.browser()
    assert browser.sign_in("rina").location == LIST
    year = timedelta(days=365)
    desk.clock.jump_to(desk.clock.now() + year)
    assert browser.get(LIST).location.startswith(SIGN_IN)
    assert browser.sign_in("rina").location == LIST
    for _ in range(MOST_FAILURES):
        desk.browser().sign_in("rina", "wrong password")
    desk.clock.jump_to(desk.clock.now() - year)
    assert browser.get(LIST).location.startswith(SIGN_IN)
    assert desk.browser().sign_in("rina").location == LIST
