"""Which device is asking: bearer tokens, known by their digest only; and which asks no more."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from app.errors import UserError
from app.office import audit
from app.office.roles import Officer, check_may
from app.office.tables import DeviceRow

if TYPE_CHECKING:
    from app.office.context import Office

#: A device's last sign of life is noted this exactly: one write a minute, not one a request.
_SEEN_STEP = timedelta(minutes=1)
#: Kept in memory, half a kilobyte each.
_MOST_KNOWN = 10_000


class Device(msgspec.Struct, frozen=True):
    """A device whose token was right."""

    id: str
    code: str


def token_digest(token: str) -> str:
    """Return the name under which a random token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


class KnownDevices:
    """What never changes of devices, by the digest of their token, so that it is read once.

    Whether one was revoked since is for the caller to ask. Thread-safe.
    """

    def __init__(self) -> None:
        self._known: dict[str, DeviceRow] = {}
        self._lock = threading.Lock()

    def find(self, office: Office, token_digests: Collection[str]) -> dict[str, DeviceRow]:
        """Return the devices that hold these tokens."""
        with self._lock:
            found = {one: self._known[one] for one in token_digests if one in self._known}
        unknown = [one for one in token_digests if one not in found]
        if unknown:
            with office.database.read() as session:
                rows = session.scalars(
                    select(DeviceRow).where(
                        DeviceRow.token_digest.in_(unknown), DeviceRow.is_revoked.is_(False)
                    )
                )
                fresh = {row.token_digest: row for row in rows}
            with self._lock:
                if len(self._known) + len(fresh) > _MOST_KNOWN:
                    self._known.clear()
                self._known |= fresh
            found |= fresh
        return found

    def forget(self, token_digests: Collection[str]) -> None:
        """Have the database asked again about those that turned out to be revoked."""
        with self._lock:
            for one in token_digests:
                self._known.pop(one, None)


def device_of_token(office: Office, token: str) -> Device:
    """Return the device that holds the token.

    Raises:
        UserError: ``token_refused`` for an unknown token and a revoked device alike.
    """
    now = office.clock.now()
    with office.database.read() as session:
        row = session.scalars(
            select(DeviceRow).where(DeviceRow.token_digest == token_digest(token))
        ).one_or_none()
        if row is None or row.is_revoked:
            raise UserError("token_refused")
        device = Device(row.id, row.code)
        seen_at = row.seen_at
    if seen_at is None or abs(now - seen_at) > _SEEN_STEP:
        with office.database.write(is_lazy=True) as session:
            session.get_one(DeviceRow, device.id).seen_at = now
    return device


def revoke_device(office: Office, by: Officer, device_id: str) -> None:
    """Hear a device no more: its token, its records and its courier files are refused from now on.

    What it sent before stays, and so do its letters: no other device ever gets them.

    Raises:
        UserError: ``forbidden``, ``device_unknown``.
    """
    check_may(office, by, "devices")
    with office.database.write() as session:
        row = session.get(DeviceRow, device_id)
        if row is None:
            raise UserError("device_unknown")
        if row.is_revoked:
            return
        row.is_revoked = True
        now, who = office.clock.now(), audit.officer(by.name)
        audit.note(session, now, who, "device_revoked", device=row.id, device_code=row.code)
