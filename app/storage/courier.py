"""What the courier takes: everything without a receipt, and since when it has been on a stick.

Never marks anything as sent: a stick in somebody's bag is no office.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.protocol.courier import next_serial
from app.protocol.keys import Keys
from app.protocol.marks import NOTHING, Mark, rungs
from app.protocol.record import HEADER_BYTES, RecordHeader, RecordKind
from app.storage.packs import Candidate
from app.storage.received import marks
from app.storage.settings import read_setting, write_setting
from app.storage.tables import (
    ApplicationRow,
    CarriedRow,
    EnrolmentRow,
    OutboxRow,
    PackRecordRow,
    PackRow,
    RecordRow,
    SubmissionRecordRow,
    SubmissionRow,
)

_SERIAL = "courier_serial"


class CourierSender(msgspec.Struct, frozen=True):
    """Whose file it is, and how far this device has heard the office."""

    device_id: str
    device_code: str
    keys: Keys
    office_recipient: str
    cursor: int
    #: What the office is told of what was heard, newest first.
    heard: tuple[Mark, ...]


class Carried(msgspec.Struct, frozen=True):
    """What is on a stick and has no receipt."""

    count: int = 0
    #: Of the one that has been on the road longest.
    since: datetime | None = None


def courier_sender(session: Session) -> CourierSender | None:
    """Return who sends, None before the enrolment."""
    row = session.get(EnrolmentRow, 1)
    if row is None:
        return None
    keys = Keys(row.device_signing, row.device_identity)
    heard = (*marks(session, rungs(row.cursor)), NOTHING)
    return CourierSender(
        row.device_id, row.device_code, keys, row.office_recipient, row.cursor, heard
    )


def reserve_serial(session: Session) -> int:
    """Return the number of the next file; it is used up, whatever becomes of the file."""
    serial = next_serial(int(read_setting(session, _SERIAL) or "0"))
    write_setting(session, _SERIAL, str(serial))
    return serial


def without_receipt(session: Session) -> tuple[Candidate, ...]:
    """Return the records that the office has not said it holds, the oldest submission's first.

    Also those that a link has sent or is sending: only a receipt ends that. What is set aside waits
    for a person and is left out, and so is the file of a record that is gone.
    """
    rows = session.execute(
        select(SubmissionRecordRow.submission_id, RecordRow)
        .join(RecordRow, RecordRow.digest == SubmissionRecordRow.digest)
        .join(OutboxRow, OutboxRow.submission_id == SubmissionRecordRow.submission_id)
        .where(OutboxRow.is_set_aside.is_(False), RecordRow.is_held_by_office.is_(False))
        .order_by(OutboxRow.queued_at, OutboxRow.submission_id, SubmissionRecordRow.position)
    )
    return tuple(
        Candidate(
            submission_id,
            RecordHeader(RecordKind(row.kind), row.digest, row.size_bytes),
            row.is_purged,
        )
        for submission_id, row in rows
    )


def references(session: Session, submission_ids: Iterable[str]) -> dict[str, str]:
    """Return the references of submissions, by their ids."""
    rows = session.execute(
        select(SubmissionRow.id, ApplicationRow.reference)
        .join(ApplicationRow, ApplicationRow.id == SubmissionRow.application_id)
        .where(SubmissionRow.id.in_(list(submission_ids)))
    )
    return {submission_id: reference or "" for submission_id, reference in rows}


def note_carried(
    session: Session, submission_ids: Iterable[str], serial: int, now: datetime
) -> None:
    """Write that submissions lie whole on a stick; since the first time without a receipt."""
    for submission_id in submission_ids:
        outbox = session.get(OutboxRow, submission_id)
        if outbox is None:
            # Its receipt came while the stick was written.
            continue
        row = session.get(CarriedRow, submission_id)
        if row is None:
            row = CarriedRow(submission_id=submission_id, carried_at=now, serial=serial)
            session.add(row)
        elif not outbox.queued_at <= row.carried_at <= now:
            row.carried_at = now
        row.serial = serial
    session.execute(
        delete(CarriedRow).where(CarriedRow.submission_id.not_in(select(OutboxRow.submission_id)))
    )


def carried(session: Session) -> Carried:
    """Count what is on a stick and waits for its receipt."""
    count, since = session.execute(
        select(func.count(), func.min(CarriedRow.carried_at))
        .select_from(CarriedRow)
        .join(OutboxRow, OutboxRow.submission_id == CarriedRow.submission_id)
        .where(OutboxRow.is_set_aside.is_(False))
    ).one()
    return Carried(count, since)


def drop_needless_packs(session: Session, now: datetime) -> int:
    """Forget packs of a link whose rest the office holds for the most part; return how many.

    It said so by stick, and a weak link must not carry it again: what is left is packed anew. A
    pack under way at this moment may go on, for its end finds no row and changes nothing.
    """
    rows = session.execute(
        select(PackRow, RecordRow)
        .join(PackRecordRow, PackRecordRow.pack_id == PackRow.id)
        .join(RecordRow, RecordRow.digest == PackRecordRow.digest)
        .order_by(PackRow.id, PackRecordRow.position)
    ).all()
    needless = []
    for pack in dict.fromkeys(pack for pack, _ in rows):
        end, left_bytes, held_bytes, arrived = 0, 0, 0, []
        for record in (record for one, record in rows if one is pack):
            end += HEADER_BYTES + record.size_bytes
            if end <= pack.offset_bytes:
                arrived.append(record)
                continue
            left_bytes += record.size_bytes
            held_bytes += record.size_bytes if record.is_held_by_office else 0
        if held_bytes * 2 > left_bytes:
            needless.append(pack)
            for record in arrived:
                record.sent_at = now
    for pack in needless:
        session.delete(pack)
    return len(needless)


def still_wanted(session: Session, digests: Iterable[str], now_on_stick: set[str]) -> bool:
    """Tell whether an older file of ours holds a record that neither stick nor office has.

    A record that this store does not know counts: the store may be an older copy of itself.
    """
    others = [digest for digest in digests if digest not in now_on_stick]
    for start in range(0, len(others), 500):
        some = others[start : start + 500]
        held = session.scalar(
            select(func.count())
            .select_from(RecordRow)
            .where(RecordRow.digest.in_(some), RecordRow.is_held_by_office)
        )
        if held != len(set(some)):
            return True
    return False
