"""The second factor at sign-in: given, or set up; a half-open session becomes a whole one.

Never shows a secret but to the session that it was offered to. Every code that is taken is taken
once, in the transaction that writes it down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.errors import UserError
from app.office import audit
from app.office.console.sessions import HASHING, begin, is_over, may_try, note_failure
from app.office.devices import token_digest
from app.office.second_factor import (
    new_recovery_codes,
    read_recovery_code,
    shown_recovery_code,
    step_of,
)
from app.office.tables import OfficerRow, RecoveryCodeRow, SessionRow
from app.protocol.sealing import unseal
from app.security.passwords import digest_secret, is_right

if TYPE_CHECKING:
    from app.office.context import Office

_MOST_TYPED = 40


class SetUp(msgspec.Struct, frozen=True):
    """A second factor that holds from now on."""

    token: str
    #: As they are written down; shown this once.
    recovery_codes: tuple[str, ...]


def offered_secret(office: Office, token: str) -> bytes:
    """Return the secret that this session may set up.

    Raises:
        UserError: ``sign_in_needed``.
    """
    with office.database.read() as session:
        row = _half_open(session, office, token)
        if row.sealed_offer is None:
            raise UserError("sign_in_needed")
        return unseal(row.sealed_offer, office.keys.keys.identity)


def set_up(office: Office, token: str, untrusted_code: str) -> SetUp | None:
    """Take the first code of an authenticator; None when it is wrong, which counts as a failure.

    Raises:
        UserError: ``sign_in_needed`` when the session is over, or the account was set up meanwhile.
    """
    code = _digits(untrusted_code)
    secret = offered_secret(office, token)
    codes = {}
    digests = {}
    if step_of(secret, code, office.clock.now(), -1) is not None:
        codes = dict(new_recovery_codes(office.dice))
        with HASHING:
            digests = {number: digest_secret(one) for number, one in codes.items()}
    with office.database.write() as session:
        row, officer = _held(session, office, token)
        now = office.clock.now()
        step = step_of(secret, code, now, -1)
        if officer.sealed_factor is not None or row.sealed_offer is None:
            raise UserError("sign_in_needed")
        if step is None or not digests:
            _fail(session, office, officer)
            return None
        officer.sealed_factor, officer.factor_step = row.sealed_offer, step
        session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.officer == officer.name))
        session.add_all(
            RecoveryCodeRow(officer=officer.name, number=number, digest=digest)
            for number, digest in digests.items()
        )
        audit.note(session, now, audit.officer(officer.name), "second_factor_set")
        made = _opened(session, office, row, officer)
    return SetUp(made, tuple(shown_recovery_code(one) for one in codes.values()))


def give(office: Office, token: str, untrusted_code: str) -> str | None:
    """Take a code, or a recovery code, and return the token of a whole session; None when wrong.

    Raises:
        UserError: ``sign_in_needed`` when the session is over.
    """
    code = _digits(untrusted_code)
    recovery = None if code else read_recovery_code(untrusted_code[:_MOST_TYPED])
    number = _right_number(office, token, recovery) if recovery else 0
    with office.database.write() as session:
        row, officer = _held(session, office, token)
        if number and _use_recovery_code(session, office, officer, number):
            return _opened(session, office, row, officer)
        step = _step(office, officer, code)
        if step is None:
            _fail(session, office, officer)
            return None
        officer.factor_step = step
        return _opened(session, office, row, officer)


def recovery_codes_left(office: Office, name: str) -> int:
    """Return how many recovery codes an account still has."""
    left = select(func.count()).where(RecoveryCodeRow.officer == name)
    with office.database.read() as session:
        return session.scalar(left) or 0


def _digits(untrusted: str) -> str:
    typed = "".join(untrusted[:_MOST_TYPED].split())
    return typed if typed.isascii() and typed.isdigit() and len(typed) == 6 else ""


def of_token(session: Session, office: Office, token: str) -> tuple[SessionRow, OfficerRow]:
    """Return the session of a token and its account.

    Raises:
        UserError: ``sign_in_needed``.
    """
    row = session.get(SessionRow, token_digest(token))
    now = office.clock.now()
    if row is None or is_over(row, now):
        raise UserError("sign_in_needed")
    officer = session.get_one(OfficerRow, row.officer)
    if not may_try(officer, now):
        raise UserError("sign_in_needed")
    return row, officer


def _half_open(session: Session, office: Office, token: str) -> SessionRow:
    row, _ = of_token(session, office, token)
    if row.factor_at is not None:
        raise UserError("sign_in_needed")
    return row


def _held(session: Session, office: Office, token: str) -> tuple[SessionRow, OfficerRow]:
    row = _half_open(session, office, token)
    return row, session.get_one(OfficerRow, row.officer)


def _step(office: Office, officer: OfficerRow, code: str) -> int | None:
    if officer.sealed_factor is None or not code:
        return None
    secret = unseal(officer.sealed_factor, office.keys.keys.identity)
    return step_of(secret, code, office.clock.now(), officer.factor_step)


def _right_number(office: Office, token: str, recovery: tuple[int, str]) -> int:
    """Return the number of a recovery code that is right, 0 when it is not.

    Outside a writing transaction, which a digest that takes its time would hold up for everybody.
    """
    number, code = recovery
    with office.database.read() as session:
        row = _half_open(session, office, token)
        held = session.get(RecoveryCodeRow, (row.officer, number))
        digest = held.digest if held is not None else ""
    with HASHING:
        return number if digest and is_right(code, digest) else 0


def _use_recovery_code(session: Session, office: Office, officer: OfficerRow, number: int) -> bool:
    held = session.get(RecoveryCodeRow, (officer.name, number))
    if held is None:
        return False
    session.delete(held)
    now, who = office.clock.now(), audit.officer(officer.name)
    audit.note(session, now, who, "recovery_code_used", number=number)
    return True


def _fail(session: Session, office: Office, officer: OfficerRow) -> None:
    now = office.clock.now()
    note_failure(session, officer, now, "second_factor_failed")
    if not may_try(officer, now):
        session.execute(
            delete(SessionRow).where(
                SessionRow.officer == officer.name, SessionRow.factor_at.is_(None)
            )
        )


def _opened(session: Session, office: Office, row: SessionRow, officer: OfficerRow) -> str:
    """Replace the half-open session by a whole one with a token that nobody has seen before."""
    now = office.clock.now()
    officer.failures, officer.locked_until = 0, None
    session.delete(row)
    return begin(session, office, officer.name, now, factor_at=now)
