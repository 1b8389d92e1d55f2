"""The audit trail as a page, and the pages that change accounts and kiosks."""

from __future__ import annotations

from sqlalchemy import func, select

from app.office import audit, review
from app.office.officers import add_officer
from app.office.roles import Officer
from app.office.tables import AuditRow, DeviceRow
from tests.office.desk import PASSWORD, Desk

RINA = Officer("rina", "Rina Pemeriksa", ("adjudicator",))
TRAIL = "/console/trail"


def test_the_trail_is_found_by_officer_application_and_day(desk: Desk) -> None:
    one, other = desk.kiosk.send(), desk.kiosk.send()
    review.start_review(desk.office, RINA, one.application_id)
    desk.clock.pass_time(3 * 24 * 3600)
    review.start_review(desk.office, RINA, other.application_id)
    head = desk.browser("hadi")
    begun = "<td>Mulai memeriksa</td>"
    assert head.get(TRAIL).text.count(begun) == 2
    assert head.get(f"{TRAIL}?who=dodi").text.count(begun) == 0
    assert head.get(f"{TRAIL}?who=rina").text.count(begun) == 2
    found = head.get(f"{TRAIL}?who=rina&reference={one.reference}").text
    assert found.count(begun) == 1
    assert other.reference not in found
    day = f"{desk.clock.now():%Y-%m-%d}"
    assert head.get(f"{TRAIL}?who=rina&day={day}").text.count(begun) == 1
    for wrong in ("day=2026-02-31", "reference=TRM-1", f"reference={'9' * 20}"):
        assert head.get(f"{TRAIL}?{wrong}").status == 422
    assert head.get(f"{TRAIL}?who=%00&before=zzz").status == 200


def test_an_older_page_goes_on_where_the_newer_one_ended(desk: Desk) -> None:
    head = desk.browser("hadi")
    with desk.office.database.write() as session:
        for _ in range(60):
            audit.note(session, desk.clock.now(), "officer:rina", "search", shown=0)
    first = head.get(TRAIL).text
    assert first.count("Mencari") == 50
    older = first.split('href="/console/trail?')[1].split('"')[0].replace("&amp;", "&")
    assert head.get(f"{TRAIL}?{older}").text.count("Mencari") == 10


def test_the_trail_is_for_those_who_may_and_looking_leaves_a_line(desk: Desk) -> None:
    assert desk.browser("rina").get(TRAIL).status == 403
    desk.browser("hadi").get(TRAIL)
    with desk.office.database.read() as session:
        last = session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
        refused = select(func.count()).where(AuditRow.what == "forbidden")
        assert session.scalar(refused) == 1
    assert last is not None
    assert (last.who, last.what) == ("officer:hadi", "trail")


def test_an_administrator_leads_accounts_and_kiosks_in_the_console(desk: Desk) -> None:
    head = desk.browser("hadi")
    ida = "/console/officers/ida"
    typed = {
        "name": "ida",
        "shown_name": "Ida",
        "password": PASSWORD,
        "role": ["intake", "cashier"],
    }
    assert head.send_form("/console/officers", "/console/officers", typed).status == 303
    shown = head.get(ida).text
    assert shown.count(" checked") == 2
    officer = desk.browser("ida")
    assert head.send_form(ida, f"{ida}/roles", {"role": "nobody"}).status == 422
    assert head.send_form(ida, f"{ida}/close", {}).location == f"{ida}?done=closed"
    assert officer.get("/console/applications").status == 303
    assert head.send_form(ida, f"{ida}/reopen", {}).status == 303
    assert head.send_form(ida, f"{ida}/password", {"password": "sandi kedua sekali"}).status == 303
    assert officer.sign_in("ida", "sandi kedua sekali").status == 303
    own = "/console/officers/hadi"
    refused = head.send_form(own, f"{own}/close", {})
    assert refused.status == 422
    assert "administrator terakhir" in refused.text
    assert head.get("/console/officers/nobody").status == 404
    revoke = f"/console/devices/{desk.kiosk.device_id}/revoke"
    assert head.send_form(revoke, revoke, {}).location == "/console/devices?done=revoked"
    assert "Dicabut" in head.get("/console/devices?done=revoked").text
    with desk.office.database.read() as session:
        assert session.get_one(DeviceRow, desk.kiosk.device_id).is_revoked


def test_an_administrator_alone_sees_no_applicant(desk: Desk) -> None:
    sent = desk.kiosk.send()
    add_officer(desk.office, "adi", "Adi", PASSWORD, ("administrator",))
    browser = desk.browser()
    assert browser.sign_in("adi").location == "/console/devices"
    assert browser.get("/console").location == "/console/devices"
    for path in ("", f"/{sent.application_id}"):
        assert browser.get(f"/console/applications{path}").status == 403
    assert "/console/applications" not in browser.get("/console/devices").text
