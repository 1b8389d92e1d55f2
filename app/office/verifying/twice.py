"""The same person, passport or paper in another application at this office.

Compares digests, and what was noted of how pages look: no number stands in the database, and no
document is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, delete, select, union
from sqlalchemy.orm import Session

from app.domain.lifecycle import OFFICE_STATES
from app.office.tables import ApplicationRow, SubmissionDocumentRow, SubmissionRow
from app.office.verifying.findings import Case, Finding, Other
from app.office.verifying.tables import LikenessRow, PassportMarkRow, TwinRow

if TYPE_CHECKING:
    from app.office.context import Office

#: Nothing follows these: the application is in force no more.
_OVER = frozenset(state for state, following in OFFICE_STATES.items() if not following)
_MOST_OTHERS = 10


def mark_passports(
    session: Session, office: Office, application: ApplicationRow, numbers: frozenset[str]
) -> None:
    """Note the passport numbers that an application names now, in the caller's transaction."""
    mine = PassportMarkRow.application_id == application.id
    session.execute(delete(PassportMarkRow).where(mine))
    marks = passport_marks(office, application.id, numbers)
    session.add_all(PassportMarkRow(**mark) for mark in marks)


def passport_marks(
    office: Office, application_id: str, numbers: frozenset[str]
) -> list[dict[str, str]]:
    """Return what stands in the rows by which an application's passports are found again."""
    return [
        {
            "application_id": application_id,
            "digest": office.keys.digest_for("passport", number),
        }
        for number in sorted(numbers)
    ]


def check_twice(session: Session, case: Case) -> Iterator[Finding]:
    """Find other applications of the same person, and this one's papers under other people."""
    application = session.get_one(ApplicationRow, case.manifest.application_id)
    if application.nik_digest:
        same = ApplicationRow.nik_digest == application.nik_digest
        if others := _others(session, application, same, in_force=True):
            yield Finding("twice", "same_nik", "nik", others=others)
    mine = select(PassportMarkRow.digest).where(PassportMarkRow.application_id == application.id)
    marked = select(PassportMarkRow.application_id).where(PassportMarkRow.digest.in_(mine))
    if others := _others(session, application, ApplicationRow.id.in_(marked), in_force=True):
        yield Finding("twice", "same_passport", "passport", others=others)
    for paper in case.manifest.documents:
        holding = (
            select(SubmissionRow.application_id)
            .join(SubmissionDocumentRow, SubmissionDocumentRow.submission_id == SubmissionRow.id)
            .where(
                SubmissionDocumentRow.content_digest == paper.content_digest,
                SubmissionRow.received_at.is_not(None),
            )
        )
        other_person = ApplicationRow.id.in_(holding) & (
            ApplicationRow.nik_digest != application.nik_digest
        )
        if others := _others(session, application, other_person, in_force=False):
            params = {"paper": paper.type}
            yield Finding("twice", "same_paper", f"document:{paper.need}", params, others)
    yield from _alike(session, case, application)


def _alike(session: Session, case: Case, application: ApplicationRow) -> Iterator[Finding]:
    """Find pages that look like a page under another person; either side tells of it."""
    digests = [paper.content_digest for paper in case.manifest.documents]
    mine = select(LikenessRow).where(
        LikenessRow.application_id == application.id, LikenessRow.content_digest.in_(digests)
    )
    for page in session.scalars(mine.order_by(LikenessRow.need, LikenessRow.page)).all():
        one = and_(TwinRow.application_id == page.application_id, TwinRow.need == page.need)
        other = and_(TwinRow.other_id == page.application_id, TwinRow.other_need == page.need)
        named = union(
            select(TwinRow.other_id).where(one, TwinRow.page == page.page),
            select(TwinRow.application_id).where(other, TwinRow.other_page == page.page),
        )
        other_person = ApplicationRow.id.in_(named) & (
            ApplicationRow.nik_digest != application.nik_digest
        )
        if others := _others(session, application, other_person, in_force=False):
            where, params = f"page:{page.need}:{page.page}", {"paper": page.type}
            yield Finding("twice", "alike_paper", where, params, others)


def _others(
    session: Session, application: ApplicationRow, same: ColumnElement[bool], *, in_force: bool
) -> tuple[Other, ...]:
    rows = select(ApplicationRow.id, ApplicationRow.reference, ApplicationRow.state).where(
        same,
        ApplicationRow.id != application.id,
        ApplicationRow.is_training.is_(application.is_training),
    )
    if in_force:
        rows = rows.where(ApplicationRow.state.not_in(_OVER))
    found = session.execute(rows.order_by(ApplicationRow.reference).limit(_MOST_OTHERS))
    return tuple(Other(*row) for row in found)
