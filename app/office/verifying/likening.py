"""Looks at received papers in the background and notes which look like one paper seen before.

Shows a page to nobody and keeps nothing that could be read: a few hundred bits of each page. A
second scan of one paper is another file, so no digest finds it; see ``app.imaging.likeness``.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from app.errors import AppError, UserError
from app.office.tables import (
    ApplicationRow,
    LikenessRow,
    RecordRow,
    SubmissionDocumentRow,
    SubmissionRow,
    TwinRow,
)
from app.office.unsealing import read_content

if TYPE_CHECKING:
    from app.office.context import Office

_log = logging.getLogger(__name__)
#: Signs that may differ in two pictures of one paper: a tenth of 2,303.
MOST_DIFFERING = 230
#: Papers that belong to a family, or to somebody who vouches for several: the same one under two
#: people is as it should be.
SHARED_TYPES = frozenset(
    {
        "kk",
        "ktp_parent",
        "marriage_book",
        "parents_marriage_book",
        "parent_passport",
        "divorce_certificate",
        "custody_order",
        "death_certificate",
        "guardianship_order",
        "sponsor_letter",
        "sponsor_identity",
    }
)
_MOST_DOCUMENTS = 20
#: Of one round: the other chores of the office have their minute too.
_ROUND_S = 20.0
#: The newest of one kind; some ten years of a small office, 14 MB once for each page.
_MOST_COMPARED = 50_000
_MOST_TWINS = 10


class _Unseen(msgspec.Struct, frozen=True):
    """A document nobody has looked at in this way."""

    application_id: str
    submission: SubmissionRow
    document: SubmissionDocumentRow


def look_at_papers(office: Office) -> None:
    """Note the likeness of papers that have come since; safe to repeat.

    What is true if it dies: one transaction writes a document's likenesses and twins, or nothing;
    then it is looked at again.
    """
    until = office.clock.monotonic() + _ROUND_S
    for unseen in _unseen(office):
        if office.clock.monotonic() > until:
            return
        try:
            pages = _likenesses(office, unseen)
        except AppError as error:
            # A record that is missing, or a worker that cannot start: the next round tries again.
            _log.warning("a paper was not looked at: %s", error)
            if error.code == "imaging_failed":
                return
            continue
        with office.database.write() as session:
            _note(session, office, unseen, pages)


def _unseen(office: Office) -> list[_Unseen]:
    document, submission = SubmissionDocumentRow, SubmissionRow
    known = and_(
        LikenessRow.application_id == ApplicationRow.id,
        LikenessRow.need == document.need,
        LikenessRow.page == 1,
        LikenessRow.content_digest == document.content_digest,
    )
    newest = and_(
        submission.application_id == ApplicationRow.id,
        submission.revision == ApplicationRow.revision,
        submission.received_at.is_not(None),
    )
    rows = (
        select(ApplicationRow.id, submission, document)
        .join(submission, newest)
        .join(document, document.submission_id == submission.id)
        # What the disk has lost was asked for, and is looked at when it has come again.
        .join(
            RecordRow,
            and_(RecordRow.digest == document.blob_digest, RecordRow.missing_since.is_(None)),
        )
        .outerjoin(LikenessRow, known)
        .where(LikenessRow.application_id.is_(None), document.type.not_in(SHARED_TYPES))
        .order_by(ApplicationRow.received_at.desc(), document.position)
        .limit(_MOST_DOCUMENTS)
    )
    with office.database.read() as session:
        return [_Unseen(*row) for row in session.execute(rows)]


def _likenesses(office: Office, unseen: _Unseen) -> tuple[bytes, ...]:
    document = unseen.document
    content = read_content(office, unseen.submission, document.blob_digest, document.content_digest)
    if content is None:
        return (b"",)
    try:
        return office.imaging.likenesses(content, document.media_type) or (b"",)
    except UserError:
        # No picture, whatever it claims to be; an officer who opens it is told.
        return (b"",)


def _note(session: Session, office: Office, unseen: _Unseen, pages: tuple[bytes, ...]) -> None:
    document = unseen.document
    mine = and_(
        LikenessRow.application_id == unseen.application_id, LikenessRow.need == document.need
    )
    session.execute(delete(LikenessRow).where(mine))
    now = office.clock.now()
    for number, bits in enumerate(pages, 1):
        row = LikenessRow(
            application_id=unseen.application_id,
            need=document.need,
            page=number,
            type=document.type,
            content_digest=document.content_digest,
            bits=bits,
            looked_at=now,
        )
        twins = _twins(session, row) if bits else []
        session.add(row)
        session.flush()
        for other in twins:
            session.add(
                TwinRow(
                    application_id=row.application_id,
                    need=row.need,
                    page=row.page,
                    other_id=other[0],
                    other_need=other[1],
                    other_page=other[2],
                )
            )


def _twins(session: Session, row: LikenessRow) -> list[tuple[str, str, int]]:
    """Return the pages of other applications that look like this one, likest first."""
    others = session.execute(
        select(LikenessRow.application_id, LikenessRow.need, LikenessRow.page, LikenessRow.bits)
        .where(
            LikenessRow.type == row.type,
            LikenessRow.application_id != row.application_id,
            # The very same file is found by its digest.
            LikenessRow.content_digest != row.content_digest,
        )
        .order_by(LikenessRow.looked_at.desc())
        .limit(_MOST_COMPARED)
    )
    bits = int.from_bytes(row.bits)
    alike = []
    for application_id, need, page, held in others:
        differing = (int.from_bytes(held) ^ bits).bit_count()
        if len(held) == len(row.bits) and differing <= MOST_DIFFERING:
            alike.append((differing, application_id, need, page))
    return [
        (application_id, need, page)
        for _, application_id, need, page in sorted(alike)[:_MOST_TWINS]
    ]
