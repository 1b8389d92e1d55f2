"""Open packs: which records travel next, in which order, and how far the office has taken them.

Never reads or writes a blob's file, and never talks to the office.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from app.domain.lifecycle import FINALIZED, SENDING
from app.protocol.record import FORMS, HEADER_BYTES, RecordHeader, RecordKind
from app.storage.tables import (
    ApplicationRow,
    OutboxRow,
    PackRecordRow,
    PackRow,
    RecordRow,
    SubmissionRecordRow,
    SubmissionRow,
)
from app.storage.timeline import add_entry

#: A time further ahead than anybody is ever told to wait means that the clock was set back.
_CLOCK_WAS_SET_BACK = timedelta(hours=2)
_MOST_CANDIDATES = 4000


class Candidate(msgspec.Struct, frozen=True):
    """A record that waits, for one of the submissions that name it."""

    submission_id: str
    header: RecordHeader
    is_purged: bool
    #: A page that an officer asked for: nobody's application waits for it.
    is_capture: bool = False


class OpenPack(msgspec.Struct, frozen=True):
    """A pack that is being sent."""

    id: int
    #: Empty until the office was asked for an upload.
    upload_path: str
    size_bytes: int
    #: Bytes the office said it holds.
    offset_bytes: int
    records: tuple[RecordHeader, ...]
    started_at: datetime

    @property
    def forms_bytes(self) -> int:
        """Return how much of it there is up to the end of its last form; 0 when it has none."""
        end = of_forms = 0
        for record in self.records:
            end += HEADER_BYTES + record.length_bytes
            if record.kind in FORMS:
                of_forms = end
        return of_forms

    @property
    def has_documents(self) -> bool:
        """Tell whether anything but forms is in it."""
        return any(record.kind not in FORMS for record in self.records)


def is_due(now: datetime) -> ColumnElement[bool]:
    """Return the condition on an outbox row whose time has come."""
    return or_(
        OutboxRow.next_attempt_at.is_(None),
        OutboxRow.next_attempt_at <= now,
        OutboxRow.next_attempt_at > now + _CLOCK_WAS_SET_BACK,
    )


def candidates(
    session: Session,
    now: datetime,
    *,
    is_forced: bool = False,
    only: Collection[RecordKind] = (),
) -> tuple[Candidate, ...]:
    """Return the records to be sent and in no open pack, the oldest submission's first.

    Args:
        session: a session.
        now: the time.
        is_forced: also what waits for a later attempt.
        only: leave out records of other kinds.
    """
    wanted = (
        select(SubmissionRecordRow.submission_id, SubmissionRecordRow.need, RecordRow)
        .join(RecordRow, RecordRow.digest == SubmissionRecordRow.digest)
        .join(OutboxRow, OutboxRow.submission_id == SubmissionRecordRow.submission_id)
        .where(
            OutboxRow.is_set_aside.is_(False),
            RecordRow.is_held_by_office.is_(False),
            RecordRow.sent_at.is_(None),
            RecordRow.digest.not_in(select(PackRecordRow.digest)),
        )
        .order_by(OutboxRow.queued_at, OutboxRow.submission_id, SubmissionRecordRow.position)
        .limit(_MOST_CANDIDATES)
    )
    if not is_forced:
        wanted = wanted.where(is_due(now))
    if only:
        wanted = wanted.where(RecordRow.kind.in_([int(kind) for kind in only]))
    return tuple(
        Candidate(
            submission_id,
            _header(row),
            row.is_purged,
            is_capture=not need and row.kind == int(RecordKind.BLOB),
        )
        for submission_id, need, row in session.execute(wanted)
    )


def choose(
    waiting: Iterable[Candidate], most_bytes: int, *, is_from_end: bool = False
) -> tuple[RecordHeader, ...]:
    """Order a pack: forms first, oldest submission first; then its blobs, small before large.

    Forms of one submission keep the order in which they were made: of two that say otherwise, the
    office believes the one that comes last.

    Captures that were asked for come last of all: they are large, and their submission is at the
    office already.

    Args:
        waiting: as from ``candidates``.
        most_bytes: the pack ends before the record that would pass this, but holds at least one.
        is_from_end: take what would come last of all that waits.
    """
    places: dict[str, int] = {}
    for one in waiting:
        places.setdefault(one.submission_id, len(places))

    def place(one: Candidate) -> tuple[bool, bool, int, int, str]:
        of = places[one.submission_id]
        if one.header.kind in FORMS:
            return False, one.is_capture, of, 0, ""
        return True, one.is_capture, of, one.header.length_bytes, one.header.digest

    ordered = sorted(waiting, key=place, reverse=is_from_end)
    chosen: dict[str, RecordHeader] = {}
    total = 0
    for one in ordered:
        if one.header.digest in chosen:
            continue
        total += HEADER_BYTES + one.header.length_bytes
        if chosen and total > most_bytes:
            break
        chosen[one.header.digest] = one.header
    records = tuple(chosen.values())
    return records[::-1] if is_from_end else records


def keep_pack(session: Session, records: tuple[RecordHeader, ...], now: datetime) -> OpenPack:
    """Write a new open pack; its applications are on their way from now on."""
    size = sum(HEADER_BYTES + record.length_bytes for record in records)
    row = PackRow(size_bytes=size, offset_bytes=0, upload_path="", started_at=now)
    session.add(row)
    session.flush()
    session.add_all(
        PackRecordRow(pack_id=row.id, position=position, digest=record.digest)
        for position, record in enumerate(records)
    )
    session.flush()
    return OpenPack(row.id, "", size, 0, records, now)


def newest_pack(
    session: Session, *, only: Collection[RecordKind] = (), besides: Collection[int] = ()
) -> OpenPack | None:
    """Return the pack to go on with: one with forms before one without, the newest of its like.

    A form's pack may have gone ahead of a longer one; those without forms may be several.

    Args:
        session: a session.
        only: pass over packs with records of other kinds.
        besides: numbers of packs to pass over.
    """
    forms = _packs_with(RecordRow.kind.in_([int(kind) for kind in FORMS]))
    wanted = (
        select(PackRow)
        .where(PackRow.id.not_in(besides))
        .order_by(PackRow.id.in_(forms).desc(), PackRow.id.desc())
        .limit(1)
    )
    if only:
        others = _packs_with(RecordRow.kind.not_in([int(kind) for kind in only]))
        wanted = wanted.where(PackRow.id.not_in(others))
    row = session.scalars(wanted).first()
    if row is None:
        return None
    records = session.scalars(
        select(RecordRow)
        .join(PackRecordRow, PackRecordRow.digest == RecordRow.digest)
        .where(PackRecordRow.pack_id == row.id)
        .order_by(PackRecordRow.position)
    )
    return OpenPack(
        row.id, row.upload_path, row.size_bytes, row.offset_bytes,
        tuple(_header(record) for record in records), row.started_at,
    )  # fmt: skip


def packs_open(session: Session) -> tuple[int, int, int]:
    """Return the number of open packs, the bytes the office holds of them, and all their bytes."""
    rows = session.execute(select(PackRow.offset_bytes, PackRow.size_bytes)).all()
    return len(rows), sum(row[0] for row in rows), sum(row[1] for row in rows)


def submissions_in(session: Session, pack_id: int) -> tuple[tuple[str, str], ...]:
    """Return id and reference of each submission that a pack serves, oldest first."""
    rows = session.execute(
        select(SubmissionRow.id, ApplicationRow.reference)
        .join(ApplicationRow, ApplicationRow.id == SubmissionRow.application_id)
        .join(OutboxRow, OutboxRow.submission_id == SubmissionRow.id)
        .where(SubmissionRow.id.in_(_served_by(pack_id)), OutboxRow.is_set_aside.is_(False))
        .order_by(OutboxRow.queued_at, OutboxRow.submission_id)
    )
    return tuple((submission_id, reference or "") for submission_id, reference in rows)


def begin_sending(session: Session, pack_id: int, now: datetime) -> tuple[str, ...]:
    """Move the pack's applications from finalized to sending; return those that moved."""
    rows = session.execute(
        select(ApplicationRow, OutboxRow.attempts)
        .join(SubmissionRow, _is_newest_submission())
        .join(OutboxRow, OutboxRow.submission_id == SubmissionRow.id)
        .where(SubmissionRow.id.in_(_served_by(pack_id)), ApplicationRow.state == FINALIZED)
    ).all()
    for application, attempts in rows:
        application.state = SENDING
        application.updated_at = now
        if attempts == 0:
            add_entry(session, application.id, now, "sending")
    return tuple(application.id for application, _ in rows)


