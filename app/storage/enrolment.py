"""What people may know of this kiosk's enrolment; never its keys or its token."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from app.storage.tables import EnrolmentRow


class StoredEnrolment(msgspec.Struct, frozen=True):
    """The office this kiosk knows, and the three letters by which the office knows it."""

    office_name: str
    office_url: str
    device_code: str
    enrolled_at: datetime
    serials_left: int


def enrolment(session: Session) -> StoredEnrolment | None:
    """Return the enrolment, None before it."""
    row = session.get(EnrolmentRow, 1)
    if row is None:
        return None
    left = row.last_serial - row.next_serial + 1
    return StoredEnrolment(row.office_name, row.office_url, row.device_code, row.enrolled_at, left)
