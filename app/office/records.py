"""Records that came whole: keeps each, reads manifests, gives receipts for what is complete.

What is true if the process dies after each step of ``take_records``, which takes those that came
together:

1. The sealed bytes are under ``blobs/``: nobody knows of them; the same stretch is taken again.
2. The records' rows and the upload's boundary are written (one transaction): they are ours. A
   manifest's row says that it is still to be read; the next start reads it.
3. A manifest is filed or refused (one transaction): its submission waits for its documents.
4. Receipt, application and event are written (one transaction): the submission is received. A start
   looks for submissions that were complete but not received.

A supplement goes the same way: read, joined with its submission, answered once its page is here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.errors import AppError, RemoteError
from app.office.courier_notes import read_note
from app.office.filing import Refusal, file_manifest, refuse
from app.office.lots import Stretch
from app.office.opinions.taking import read_opinion, repeat_thanks
from app.office.receiving import receive_submission, repeat_receipts
from app.office.requests import read_request, repeat_answer
from app.office.supplements import read_supplement, repeat_taken, settle_supplements
from app.office.tables import RecordRow, SubmissionDocumentRow, SubmissionRow, UploadRow
from app.protocol.manifest import OpenedManifest, open_manifest
from app.protocol.record import RecordHeader, RecordKind

if TYPE_CHECKING:
    from app.office.context import Office

_log = logging.getLogger(__name__)
#: Requests looked at again when a submission is whole; the others wait for the next round.
_MOST_AT_ONCE = 50


class Whole(msgspec.Struct, frozen=True):
    """A record that came whole, and where its sealed bytes begin."""

    header: RecordHeader
    start: int

    @property
    def stretch(self) -> Stretch:
        """Where its sealed bytes stand."""
        return Stretch(self.start, self.header.length_bytes, self.header.digest)


def take_records(
    office: Office, upload_id: str, device_id: str, source: Path, records: Sequence[Whole]
) -> None:
    """Keep whole records of an upload and do what follows from them; safe to repeat.

    Nothing may be told of them before ``database.make_durable``.

    Args:
        office: ours.
        upload_id: whose boundary moves.
        device_id: who brought them.
        source: the part file.
        records: one behind the other in it.

    Raises:
        RemoteError: ``pack_torn``; what stands before the torn one is kept.
    """
    kept = office.blobs.keep_stretches(source, [record.stretch for record in records])
    if kept:
        _note(office, upload_id, device_id, records[:kept])
    for are_blobs, run in groupby(records[:kept], lambda one: one.header.kind is RecordKind.BLOB):
        if are_blobs:
            _follow_blobs(office, [record.header.digest for record in run])
        else:
            for record in run:
                _follow(office, record.header)
    if kept < len(records):
        raise RemoteError("pack_torn", is_retryable=False)


def take_record(
    office: Office, upload_id: str, device_id: str, header: RecordHeader, source: Path, start: int
) -> None:
    """Keep one whole record whose sealed bytes begin at ``start``; as ``take_records``."""
    take_records(office, upload_id, device_id, source, [Whole(header, start)])


def _note(office: Office, upload_id: str, device_id: str, records: Sequence[Whole]) -> None:
    """Write rows and boundary in one transaction."""
    with office.database.write(is_lazy=True) as session:
        headers = {record.header.digest: record.header for record in records}
        rows = session.scalars(select(RecordRow).where(RecordRow.digest.in_(headers)))
        known = {row.digest: row for row in rows}
        for header in headers.values():
            if header.digest not in known:
                now = office.clock.now()
                session.add(RecordRow(**record_values(device_id, header, now)))
            else:
                _note_again(session, office, known[header.digest], header)
        end = records[-1].start + records[-1].header.length_bytes
        session.execute(update(UploadRow).where(UploadRow.id == upload_id).values(taken_bytes=end))


def _note_again(session: Session, office: Office, record: RecordRow, header: RecordHeader) -> None:
    if record.missing_since is not None:
        record.missing_since = None
        repeat_receipts(session, office, header.digest)
        repeat_taken(session, office, header.digest)
        repeat_answer(session, office, header.digest)
        repeat_thanks(session, office, record)
    elif record.refused_code and header.kind is RecordKind.MANIFEST:
        # Whoever sends it once more has mended something, or wants to hear the reason again.
        record.read_at, record.refused_code = None, ""


def record_values(device_id: str, header: RecordHeader, now: datetime) -> dict[str, Any]:
    """Return what stands in the row of a record that is kept now, and not yet read."""
    return {
        "digest": header.digest,
        "kind": int(header.kind),
        "size_bytes": header.length_bytes,
        "device_id": device_id,
        "received_at": now,
        "read_at": None,
    }


def boundary_of(office: Office, upload_id: str) -> int:
    """Return where the next record of an upload begins, as noted in the database."""
    with office.database.read() as session:
        return session.get_one(UploadRow, upload_id).taken_bytes


def catch_up(office: Office) -> None:
    """Finish what a kill left between the steps.

    Unread manifests, then complete submissions without receipt, then supplements.
    """
    manifests = _unread(office, RecordKind.MANIFEST)
    with office.database.read() as session:
        waiting = session.scalars(
            select(SubmissionRow.id).where(SubmissionRow.received_at.is_(None))
        ).all()
    for digest in manifests:
        with _set_aside(digest):
            _read_manifest(office, digest)
    for submission_id in waiting:
        with _set_aside(submission_id):
            _settle(office, submission_id)
    for digest in _unread(office, RecordKind.SUPPLEMENT):
        with _set_aside(digest):
            read_supplement(office, digest)
    for digest in _unread(office, RecordKind.REQUEST):
        with _set_aside(digest):
            read_request(office, digest)
    for digest in _unread(office, RecordKind.COURIER_NOTE):
        with _set_aside(digest):
            read_note(office, digest)
    for digest in _unread(office, RecordKind.OPINION):
        with _set_aside(digest):
            read_opinion(office, digest)
    with _set_aside("supplements"):
        settle_supplements(office)


def _unread(office: Office, kind: RecordKind, device_id: str = "") -> Sequence[str]:
    unread = select(RecordRow.digest).where(
        RecordRow.kind == int(kind), RecordRow.read_at.is_(None)
    )
    if device_id:
        unread = unread.where(RecordRow.device_id == device_id).limit(_MOST_AT_ONCE)
    with office.database.read() as session:
        return session.scalars(unread.order_by(RecordRow.received_at)).all()


def _follow(office: Office, header: RecordHeader) -> None:
    with _set_aside(header.digest):
        if header.kind is RecordKind.MANIFEST:
            _read_manifest(office, header.digest)
        elif header.kind is RecordKind.SUPPLEMENT:
            read_supplement(office, header.digest)
        elif header.kind is RecordKind.REQUEST:
            read_request(office, header.digest)
        elif header.kind is RecordKind.COURIER_NOTE:
            read_note(office, header.digest)
        elif header.kind is RecordKind.OPINION:
            read_opinion(office, header.digest)


def _follow_blobs(office: Office, digests: Sequence[str]) -> None:
    """Look once for all who waited for one of them."""
    waiting: Sequence[str] = ()
    with _set_aside(digests[0]):
        waiting = _waiting_for(office, digests)
    for submission_id in waiting:
        with _set_aside(submission_id):
            _settle(office, submission_id)
    with _set_aside(digests[0]):
        settle_supplements(office, digests)


@contextmanager
def _set_aside(name: str) -> Iterator[None]:
    """Let a failure neither lose what was kept nor block the next: ``catch_up`` tries again."""
    try:
        yield
    except AppError as error:
        _log.error("%s kept but not followed up: %s", name, error)


def _waiting_for(office: Office, blob_digests: Sequence[str]) -> list[str]:
    with office.database.read() as session:
        return list(
            session.scalars(
                select(SubmissionRow.id)
                .where(
                    SubmissionRow.received_at.is_(None),
                    exists().where(
                        SubmissionDocumentRow.submission_id == SubmissionRow.id,
                        SubmissionDocumentRow.blob_digest.in_(blob_digests),
                    ),
                )
                .order_by(SubmissionRow.revision)
            )
        )


def _read_manifest(office: Office, digest: str) -> None:
    opened = _opened(office, digest)
    submission_id = ""
    with office.database.write(is_lazy=True) as session:
        record = session.get_one(RecordRow, digest)
        if record.read_at is not None:
            return
        record.read_at = office.clock.now()
        if isinstance(opened, Refusal):
            refuse(session, office, record, opened)
            return
        try:
            submission_id = file_manifest(session, office, record, opened)
        except Refusal as refusal:
            refuse(session, office, record, refusal)
            return
    _settle(office, submission_id)


def _opened(office: Office, digest: str) -> OpenedManifest | Refusal:
    try:
        return open_manifest(office.blobs.read(digest), office.keys.keys.identity)
    except RemoteError as error:
        return Refusal(error.code, digest)


def _settle(office: Office, submission_id: str) -> None:
    is_received = False
    with office.database.write(is_lazy=True) as session:
        submission = session.get_one(SubmissionRow, submission_id)
        device_id = submission.device_id
        if submission.received_at is None:
            is_received = receive_submission(session, office, submission)
    if is_received:
        # What was asked about the application may have come before its last page.
        for digest in _unread(office, RecordKind.REQUEST, device_id):
            with _set_aside(digest):
                read_request(office, digest)