def note_upload(session: Session, pack: OpenPack, upload_path: str) -> None:
    """Write where the office keeps the upload."""
    session.execute(update(PackRow).where(_is_this(pack)).values(upload_path=upload_path))


def note_offset(session: Session, pack: OpenPack, offset_bytes: int) -> None:
    """Write how much of the pack the office said it holds."""
    session.execute(update(PackRow).where(_is_this(pack)).values(offset_bytes=offset_bytes))


def offset_of(session: Session, pack: OpenPack) -> int:
    """Return how much of a pack the office said it holds; 0 of one that is no more."""
    return session.scalar(select(PackRow.offset_bytes).where(_is_this(pack))) or 0


def end_pack(session: Session, pack: OpenPack, whole_bytes: int, now: datetime) -> None:
    """Forget a pack; its records that lie whole below ``whole_bytes`` count as sent.

    Sent is not held: without a receipt they are sent again after a while.
    """
    end = 0
    arrived = []
    for record in pack.records:
        end += HEADER_BYTES + record.length_bytes
        if end <= whole_bytes:
            arrived.append(record.digest)
    session.execute(update(RecordRow).where(RecordRow.digest.in_(arrived)).values(sent_at=now))
    session.execute(delete(PackRow).where(_is_this(pack)))


def _packs_with(kind: ColumnElement[bool]) -> Select[int]:
    return (
        select(PackRecordRow.pack_id)
        .join(RecordRow, RecordRow.digest == PackRecordRow.digest)
        .where(kind)
    )


def _is_this(pack: OpenPack) -> ColumnElement[bool]:
    """Return the condition on the row of this very pack: SQLite gives a freed number anew."""
    return and_(PackRow.id == pack.id, PackRow.started_at == pack.started_at)


def _served_by(pack_id: int) -> Select[str]:
    return (
        select(SubmissionRecordRow.submission_id)
        .join(PackRecordRow, PackRecordRow.digest == SubmissionRecordRow.digest)
        .where(PackRecordRow.pack_id == pack_id)
    )


def _is_newest_submission() -> ColumnElement[bool]:
    return and_(
        SubmissionRow.application_id == ApplicationRow.id,
        SubmissionRow.revision == ApplicationRow.revision,
    )


def _header(row: RecordRow) -> RecordHeader:
    return RecordHeader(RecordKind(row.kind), row.digest, row.size_bytes)
