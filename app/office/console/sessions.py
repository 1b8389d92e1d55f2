"""Signing officers in and out, and knowing them again; cookies and forms are not its business.

A session's token is known to the database by its SHA-256 alone: a copied database opens none. An
officer who decides has given a password alone until ``factor_at`` is set, and such a session opens
nothing but the page for the second factor.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.errors import UserError
from app.office import audit
from app.office.devices import token_digest
from app.office.officers import roles_of
from app.office.roles import Officer
from app.office.second_factor import new_secret
from app.office.tables import OfficerRow, SessionRow
from app.protocol.sealing import seal
from app.security.passwords import is_right, waste_time

if TYPE_CHECKING:
    from app.office.context import Office

IDLE = timedelta(minutes=20)
LIFE = timedelta(hours=10)
MOST_FAILURES = 5
LOCK = timedelta(minutes=15)
#: One write a minute, not one a request.
_SEEN_STEP = timedelta(minutes=1)
#: Each takes 19 MiB: a flood of sign-ins waits in line instead of eating the memory.
HASHING = threading.BoundedSemaphore(2)
#: And only so many wait, because the threads they wait on serve uploads and pages as well.
MOST_IN_LINE = 10
_LINE = threading.BoundedSemaphore(MOST_IN_LINE)


class SignedIn(msgspec.Struct, frozen=True):
    """A session that holds."""

    officer: Officer
    form_token: str
    #: What is still missing: a code of the second factor, or setting it up.
    needs: Literal["", "code", "set_up"] = ""


def sign_in(office: Office, untrusted_name: str, password: str) -> str | None:
    """Return a new session's token, or None.

    A wrong password, an unknown name, a closed account and a locked one look alike from outside:
    the same answer after one password check and one transaction. Five wrong passwords lock an
    account for a while.

    Raises:
        UserError: ``too_many_requests`` when too many others are at it.
    """
    if not _LINE.acquire(blocking=False):
        raise UserError("too_many_requests", wait_s=5)
    try:
        return _sign_in(office, untrusted_name, password)
    finally:
        _LINE.release()


def _sign_in(office: Office, untrusted_name: str, password: str) -> str | None:
    name = untrusted_name.strip().lower()
    now = office.clock.now()
    with office.database.read() as session:
        row = session.get(OfficerRow, name) if name.isprintable() else None
        digest = row.password_digest if row is not None and may_try(row, now) else ""
    with HASHING:
        if digest:
            is_welcome = is_right(password, digest)
        else:
            waste_time(password)
            is_welcome = False
    with office.database.write() as session:
        row = session.get(OfficerRow, name) if name.isprintable() else None
        if row is None or not is_welcome or not may_try(row, now):
            note_failure(session, row, now)
            return None
        if needs_second_factor(office, officer_of(session, row)):
            # Failures are forgotten once the second factor is right too: else whoever has the
            # password could try codes for ever.
            row.locked_until = None
            return _begin_half(session, office, row, now)
        row.failures, row.locked_until = 0, None
        return begin(session, office, name, now)


def session_of(office: Office, token: str) -> SignedIn | None:
    """Return who holds the token.

    None when it is unknown, idle too long, too old, or its account is closed.
    """
    now = office.clock.now()
    with office.database.read() as session:
        row = session.get(SessionRow, token_digest(token))
        if row is None or is_over(row, now):
            return None
        account = session.get_one(OfficerRow, row.officer)
        if not account.is_active:
            return None
        officer = officer_of(session, account)
        is_half = row.factor_at is None and needs_second_factor(office, officer)
        needs: Literal["", "code", "set_up"] = ""
        if is_half:
            needs = "set_up" if row.sealed_offer is not None else "code"
        signed_in = SignedIn(officer, row.form_token, needs)
        is_stale = now - row.seen_at >= _SEEN_STEP
    if is_stale:
        with office.database.write() as session:
            # The session may have been signed out meanwhile: it must not come back.
            kept = session.get(SessionRow, token_digest(token))
            if kept is not None:
                kept.seen_at = now
    return signed_in


def sign_out(office: Office, token: str) -> None:
    """End a session; its token opens nothing from now on."""
    with office.database.write() as session:
        row = session.get(SessionRow, token_digest(token))
        if row is not None:
            audit.note(session, office.clock.now(), audit.officer(row.officer), "sign_out")
            session.delete(row)


def needs_second_factor(office: Office, officer: Officer) -> bool:
    """Tell whether a password is too little for this officer at this office."""
    return office.settings.has_second_factor and officer.needs_second_factor


def officer_of(session: Session, row: OfficerRow) -> Officer:
    """Return who an account is."""
    return Officer(row.name, row.shown_name, roles_of(session, row.name))


def may_try(row: OfficerRow, now: datetime) -> bool:
    """Tell whether an account is neither closed nor locked."""
    if not row.is_active:
        return False
    # A lock that ends later than any made now was made before the clock went back a long way.
    return row.locked_until is None or not now < row.locked_until <= now + LOCK


def is_over(row: SessionRow, now: datetime) -> bool:
    """Tell whether a session ended; one last seen long after now is of before the clock went back.

    Else it would live for as long as the clock was wrong.
    """
    return now >= row.expires_at or abs(now - row.seen_at) >= IDLE


def note_failure(
    session: Session, row: OfficerRow | None, now: datetime, what: str = "sign_in_failed"
) -> None:
    """Count a wrong password or code; too many lock the account for a while."""
    # An unknown name is not written down: it may be a password typed into the wrong box.
    audit.note(session, now, audit.officer(row.name) if row else audit.OFFICE, what)
    if row is None or not may_try(row, now):
        return
    row.failures += 1
    if row.failures >= MOST_FAILURES:
        row.failures, row.locked_until = 0, now + LOCK
        audit.note(session, now, audit.officer(row.name), "locked")


def begin(
    session: Session,
    office: Office,
    name: str,
    now: datetime,
    *,
    factor_at: datetime | None = None,
    sealed_offer: bytes | None = None,
    what: str = "sign_in",
) -> str:
    """Begin a session in the caller's transaction and return its token.

    Args:
        session: the transaction.
        office: ours.
        name: whose.
        now: by the office's clock.
        factor_at: when the second factor was given.
        sealed_offer: secret for an account that has none yet.
        what: how the trail names it.
    """
    session.execute(
        delete(SessionRow).where(
            (SessionRow.expires_at <= now) | (SessionRow.seen_at <= now - IDLE)
        )
    )
    token = office.dice.bytes(32).hex()
    session.add(
        SessionRow(
            token_digest=token_digest(token),
            officer=name,
            form_token=office.dice.bytes(32).hex(),
            started_at=now,
            seen_at=now,
            expires_at=now + LIFE,
            factor_at=factor_at,
            sealed_offer=sealed_offer,
        )
    )
    audit.note(session, now, audit.officer(name), what)
    return token


def _begin_half(session: Session, office: Office, row: OfficerRow, now: datetime) -> str:
    offer = None
    if row.sealed_factor is None:
        offer = seal(new_secret(office.dice), office.keys.keys.public().recipient)
    return begin(session, office, row.name, now, sealed_offer=offer, what="password_right")
