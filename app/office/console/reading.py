"""Opens one application for an officer and gathers what stands around it.

Never opens a record by itself: the review functions do, and leave their audit rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from app.domain.answers import Problem
from app.domain.catalogue import Catalogue
from app.domain.checking import check_application
from app.domain.lifecycle import OFFICE_STATES, may_become
from app.domain.regions import Regions
from app.domain.words import WIB, Words
from app.errors import UserError
from app.office import audit, review
from app.office.catalogues import catalogue_of, newest_catalogue
from app.office.console import dossier
from app.office.console.dossier import Asked, Reading
from app.office.console.listing import shown_names
from app.office.review import HistoryLine
from app.office.roles import Action, Officer
from app.office.supplements import AskedPage, pages_asked
from app.office.tables import (
    ApplicationRow,
    AuditRow,
    DeviceRow,
    SubmissionDocumentRow,
    SubmissionRow,
)
from app.protocol.manifest import Manifest
from app.resources import load_regions

if TYPE_CHECKING:
    from app.office.context import Office

_MOST_VIEWS = 30
_VIEWED = {
    "open_submission": "viewed",
    "open_document": "document_viewed",
    "open_page": "page_viewed",
    "ask_page": "page_asked",
}
_OPEN_STATES = ("received", "in_review")
#: State that an officer may bring one to, and what the officer must be allowed for it.
_STEPS: Mapping[str, Action] = {
    "in_review": "review",
    "returned": "review",
    "accepted": "decide",
    "rejected": "decide",
}


class Step(msgspec.Struct, frozen=True):
    """One line of the timeline."""

    at: datetime
    title: str
    who: str
    reason: str
    #: Names and reasons of what was to be mended.
    items: tuple[Mapping[str, str], ...]
    to_state: str = ""


class View(msgspec.Struct, frozen=True):
    """Who looked, at what, when."""

    at: datetime
    who: str
    what: str


class Dossier(msgspec.Struct, frozen=True):
    """One revision of an application, ready to be shown."""

    id: str
    reference: str
    applicant: str
    service: str
    state: str
    assigned_to: str
    #: Another officer has it in review.
    is_with_another: bool
    device: str
    is_training: bool
    latest: int
    #: Numbers of the complete revisions, up to the newest.
    revisions: tuple[int, ...]
    received_at: datetime
    groups: tuple[dossier.ShownGroup, ...]
    papers: tuple[dossier.ShownPaper, ...]
    removed_papers: tuple[str, ...]
    other_overrides: tuple[dossier.Kept, ...]
    history: tuple[Step, ...]
    views: tuple[View, ...]
    #: States that the officer may bring it to; empty unless the newest revision is looked at.
    actions: frozenset[str]
    reading: Reading

    @property
    def manifest(self) -> Manifest:
        """The revision as its kiosk sealed it."""
        return self.reading.manifest

    @property
    def revision(self) -> int:
        """Its number."""
        return self.manifest.revision

    @property
    def is_latest(self) -> bool:
        """Tell whether this is the newest complete revision."""
        return self.revision == self.latest

    @property
    def changed_answers(self) -> int:
        """Count answers that differ from the revision before."""
        return sum(bool(answer.change) for group in self.groups for answer in group.answers)

    @property
    def changed_papers(self) -> int:
        """Count documents that differ from the revision before."""
        return sum(bool(paper.change) for paper in self.papers) + len(self.removed_papers)


class _Surroundings(msgspec.Struct, frozen=True):
    application: ApplicationRow
    revisions: Mapping[int, SubmissionRow]
    device: str
    assigned_to: str


def read_dossier(
    office: Office, officer: Officer, words: Words, application_id: str, revision: int = 0
) -> Dossier:
    """Open one revision (0 = the newest) for this officer's view; leaves audit rows.

    Raises:
        UserError: ``application_unknown``; what ``review.open_submission`` raises else.
    """
    around = _surroundings(office, application_id)
    row = around.application
    shown = revision or row.revision
    if shown not in around.revisions:
        raise UserError("application_unknown")
    before = max((number for number in around.revisions if number < shown), default=0)
    manifest = review.open_submission(office, officer, application_id, shown)
    earlier = review.open_submission(office, officer, application_id, before) if before else None
    lines = review.history(office, application_id)
    reading = _reading(office, manifest, earlier, _asked(lines, shown), words)
    return _dossier(office, officer, around, reading, lines)


def state_of(office: Office, application_id: str) -> str:
    """Return the state an application has now.

    Raises:
        UserError: ``application_unknown``.
    """
    with office.database.read() as session:
        row = session.get(ApplicationRow, application_id)
        if row is None:
            raise UserError("application_unknown")
        return row.state


@lru_cache(maxsize=1)
def regions() -> Regions:
    """Return the table of regions, read once."""
    return load_regions()


def _surroundings(office: Office, application_id: str) -> _Surroundings:
    with office.database.read() as session:
        row = session.get(ApplicationRow, application_id)
        if row is None:
            raise UserError("application_unknown")
        complete = select(SubmissionRow).where(
            SubmissionRow.application_id == application_id,
            SubmissionRow.received_at.is_not(None),
            SubmissionRow.revision <= row.revision,
        )
        device = session.get_one(DeviceRow, row.device_id)
        return _Surroundings(
            row,
            {submission.revision: submission for submission in session.scalars(complete)},
            f"{device.name} ({device.code})",
            shown_names(session).get(row.assigned_to or "", ""),
        )


def _dossier(
    office: Office,
    officer: Officer,
    around: _Surroundings,
    reading: Reading,
    lines: tuple[HistoryLine, ...],
) -> Dossier:
    row, manifest, words = around.application, reading.manifest, reading.words
    submission = around.revisions[manifest.revision]
    service = reading.service()
    is_newest = manifest.revision == row.revision
    return Dossier(
        id=row.id,
        reference=row.reference,
        applicant=manifest.answers.get("full_name", "") or row.applicant_name,
        service=words.label(service.label) if service else manifest.service,
        state=row.state,
        assigned_to=around.assigned_to,
        is_with_another=row.state == "in_review" and row.assigned_to not in (None, officer.name),
        device=around.device,
        is_training=row.is_training,
        latest=row.revision,
        revisions=tuple(sorted(around.revisions)),
        received_at=submission.received_at or submission.filed_at,
        groups=dossier.shown_groups(reading),
        papers=dossier.shown_papers(
            reading, _wrong_needs(office, submission.id), _pages_asked(office, submission.id)
        ),
        removed_papers=dossier.removed_papers(reading),
        other_overrides=dossier.other_overrides(reading),
        history=tuple(_step(line, reading, around.device) for line in lines),
        views=_views(office, row.id, words),
        actions=_actions(officer, row.state) if is_newest else frozenset(),
        reading=reading,
    )


def _reading(
    office: Office, manifest: Manifest, earlier: Manifest | None, asked: Asked, words: Words
) -> Reading:
    catalogue = catalogue_of(office, manifest.catalogue_version) or newest_catalogue(office)
    return Reading(
        manifest,
        earlier,
        catalogue,
        regions(),
        asked,
        _warnings(manifest, catalogue, words),
        words,
    )


def _warnings(manifest: Manifest, catalogue: Catalogue, words: Words) -> dict[tuple[str, str], str]:
    """Word the kept warnings by judging again: an override names one but holds no values."""
    services = [one for one in catalogue.services if one.id == manifest.service]
    if not manifest.overrides or not services:
        return {}
    from_papers = (
        Problem(found.where, found.code, "warning", found.params) for found in manifest.findings
    )
    from_answers = check_application(
        services[0],
        manifest.answers,
        {paper.need: paper.type for paper in manifest.documents},
        manifest.finalized_at.astimezone(WIB).date(),
        regions(),
    )
    return {
        (problem.where, problem.code): _in_words(words, problem)
        for problem in (*from_answers, *from_papers)
    }


def _in_words(words: Words, problem: Problem) -> str:
    """Return what a warning says; its code when a newer kiosk names what we have no words for."""
    try:
        return words.problem(problem)
    except KeyError:
        return problem.code


def _asked(lines: tuple[HistoryLine, ...], revision: int) -> Asked:
    returned = [line for line in lines if line.to_state == "returned" and line.revision <= revision]
    if not returned:
        return Asked()
    last = returned[-1]
    return Asked(
        {item.id: item.reason for item in last.items if item.kind == "field"},
        {item.id: item.reason for item in last.items if item.kind == "document"},
        last.reason,
        last.revision < revision,
    )


def _actions(officer: Officer, state: str) -> frozenset[str]:
    return frozenset(
        wanted
        for wanted, action in _STEPS.items()
        if officer.may(action)
        and state in _OPEN_STATES
        and may_become(OFFICE_STATES, state, wanted)
    )


def _step(line: HistoryLine, reading: Reading, device: str) -> Step:
    words = reading.words
    known = f"console.history.{line.to_state}"
    if line.to_state == "received" and not line.officer:
        title = words(known, revision=line.revision)
        who = words("console.history.device", device=device)
    else:
        state = words(f"office_state.{line.to_state}")
        title = words(known) if words.has(known) else words("console.history.state", state=state)
        who = line.officer or words("console.history.office")
    items = tuple(
        {"name": _item_name(reading, item.kind, item.id), "reason": item.reason}
        for item in line.items
    )
    return Step(line.at, title, who, line.reason, items, line.to_state)


def _item_name(reading: Reading, kind: str, item_id: str) -> str:
    if kind == "field":
        field = dossier.field_named(reading.service(), item_id)
        return reading.words.label(field.label) if field else item_id
    return need_label(reading, item_id)


def need_label(reading: Reading, need_id: str) -> str:
    """Return what a needed document is called: the one brought, else the ones that would do."""
    for paper in reading.manifest.documents:
        if paper.need == need_id:
            return dossier.document_label(reading.catalogue, paper.type, reading.words)
    service = reading.service()
    for need in service.documents if service else ():
        if need.id == need_id:
            labels = (
                dossier.document_label(reading.catalogue, kind, reading.words)
                for kind in need.one_of
            )
            return " / ".join(labels)
    return need_id


def _wrong_needs(office: Office, submission_id: str) -> frozenset[str]:
    with office.database.read() as session:
        wrong = select(SubmissionDocumentRow.need).where(
            SubmissionDocumentRow.submission_id == submission_id,
            SubmissionDocumentRow.verdict == "wrong",
        )
        return frozenset(session.scalars(wrong))


def _pages_asked(office: Office, submission_id: str) -> Mapping[tuple[str, int], AskedPage]:
    with office.database.read() as session:
        return pages_asked(session, submission_id)


def _views(office: Office, application_id: str, words: Words) -> tuple[View, ...]:
    with office.database.read() as session:
        names = shown_names(session)
        rows = session.scalars(
            select(AuditRow)
            .where(AuditRow.application_id == application_id, AuditRow.what.in_(_VIEWED))
            .order_by(AuditRow.id.desc())
            .limit(_MOST_VIEWS)
        ).all()
    return tuple(
        View(
            row.at,
            names.get(row.who.removeprefix(audit.officer("")), row.who),
            words(f"console.history.{_VIEWED[row.what]}"),
        )
        for row in rows
    )
