"""What the operator and the applicant look up: lists, counts, one application, a status.

Never shows a whole NIK in a list, and never tells a wrong birth date from an unknown reference.
"""

from __future__ import annotations

from datetime import date, datetime, time

import msgspec

from app.domain.catalogue import Label
from app.domain.events import ReturnedItem
from app.domain.ids import parse_reference, short_proof
from app.domain.words import WIB
from app.errors import UserError
from app.services.drafts import service_of
from app.services.kiosk import Kiosk
from app.storage import details as stored
from app.storage import drafts as stored_drafts
from app.storage import lists as stored_lists
from app.storage import timeline as stored_timeline
from app.storage.details import DocumentFact, SubmittedRevision
from app.storage.timeline import TimelineEntry

_SHOWN_DIGITS = 4


class ApplicationLine(msgspec.Struct, frozen=True):
    """One line of the operator's list."""

    application_id: str
    reference: str | None
    service: Label
    name: str
    #: All but the last digits are dots.
    nik: str
    state: str
    office_state: str
    group: str
    revision: int
    is_training: bool
    updated_at: datetime

    def cursor(self) -> tuple[datetime, str]:
        """Return what ``list_applications`` takes as ``before`` for the next page."""
        return (self.updated_at, self.application_id)


class TodayCounts(msgspec.Struct, frozen=True):
    """The operator's first look: what waits, and what happened today (islands' time)."""

    drafts: int
    waiting: int
    attention: int
    returned: int
    started_today: int
    finalized_today: int
    received_today: int


class SubmissionLine(msgspec.Struct, frozen=True):
    """One submission, how its sending goes, and the proof once there is one."""

    submission_id: str
    revision: int
    manifest_digest: str
    finalized_at: datetime
    received_at: datetime | None
    #: The eight letters by which people name the receipt; empty without one.
    proof: str
    is_waiting: bool
    is_set_aside: bool
    attempts: int
    next_attempt_at: datetime | None
    #: Words: ``errors.<code>``.
    last_error: str
    last_error_at: datetime | None


class ApplicationDetails(msgspec.Struct, frozen=True):
    """Everything about one application but its answers."""

    application_id: str
    reference: str | None
    service: Label
    name: str
    nik: str
    state: str
    office_state: str
    revision: int
    operator: str
    is_training: bool
    created_at: datetime
    updated_at: datetime
    returned: tuple[ReturnedItem, ...]
    note: str
    timeline: tuple[TimelineEntry, ...]
    documents: tuple[DocumentFact, ...]
    #: Newest first.
    submissions: tuple[SubmissionLine, ...]


class StatusView(msgspec.Struct, frozen=True):
    """What an applicant sees of their application."""

    application_id: str
    reference: str
    service: Label
    state: str
    office_state: str
    updated_at: datetime
    timeline: tuple[TimelineEntry, ...]
    returned: tuple[ReturnedItem, ...]
    note: str


def list_applications(
    kiosk: Kiosk,
    text: str = "",
    group: str = "all",
    limit: int = 50,
    before: tuple[datetime, str] | None = None,
) -> tuple[ApplicationLine, ...]:
    """Return a page of the list, newest first.

    Args:
        kiosk: the parts.
        text: the beginning of a NIK, a reference, or words of a name; empty for all.
        group: ``all``, ``drafts``, ``waiting``, ``attention``, ``received`` or ``returned``.
        limit: lines of a page.
        before: ``cursor()`` of the last line of the page before.
    """
    search = stored_lists.understand(text)
    with kiosk.store.read() as session:
        rows = stored_lists.list_applications(session, search, group, limit, before)
    kinds = {(row.catalogue_version, row.service_id) for row in rows}
    labels = {kind: service_of(kiosk, *kind).label for kind in kinds}
    return tuple(
        ApplicationLine(
            application_id=row.id,
            reference=row.reference,
            service=labels[row.catalogue_version, row.service_id],
            name=row.name,
            nik=masked(row.nik),
            state=row.state,
            office_state=row.office_state,
            group=row.group,
            revision=row.revision,
            is_training=row.is_training,
            updated_at=row.updated_at,
        )
        for row in rows
    )


def today(kiosk: Kiosk) -> TodayCounts:
    """Count what waits, and what happened since midnight on the islands."""
    midnight = datetime.combine(kiosk.today(), time(), WIB)
    with kiosk.store.read() as session:
        found = stored_lists.counts(session, midnight)
    return TodayCounts(
        found.drafts, found.waiting, found.attention, found.returned,
        found.started, found.finalized, found.received,
    )  # fmt: skip


def details(kiosk: Kiosk, application_id: str) -> ApplicationDetails:
    """Return one application.

    Raises:
        UserError: ``application_unknown``.
    """
    with kiosk.store.read() as session:
        head = stored.application(session, application_id)
        returned = stored_drafts.returned(session, application_id)
        timeline = stored_timeline.entries(session, application_id)
        documents = stored.documents(session, application_id)
        submissions = stored.submissions(session, application_id)
    if head is None:
        raise UserError("application_unknown")
    return ApplicationDetails(
        application_id=head.id,
        reference=head.reference,
        service=service_of(kiosk, head.catalogue_version, head.service_id).label,
        name=head.name,
        nik=masked(head.nik),
        state=head.state,
        office_state=head.office_state,
        revision=head.revision,
        operator=head.operator,
        is_training=head.is_training,
        created_at=head.created_at,
        updated_at=head.updated_at,
        returned=returned,
        note=head.returned_note,
        timeline=timeline,
        documents=documents,
        submissions=tuple(_line(submission) for submission in submissions),
    )


def status_of(kiosk: Kiosk, reference: str, birth_date: date) -> StatusView | None:
    """Return an application's status to whoever knows its reference and birth date.

    Returns:
        None for an unknown reference and a wrong birth date alike.

    Raises:
        UserError: ``reference_malformed``, ``too_many_tries``.
    """
    kiosk.status_tries.count(kiosk.clock.monotonic())
    wanted = parse_reference(reference)
    with kiosk.store.read() as session:
        head = stored.by_reference(session, wanted)
        if head is None or head.birth_date != birth_date.isoformat():
            return None
        returned = stored_drafts.returned(session, head.id)
        timeline = stored_timeline.entries(session, head.id)
    return StatusView(
        application_id=head.id,
        reference=wanted,
        service=service_of(kiosk, head.catalogue_version, head.service_id).label,
        state=head.state,
        office_state=head.office_state,
        updated_at=head.updated_at,
        timeline=timeline,
        returned=returned,
        note=head.returned_note,
    )


def masked(nik: str) -> str:
    """Return a NIK with all but its last digits hidden."""
    return "•" * (len(nik) - _SHOWN_DIGITS) + nik[-_SHOWN_DIGITS:] if nik else ""


def _line(found: SubmittedRevision) -> SubmissionLine:
    return SubmissionLine(
        submission_id=found.id,
        revision=found.revision,
        manifest_digest=found.manifest_digest,
        finalized_at=found.finalized_at,
        received_at=found.received_at,
        proof=short_proof(found.receipt_digest) if found.receipt_digest else "",
        is_waiting=found.is_waiting,
        is_set_aside=found.is_set_aside,
        attempts=found.attempts,
        next_attempt_at=found.next_attempt_at,
        last_error=found.last_error,
        last_error_at=found.last_error_at,
    )
