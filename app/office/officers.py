"""Officers' accounts: making and closing them, their roles and passwords; signing in is elsewhere.

Never lets the office lose its last administrator.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.errors import UserError
from app.office import audit
from app.office.roles import ROLES, Officer, check_may
from app.office.tables import OfficerRoleRow, OfficerRow, RecoveryCodeRow, SessionRow
from app.security.passwords import digest_secret

if TYPE_CHECKING:
    from app.office.context import Office

LEAST_PASSWORD_LETTERS = 10
MOST_PASSWORD_LETTERS = 200
_NAME = re.compile(r"[a-z0-9._\-]{2,40}")


def add_officer(
    office: Office,
    name: str,
    shown_name: str,
    password: str,
    roles: Collection[str] = ("adjudicator",),
    made_by: str = audit.OFFICE,
) -> None:
    """Add an account.

    Raises:
        UserError: ``officer_name_malformed``, ``officer_name_taken``, ``password_too_short``,
            ``role_unknown``.
    """
    typed = name.strip().lower()
    shown = shown_name.strip()
    if not _NAME.fullmatch(typed) or not shown or not shown.isprintable() or len(shown) > 80:
        raise UserError("officer_name_malformed")
    known = _known(roles)
    digest = checked_password(password)
    now = office.clock.now()
    with office.database.write() as session:
        if session.get(OfficerRow, typed) is not None:
            raise UserError("officer_name_taken")
        session.add(
            OfficerRow(name=typed, shown_name=shown, password_digest=digest, created_at=now)
        )
        session.flush()
        session.add_all(OfficerRoleRow(officer=typed, role=role) for role in known)
        audit.note(session, now, made_by, "officer_added", officer=typed, roles=" ".join(known))


def roles_of(session: Session, name: str) -> tuple[str, ...]:
    """Return an account's roles in the order of ``ROLES``."""
    held = set(
        session.scalars(select(OfficerRoleRow.role).where(OfficerRoleRow.officer == name)).all()
    )
    return tuple(role for role in ROLES if role in held)


def set_roles(office: Office, by: Officer, name: str, roles: Collection[str]) -> None:
    """Give an account these roles and no others; it signs in again.

    Raises:
        UserError: ``forbidden``, ``officer_unknown``, ``role_unknown``, ``last_administrator``.
    """
    check_may(office, by, "accounts")
    known = _known(roles)
    with office.database.write() as session:
        officer = _account(session, name)
        if "administrator" not in known:
            _check_administered(session, officer.name)
        session.execute(delete(OfficerRoleRow).where(OfficerRoleRow.officer == name))
        session.add_all(OfficerRoleRow(officer=name, role=role) for role in known)
        _end_sessions(session, name)
        _note(session, office, by, "officer_roles", name, roles=" ".join(known))


def close_officer(office: Office, by: Officer, name: str) -> None:
    """Close an account: it is signed out everywhere and in nowhere; what it did stays.

    Raises:
        UserError: ``forbidden``, ``officer_unknown``, ``last_administrator``.
    """
    check_may(office, by, "accounts")
    with office.database.write() as session:
        officer = _account(session, name)
        _check_administered(session, officer.name)
        officer.is_active = False
        _end_sessions(session, name)
        _note(session, office, by, "officer_closed", name)


def reopen_officer(office: Office, by: Officer, name: str) -> None:
    """Open a closed account again, with the password and second factor that it had.

    Raises:
        UserError: ``forbidden``, ``officer_unknown``.
    """
    check_may(office, by, "accounts")
    with office.database.write() as session:
        _account(session, name).is_active = True
        _note(session, office, by, "officer_reopened", name)


def set_password(office: Office, by: Officer, name: str, password: str) -> None:
    """Give an account a new password and end its lock; it is signed out everywhere.

    Raises:
        UserError: ``forbidden``, ``officer_unknown``, ``password_too_short``.
    """
    check_may(office, by, "accounts")
    digest = checked_password(password)
    with office.database.write() as session:
        officer = _account(session, name)
        officer.password_digest = digest
        officer.failures, officer.locked_until = 0, None
        _end_sessions(session, name)
        _note(session, office, by, "password_set", name)


def remove_second_factor(office: Office, by: Officer, name: str) -> None:
    """Let an account whose telephone is lost set its second factor up anew at the next sign-in.

    Raises:
        UserError: ``forbidden``, ``officer_unknown``.
    """
    check_may(office, by, "accounts")
    with office.database.write() as session:
        forget_second_factor(session, _account(session, name))
        _end_sessions(session, name)
        _note(session, office, by, "second_factor_removed", name)


def rescue_officer(office: Office, name: str, password: str) -> None:
    """Let an account in again that nobody in the console can help, from the office's own machine.

    New password, no lock, no second factor until it is set up anew, open; roles stay.

    Raises:
        UserError: ``officer_unknown``, ``password_too_short``.
    """
    digest = checked_password(password)
    with office.database.write() as session:
        officer = _account(session, name)
        officer.password_digest, officer.is_active = digest, True
        officer.failures, officer.locked_until = 0, None
        forget_second_factor(session, officer)
        _end_sessions(session, name)
        audit.note(session, office.clock.now(), audit.OFFICE, "officer_rescued", officer=name)


def forget_second_factor(session: Session, officer: OfficerRow) -> None:
    """Forget secret and recovery codes in the caller's transaction."""
    # The step stays: a code of the old secret is worth nothing, and the clock only goes on.
    officer.sealed_factor = None
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.officer == officer.name))


def checked_password(password: str) -> str:
    """Return a password's digest.

    Raises:
        UserError: ``password_too_short``.
    """
    if not LEAST_PASSWORD_LETTERS <= len(password) <= MOST_PASSWORD_LETTERS:
        raise UserError("password_too_short", least=LEAST_PASSWORD_LETTERS)
    return digest_secret(password)


def _known(roles: Collection[str]) -> tuple[str, ...]:
    if not roles or not set(ROLES).issuperset(roles):
        raise UserError("role_unknown")
    return tuple(role for role in ROLES if role in roles)


def _account(session: Session, untrusted_name: str) -> OfficerRow:
    is_name = _NAME.fullmatch(untrusted_name) is not None
    officer = session.get(OfficerRow, untrusted_name) if is_name else None
    if officer is None:
        raise UserError("officer_unknown")
    return officer


def _check_administered(session: Session, without: str) -> None:
    """Refuse to go on when nobody else could make accounts."""
    others = (
        select(OfficerRow.name)
        .join(OfficerRoleRow, OfficerRoleRow.officer == OfficerRow.name)
        .where(
            OfficerRoleRow.role == "administrator",
            OfficerRow.is_active,
            OfficerRow.name != without,
        )
    )
    is_one = "administrator" in roles_of(session, without)
    if is_one and session.scalars(others).first() is None:
        raise UserError("last_administrator")


def _end_sessions(session: Session, name: str) -> None:
    session.execute(delete(SessionRow).where(SessionRow.officer == name))


def _note(
    session: Session, office: Office, by: Officer, what: str, name: str, **params: str
) -> None:
    who = audit.officer(by.name)
    audit.note(session, office.clock.now(), who, what, officer=name, **params)
