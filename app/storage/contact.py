"""The office this kiosk is enrolled with, what was heard of it last, and an enrolment under way.

Never gives the device's secret keys or token to anything that shows or logs.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from app.protocol.enrolment import EnrolmentAnswer
from app.protocol.keys import Keys
from app.storage.tables import EnrolmentRow, SettingRow

_PENDING = "pending_enrolment"


class Contact(msgspec.Struct, frozen=True):
    """Everything the sync engine needs to know of the enrolment."""

    office_url: str
    office_id: str
    office_signing: str
    device_id: str
    identity: str
    token: str
    cursor: int
    last_contact_at: datetime | None

    def __repr__(self) -> str:
        return f"Contact({self.office_id}, {self.device_id})"


class PendingEnrolment(msgspec.Struct, frozen=True):
    """An enrolment that was asked for and not yet answered."""

    office_url: str
    code_name: str
    device_name: str
    keys: Keys

    def __repr__(self) -> str:
        return f"PendingEnrolment({self.code_name})"


def read_contact(session: Session) -> Contact | None:
    """Return the enrolment, None before it."""
    row = session.get(EnrolmentRow, 1)
    if row is None:
        return None
    return Contact(
        row.office_url, row.office_id, row.office_signing, row.device_id,
        row.device_identity, row.token, row.cursor, row.last_contact_at,
    )  # fmt: skip


def note_contact(session: Session, now: datetime, clock_offset_s: float | None) -> None:
    """Write that the office answered, and how its clock differs if it said so."""
    values: dict[str, datetime | float] = {"last_contact_at": now}
    if clock_offset_s is not None:
        values["clock_offset_s"] = clock_offset_s
    session.execute(update(EnrolmentRow).values(**values))


def set_cursor(session: Session, number: int) -> None:
    """Write the number of the last event applied."""
    session.execute(update(EnrolmentRow).values(cursor=number))


def read_pending(session: Session) -> PendingEnrolment | None:
    """Return the enrolment that was begun and not ended."""
    row = session.get(SettingRow, _PENDING)
    return msgspec.json.decode(row.value, type=PendingEnrolment) if row else None


def keep_pending(session: Session, pending: PendingEnrolment) -> None:
    """Remember keys before they are told to anybody, so that a lost answer can be asked again."""
    value = msgspec.json.encode(pending).decode()
    session.merge(SettingRow(name=_PENDING, value=value))


def keep_enrolment(
    session: Session, pending: PendingEnrolment, answer: EnrolmentAnswer, token: str, now: datetime
) -> None:
    """Write the enrolment and forget that it was pending."""
    session.execute(
        insert(EnrolmentRow).values(
            id=1,
            office_url=pending.office_url,
            office_id=answer.office_id,
            office_name=answer.office_name,
            office_signing=answer.keys.signing,
            office_recipient=answer.keys.recipient,
            device_id=answer.device_id,
            device_code=answer.device_code,
            device_signing=pending.keys.signing,
            device_identity=pending.keys.identity,
            token=token,
            next_serial=answer.first_serial,
            last_serial=answer.last_serial,
            cursor=0,
            clock_offset_s=0.0,
            last_contact_at=now,
            enrolled_at=now,
        )
    )
    session.execute(delete(SettingRow).where(SettingRow.name == _PENDING))
