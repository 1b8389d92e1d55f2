"""Pages that an officer asked for as they were captured: asked, brought, joined, opened.

Never touches the submission they belong to, and never takes a page from another device than the
submission's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.events import PageAsked, PageTaken
from app.errors import RemoteError, UserError
from app.office import audit
from app.office.events import say
from app.office.names import is_digest, is_id, is_word
from app.office.roles import Officer, check_may
from app.office.tables import (
    RecordRow,
    SubmissionDocumentRow,
    SubmissionRow,
    SupplementRow,
)
from app.office.unsealing import read_content, received_submission
from app.office.vouching import keep_aside, open_record, vouch
from app.protocol.record import MOST_RECORD_BYTES
from app.protocol.supplement import OpenedSupplement, Supplement, open_supplement

if TYPE_CHECKING:
    from app.office.context import Office

#: What a kiosk keeps of a capture.
MEDIA_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png"})
#: How long a supplement waits for its submission: longer than any stick is on the road.
_MOST_WAITING = timedelta(days=60)


class AskedPage(msgspec.Struct, frozen=True):
    """How it stands with one page that was asked for."""

    asked_at: datetime
    #: The answer is here.
    is_answered: bool
    #: The answer was that the kiosk holds the page no more.
    is_gone: bool


class OpenedPage(msgspec.Struct, frozen=True):
    """A captured page unsealed for one view; never written anywhere."""

    media_type: str
    content: bytes

    def __repr__(self) -> str:
        return f"OpenedPage({self.media_type})"


def ask_for_page(
    office: Office, officer: Officer, application_id: str, revision: int, need: str, page: int
) -> None:
    """Ask the device for a page as it was captured; again changes nothing.

    Raises:
        UserError: ``application_unknown``, ``document_unknown``, ``page_unknown``.
    """
    check_may(office, officer, "review", application_id)
    with office.database.write() as session:
        submission = received_submission(session, application_id, revision)
        if not 1 <= page <= _pages_of(session, submission.id, need):
            raise UserError("page_unknown")
        if session.get(SupplementRow, (submission.id, need, page)) is not None:
            return
        now = office.clock.now()
        session.add(SupplementRow(submission_id=submission.id, need=need, page=page, asked_at=now))
        asked = PageAsked(submission.id, need, page)
        say(session, office, submission.device_id, asked, application_id)
        who = audit.officer(officer.name)
        facts: dict[str, str | int] = {"revision": revision, "need": need, "page": page}
        audit.note(session, now, who, "ask_page", application_id, **facts)


def pages_asked(session: Session, submission_id: str) -> Mapping[tuple[str, int], AskedPage]:
    """Return the pages of a submission that were asked for, by need and number."""
    rows = session.scalars(
        select(SupplementRow).where(SupplementRow.submission_id == submission_id)
    )
    return {
        (row.need, row.page): AskedPage(
            row.asked_at, row.taken_at is not None, row.taken_at is not None and not row.blob_digest
        )
        for row in rows
    }


def open_page(
    office: Office, officer: Officer, application_id: str, revision: int, need: str, page: int
) -> OpenedPage:
    """Unseal a page that came in full; audited.

    Raises:
        UserError: ``application_unknown``; ``page_unknown`` when it is not here.
        RemoteError: ``page_wrong`` when the bytes are not what the supplement names.
        LocalFault: ``record_missing`` when the office lost the file; the device is asked for it.
    """
    check_may(office, officer, "look", application_id)
    with office.database.read() as session:
        submission = received_submission(session, application_id, revision)
        row = session.get(SupplementRow, (submission.id, need, page))
        if row is None or row.taken_at is None or not row.blob_digest:
            raise UserError("page_unknown")
    content = read_content(office, submission, row.blob_digest, row.content_digest)
    with office.database.write() as session:
        facts: dict[str, str | int] = {"revision": revision, "need": need, "page": page}
        now, who = office.clock.now(), audit.officer(officer.name)
        audit.note(session, now, who, "open_page", application_id, **facts)
        if content is None:
            audit.note(session, now, audit.OFFICE, "page_wrong", application_id, **facts)
    if content is None:
        raise RemoteError("page_wrong", is_retryable=False)
    return OpenedPage(row.media_type, content)


def read_supplement(office: Office, digest: str) -> None:
    """Join a supplement with its submission; safe to repeat.

    What is true if it dies: one transaction writes all of it. A supplement whose submission is not
    here yet stays unread and is looked at again.
    """
    opened = open_record(office, digest, open_supplement)
    with office.database.write() as session:
        record = session.get_one(RecordRow, digest)
        if record.read_at is not None:
            return
        said = _vouched(session, opened)
        if isinstance(said, str):
            _refuse(session, office, record, said, record.device_id)
            return
        is_plain = _is_plain(said)
        submission = session.get(SubmissionRow, said.submission_id) if is_plain else None
        if is_plain and submission is None:
            # It may yet come; but what nobody ever sends the rest of is not looked at for ever.
            if office.clock.now() - record.received_at > _MOST_WAITING:
                _refuse(session, office, record, "submission_unknown", said.device_id)
            return
        if submission is None or not _is_of(session, submission, said):
            _refuse(session, office, record, "supplement_wrong", said.device_id)
            return
        record.read_at = office.clock.now()
        _join(session, office, submission, said, digest)


def settle_supplements(office: Office, blob_digests: Sequence[str] = ()) -> None:
    """Answer for the supplements whose page is here by now.

    Args:
        office: ours.
        blob_digests: only those that name one of them; all that wait when empty.
    """
    waiting = select(SupplementRow).where(
        SupplementRow.record_digest.is_not(None), SupplementRow.taken_at.is_(None)
    )
    if blob_digests:
        waiting = waiting.where(SupplementRow.blob_digest.in_(blob_digests))
    with office.database.read() as session:
        if session.scalars(waiting.limit(1)).first() is None:
            return
    with office.database.write() as session:
        for row in session.scalars(waiting).all():
            _settle(session, office, row)


def repeat_taken(session: Session, office: Office, digest: str) -> None:
    """Answer once more for the supplements whose record was lost and has come again."""
    rows = session.scalars(
        select(SupplementRow).where(
            SupplementRow.taken_at.is_not(None),
            or_(SupplementRow.record_digest == digest, SupplementRow.blob_digest == digest),
        )
    ).all()
    for row in rows:
        submission = session.get_one(SubmissionRow, row.submission_id)
        _say_taken(session, office, submission, row.record_digest or "", row.blob_digest)


def _pages_of(session: Session, submission_id: str, need: str) -> int:
    count = session.scalar(
        select(SubmissionDocumentRow.page_count).where(
            SubmissionDocumentRow.submission_id == submission_id,
            SubmissionDocumentRow.need == need,
        )
    )
    if count is None:
        raise UserError("document_unknown")
    return count


def _vouched(session: Session, opened: OpenedSupplement | str) -> Supplement | str:
    if isinstance(opened, str):
        return opened
    return vouch(session, opened.supplement.device_id, opened.verify)


def _refuse(session: Session, office: Office, record: RecordRow, code: str, device_id: str) -> None:
    """Keep a supplement aside; its device, or who brought it, must not bring it for ever."""
    say(session, office, device_id, PageTaken(record.digest))
    keep_aside(session, office, record, code)


def _is_plain(said: Supplement) -> bool:
    """Tell whether every name and number may be looked up and written down."""
    is_named = is_id(said.submission_id) and is_id(said.application_id) and is_word(said.need)
    if not said.blob_digest:
        return is_named and not (said.content_digest or said.media_type or said.size_bytes)
    return (
        is_named
        and is_digest(said.blob_digest)
        and is_digest(said.content_digest)
        and said.media_type in MEDIA_TYPES
        and 0 <= said.size_bytes <= MOST_RECORD_BYTES
    )


def _is_of(session: Session, submission: SubmissionRow, said: Supplement) -> bool:
    """Tell whether it speaks of a page that its own device submitted."""
    try:
        count = _pages_of(session, submission.id, said.need)
    except UserError:
        return False
    return (
        submission.device_id == said.device_id
        and submission.application_id == said.application_id
        and 1 <= said.page <= count
    )


def _join(
    session: Session, office: Office, submission: SubmissionRow, said: Supplement, digest: str
) -> None:
    row = session.get(SupplementRow, (submission.id, said.need, said.page))
    if row is None:
        # An office restored from an older backup no longer knows that it asked.
        row = SupplementRow(
            submission_id=submission.id,
            need=said.need,
            page=said.page,
            asked_at=office.clock.now(),
        )
        session.add(row)
    if row.taken_at is not None:
        _say_taken(session, office, submission, digest, said.blob_digest)
        return
    row.record_digest = digest
    row.blob_digest, row.content_digest = said.blob_digest, said.content_digest
    row.media_type, row.size_bytes = said.media_type, said.size_bytes
    session.flush()
    _settle(session, office, row)


def _settle(session: Session, office: Office, row: SupplementRow) -> None:
    """Answer for a supplement if its page is here, and not by memory alone."""
    if row.blob_digest:
        record = session.get(RecordRow, row.blob_digest)
        if record is None or record.missing_since or not office.blobs.has(row.blob_digest):
            return
    row.taken_at = office.clock.now()
    submission = session.get_one(SubmissionRow, row.submission_id)
    _say_taken(session, office, submission, row.record_digest or "", row.blob_digest)


def _say_taken(
    session: Session, office: Office, submission: SubmissionRow, digest: str, blob_digest: str
) -> None:
    taken = PageTaken(digest, blob_digest)
    say(session, office, submission.device_id, taken, submission.application_id)
