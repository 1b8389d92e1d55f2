"""What officers change of their own accounts, each time with the password they have.

Never touches another account; that is an administrator's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.office import audit
from app.office.console.factors import of_token
from app.office.console.sessions import HASHING, may_try, note_failure
from app.office.devices import token_digest
from app.office.officers import checked_password, forget_second_factor
from app.office.tables import OfficerRow, SessionRow
from app.security.passwords import is_right

if TYPE_CHECKING:
    from app.office.context import Office


def change_password(office: Office, token: str, password: str, new_password: str) -> bool:
    """Change an officer's own password; False when the one given is wrong.

    Every other session of the account ends.

    Raises:
        UserError: ``sign_in_needed``, ``password_too_short``.
    """
    digest = checked_password(new_password)
    seen = _digest_if_right(office, token, password)
    with office.database.write() as session:
        row, officer = of_token(session, office, token)
        if not _is_confirmed(session, office, officer, seen):
            return False
        officer.password_digest = digest
        others = SessionRow.token_digest != token_digest(token)
        session.execute(delete(SessionRow).where(SessionRow.officer == row.officer, others))
        audit.note(session, office.clock.now(), audit.officer(officer.name), "password_changed")
    return True


def begin_second_factor_anew(office: Office, token: str, password: str) -> bool:
    """Forget an officer's own second factor, to set up another; False when the password is wrong.

    The officer is signed out everywhere and sets it up at the next sign-in.

    Raises:
        UserError: ``sign_in_needed``.
    """
    seen = _digest_if_right(office, token, password)
    with office.database.write() as session:
        _, officer = of_token(session, office, token)
        if not _is_confirmed(session, office, officer, seen):
            return False
        forget_second_factor(session, officer)
        session.execute(delete(SessionRow).where(SessionRow.officer == officer.name))
        now, who = office.clock.now(), audit.officer(officer.name)
        audit.note(session, now, who, "second_factor_removed", officer=officer.name)
    return True


def _digest_if_right(office: Office, token: str, password: str) -> str:
    """Return the digest that a password is right for, empty when it is not.

    Outside a writing transaction, which it would hold up for everybody.
    """
    with office.database.read() as session:
        digest = of_token(session, office, token)[1].password_digest
    with HASHING:
        return digest if is_right(password, digest) else ""


def _is_confirmed(session: Session, office: Office, officer: OfficerRow, seen: str) -> bool:
    """Tell whether the password was right and still is the account's; count it when it was not."""
    if seen and seen == officer.password_digest:
        return True
    now = office.clock.now()
    note_failure(session, officer, now)
    if not may_try(officer, now):
        session.execute(delete(SessionRow).where(SessionRow.officer == officer.name))
    return False
