"""Roles of officers: who may do what, what became of accounts from before, accounts and kiosks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import select, text

from app.errors import UserError
from app.office import devices, officers, progress, review
from app.office.console import sessions
from app.office.console.door import ROOMS
from app.office.context import Office
from app.office.database import open_database
from app.office.enrolling import new_enrolment_code
from app.office.migrating import _upgrade, migrate
from app.office.officers import add_officer, roles_of
from app.office.roles import ACTIONS, ROLES, Officer
from app.office.tables import AuditRow, DeviceRow, OfficerRow, RecordRow, SessionRow
from app.resources import load_words
from tests.office.desk import new_device, new_office

APP = Path(review.__file__).parent
PASSWORD = "kata sandi panjang"
HADI = Officer("hadi", "Hadi Kepala", ("supervisor", "administrator"))
#: Pages that anybody may ask for: they are how an officer comes in and goes out.
OPEN = {"/console/sign-in", "/console/sign-out", "/console/second-factor"}


def role(name: str) -> Officer:
    return Officer(name, name.title(), (name,))


def told(office: Office) -> list[tuple[str, str]]:
    with office.database.read() as session:
        return [
            (row.who, row.what) for row in session.scalars(select(AuditRow).order_by(AuditRow.id))
        ]


def test_accounts_from_before_keep_what_they_could_do(tmp_path: Path, untouched_url: str) -> None:
    folder = tmp_path / "office"
    folder.mkdir()
    database = open_database(folder, untouched_url)
    with database.write() as session:
        _upgrade(session.connection(), "0009")
        for name, was in (("ani", "adjudicator"), ("hadi", "head")):
            session.execute(
                text(
                    "INSERT INTO officers (name, shown_name, password_digest, role, is_active, "
                    "failures, created_at) VALUES (:name, :name, 'd', :was, :yes, 3, :at)"
                ),
                {"name": name, "was": was, "yes": True, "at": "2026-01-01T00:00:00.000000Z"},
            )
        session.execute(
            text(
                "INSERT INTO sessions (token_digest, officer, form_token, started_at, seen_at, "
                "expires_at) VALUES ('t', 'ani', 'f', '2026', '2026', '2027')"
            )
        )
        session.execute(
            text(
                "INSERT INTO devices (id, code, name, signing, recipient, token_digest, "
                "first_serial, last_serial, last_event, is_revoked, enrolled_at) VALUES "
                "('d', 'TRM', 'd', '', '', '', 1, 9, 0, :no, '2026')"
            ),
            {"no": False},
        )
        session.execute(
            text(
                "INSERT INTO applications (id, reference, device_id, service_id, "
                "catalogue_version, state, revision, assigned_to, applicant_name, birth_date, "
                "nik_digest, is_training, first_received_at, received_at, updated_at) VALUES "
                "('a', 'r', 'd', 's', '1', 'in_review', 1, 'ani', '', '', '', :no, '', '', '')"
            ),
            {"no": False},
        )
    migrate(database)
    with database.read() as session:
        assert roles_of(session, "ani") == ("adjudicator",)
        assert roles_of(session, "hadi") == ("supervisor", "administrator")
        assert session.get_one(OfficerRow, "ani").failures == 3
        assert session.scalars(select(SessionRow)).all() == []
        assigned = session.scalar(text("SELECT assigned_to FROM applications"))
        assert assigned == "ani"
    with pytest.raises(Exception, match="database_refused"), database.write() as session:
        session.execute(text("UPDATE applications SET assigned_to = 'nobody'"))
    database.close()


def test_a_decision_by_a_role_that_may_not_is_refused_and_stands_in_the_trail(
    office: Office, tmp_path: Path
) -> None:
    add_officer(office, "intake", "Intake", PASSWORD, ("intake",))
    decisions: tuple[Callable[[Officer], None], ...] = (
        lambda who: review.accept(office, who, "a", 1),
        lambda who: review.reject(office, who, "a", 1, "tidak"),
        lambda who: progress.take_step(office, who, "a", "print", "adjudication"),
    )
    for one in (role("intake"), role("cashier"), role("interviewer"), role("administrator")):
        for decide in decisions:
            with pytest.raises(UserError) as refused:
                decide(one)
            assert refused.value.code == "forbidden"
            assert told(office)[-1] == (f"officer:{one.name}", "forbidden")
    with pytest.raises(UserError) as unread:
        review.open_submission(office, role("administrator"), "a")
    assert unread.value.code == "forbidden"
    for one in (role("adjudicator"), HADI):
        with pytest.raises(UserError) as unknown:
            review.accept(office, one, "a", 1)
        assert unknown.value.code == "application_unknown"


def test_every_role_has_words_and_every_action_somebody() -> None:
    for language in ("id", "en"):
        words = load_words("en" if language == "en" else "id")
        keys = [f"console.role.{prefix}{one}" for one in ROLES for prefix in ("", "what_")]
        assert [key for key in keys if not words.has(key)] == []
    assert all(who and who <= set(ROLES) for who in ACTIONS.values())


def test_every_page_of_the_console_asks_who_may_see_it() -> None:
    routes = [
        one
        for room in ROOMS
        for one in room.router.routes
        if isinstance(one, APIRoute) and one.path.startswith("/console")
    ]
    assert len(routes) > 25
    unguarded = {one.path for one in routes if not _is_guarded(one.dependant)}
    assert unguarded == OPEN


def _is_guarded(dependant: Dependant) -> bool:
    return any(
        getattr(one.call, "__module__", "") == "app.office.console.visitors"
        and getattr(one.call, "__name__", "") in ("allowed", "officer_visit")
        for one in dependant.dependencies
    )


def test_every_line_of_the_trail_has_words() -> None:
    words = load_words("id")
    called = re.compile(r'audit\.note\((?:[^"()]|\([^()]*\))*"([a-z_]+)"', re.S)
    opened_for = re.compile(r'\bwhat="([a-z_]+)"')
    stepped = re.compile(r'\bStep\(\s*"([a-z_]+)"')
    found: set[str] = set()
    for path in APP.rglob("*.py"):
        source = path.read_text("utf-8")
        found.update(*(said.findall(source) for said in (called, opened_for, stepped)))
    assert len(found) > 25
    assert [one for one in sorted(found) if not words.has(f"console.trail.what.{one}")] == []


def test_a_closed_account_is_out_at_once_and_what_it_did_stays(office: Office) -> None:
    add_officer(office, "hadi", "Hadi", PASSWORD, HADI.roles)
    add_officer(office, "ani", "Ani", PASSWORD, ("intake",))
    token = sessions.sign_in(office, "ani", PASSWORD)
    assert token is not None
    assert sessions.session_of(office, token) is not None
    officers.close_officer(office, HADI, "ani")
    assert sessions.session_of(office, token) is None
    assert sessions.sign_in(office, "ani", PASSWORD) is None
    officers.reopen_officer(office, HADI, "ani")
    assert sessions.sign_in(office, "ani", PASSWORD) is not None
    assert ("officer:ani", "sign_in") in told(office)
    with pytest.raises(UserError) as last:
        officers.close_officer(office, HADI, "hadi")
    assert last.value.code == "last_administrator"
    with pytest.raises(UserError) as unchanged:
        officers.set_roles(office, HADI, "hadi", ("supervisor",))
    assert unchanged.value.code == "last_administrator"


def test_a_new_password_lifts_the_lock_and_ends_sessions(office: Office) -> None:
    add_officer(office, "ani", "Ani", PASSWORD, ("intake",))
    token = sessions.sign_in(office, "ani", PASSWORD)
    for _ in range(sessions.MOST_FAILURES):
        sessions.sign_in(office, "ani", "salah")
    assert sessions.sign_in(office, "ani", PASSWORD) is None
    officers.set_password(office, HADI, "ani", "sandi yang baru sekali")
    assert sessions.session_of(office, token or "") is None
    assert sessions.sign_in(office, "ani", PASSWORD) is None
    assert sessions.sign_in(office, "ani", "sandi yang baru sekali") is not None


def test_only_an_administrator_changes_accounts_and_kiosks(office: Office) -> None:
    add_officer(office, "ani", "Ani", PASSWORD)
    changes: tuple[Callable[[Officer], None], ...] = (
        lambda who: officers.close_officer(office, who, "ani"),
        lambda who: officers.reopen_officer(office, who, "ani"),
        lambda who: officers.set_roles(office, who, "ani", ("administrator",)),
        lambda who: officers.set_password(office, who, "ani", PASSWORD),
        lambda who: officers.remove_second_factor(office, who, "ani"),
        lambda who: devices.revoke_device(office, who, "x"),
    )
    for one in (role("adjudicator"), role("supervisor")):
        for change in changes:
            with pytest.raises(UserError) as refused:
                change(one)
            assert refused.value.code == "forbidden"


def test_a_revoked_kiosk_is_heard_no_more_and_what_it_sent_stays(
    tmp_path: Path, database_url: str
) -> None:
    office = new_office(tmp_path, database_url=database_url)
    kiosk = new_device(office, tmp_path)
    before = kiosk.send()
    devices.revoke_device(office, HADI, kiosk.device_id)
    devices.revoke_device(office, HADI, kiosk.device_id)
    later = kiosk.send()
    rina = Officer("rina", "Rina", ("adjudicator",))
    assert review.open_submission(office, rina, before.application_id).reference == before.reference
    with pytest.raises(UserError):
        review.open_submission(office, rina, later.application_id)
    with office.database.read() as session:
        refused = session.scalars(select(RecordRow.refused_code)).all()
        assert sorted(refused) == sorted([*[""] * (len(refused) - 1), "device_unknown"])
        code = session.get_one(DeviceRow, kiosk.device_id).code
    assert told(office).count(("officer:hadi", "device_revoked")) == 1
    # Its letters stand on slips and belong to no other kiosk.
    with pytest.raises(UserError) as taken:
        new_enrolment_code(office, "Kiosk lain", code)
    assert taken.value.code == "device_code_taken"
    office.close()
