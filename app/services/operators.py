"""The accounts of the operator's desk: made, signed in to, locked after wrong passwords.

Never tells an unknown name from a wrong password.
"""

from __future__ import annotations

import logging

import msgspec

from app.errors import UserError
from app.security.passwords import digest_secret, is_right, waste_time
from app.services.kiosk import Kiosk
from app.services.locking import count_try
from app.storage import operators as stored

_log = logging.getLogger(__name__)
LEAST_PASSWORD_LETTERS = 8


class OperatorView(msgspec.Struct, frozen=True):
    """Who is signed in."""

    name: str
    shown_name: str


def has_operators(kiosk: Kiosk) -> bool:
    """Tell whether any account exists; without one, the first is made without signing in."""
    with kiosk.store.read() as session:
        return stored.has_operators(session)


def add_operator(kiosk: Kiosk, name: str, shown_name: str, password: str) -> OperatorView:
    """Make an account.

    Raises:
        UserError: ``operator_name_missing``, ``operator_name_taken``, ``password_too_short``.
    """
    key = _key(name)
    if not key:
        raise UserError("operator_name_missing")
    digest = _digest(password)
    with kiosk.store.write() as session:
        if stored.operator(session, key):
            raise UserError("operator_name_taken")
        shown = shown_name.strip() or name.strip()
        stored.add_operator(session, key, shown, digest, kiosk.clock.now())
    return OperatorView(key, shown)


def sign_in(kiosk: Kiosk, name: str, password: str) -> OperatorView:
    """Check a password; the try is counted before the password is looked at.

    Raises:
        UserError: ``sign_in_refused`` for a wrong name and a wrong password alike;
            ``operator_locked`` with ``minutes`` after five wrong ones.
    """
    key = _key(name)
    found = _count_try(kiosk, key)
    if found is None:
        waste_time(password)
        raise UserError("sign_in_refused")
    if not is_right(password, found.password_digest):
        raise UserError("sign_in_refused")
    with kiosk.store.write() as session:
        stored.set_lock(session, key, 0, None)
    return OperatorView(found.name, found.shown_name)


def change_password(kiosk: Kiosk, name: str, password: str, new_password: str) -> None:
    """Replace a password by whoever knows the old one.

    Raises:
        UserError: as ``sign_in``; ``password_too_short``.
    """
    digest = _digest(new_password)
    signed_in = sign_in(kiosk, name, password)
    with kiosk.store.write() as session:
        stored.set_password(session, signed_in.name, digest)


def reset_password(kiosk: Kiosk, name: str, new_password: str) -> None:
    """Replace a forgotten password and end the lock, without asking for the old one.

    No screen offers it: only who may run commands as the kiosk's account of the computer comes
    here, and such a person has the store and its key already.

    Raises:
        UserError: ``operator_unknown`` with ``names`` of those there are; ``password_too_short``.
    """
    key, digest = _key(name), _digest(new_password)
    with kiosk.store.write() as session:
        if stored.operator(session, key) is None:
            names = ", ".join(stored.names(session)) or "-"
            raise UserError("operator_unknown", names=names)
        stored.set_password(session, key, digest)
        stored.set_lock(session, key, 0, None)
    _log.warning("the password of an operator's account was set anew by command")


def _count_try(kiosk: Kiosk, key: str) -> stored.StoredOperator | None:
    now = kiosk.clock.now()
    with kiosk.store.write() as session:
        found = stored.operator(session, key)
        if found is None:
            return None
        failures, until = count_try(found.failures, found.locked_until, now, "operator_locked")
        stored.set_lock(session, key, failures, until)
    return found


def _digest(password: str) -> str:
    if len(password) < LEAST_PASSWORD_LETTERS:
        raise UserError("password_too_short", least=LEAST_PASSWORD_LETTERS)
    return digest_secret(password)


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()
