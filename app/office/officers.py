"""Officers' accounts: making one; signing in belongs to the console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.errors import UserError
from app.office import audit
from app.office.tables import ROLES, OfficerRow
from app.security.passwords import digest_secret

if TYPE_CHECKING:
    from app.office.context import Office

LEAST_PASSWORD_LETTERS = 10
_MOST_LETTERS = 200
_NAME = re.compile(r"[a-z0-9._\-]{2,40}")


def add_officer(
    office: Office,
    name: str,
    shown_name: str,
    password: str,
    role: str = ROLES[0],
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
    if role not in ROLES:
        raise UserError("role_unknown")
    digest = _digest(password)
    now = office.clock.now()
    with office.database.write() as session:
        if session.get(OfficerRow, typed) is not None:
            raise UserError("officer_name_taken")
        session.add(
            OfficerRow(
                name=typed, shown_name=shown, password_digest=digest, role=role, created_at=now
            )
        )
        audit.note(session, now, made_by, "officer_added", officer=typed, role=role)


def _digest(password: str) -> str:
    if not LEAST_PASSWORD_LETTERS <= len(password) <= _MOST_LETTERS:
        raise UserError("password_too_short", least=LEAST_PASSWORD_LETTERS)
    return digest_secret(password)
