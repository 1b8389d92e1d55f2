"""Whether what a device brought is its own: opened with our key, held against the device's.

Never acts on what it says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.orm import Session

from app.errors import RemoteError
from app.office import audit
from app.office.names import is_id
from app.office.tables import DeviceRow, RecordRow

if TYPE_CHECKING:
    from app.office.context import Office

Opened = TypeVar("Opened")
Said = TypeVar("Said")


def open_record(
    office: Office, digest: str, opening: Callable[[bytes, str], Opened]
) -> Opened | str:
    """Return a record unsealed and parsed, or why it cannot be.

    Raises:
        LocalFault: as ``Blobs.read``.
    """
    try:
        return opening(office.blobs.read(digest), office.keys.keys.identity)
    except RemoteError as error:
        return error.code


def vouch(session: Session, device_id: str, verify: Callable[[str], Said]) -> Said | str:
    """Return what a device that is known and not revoked has signed, or why it is not heard."""
    device = session.get(DeviceRow, device_id) if is_id(device_id) else None
    if device is None or device.is_revoked:
        return "device_unknown"
    try:
        return verify(device.signing)
    except RemoteError as error:
        return error.code


def keep_aside(session: Session, office: Office, record: RecordRow, code: str) -> None:
    """Note that a record is refused and by whom it came: it is looked at no more."""
    now = office.clock.now()
    record.read_at, record.refused_code = now, code
    who = audit.device(record.device_id)
    audit.note(session, now, who, "refused", code=code, digest=record.digest)
