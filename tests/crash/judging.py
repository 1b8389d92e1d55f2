"""What must be true once all has settled; counts what is lost, doubled or unequal."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

import msgspec
from sqlalchemy import select

from app.domain.events import Receipt
from app.office.context import Office
from app.office.tables import ApplicationRow as OfficeApplication
from app.office.tables import DeviceRow, SubmissionDocumentRow
from app.office.tables import SubmissionRow as OfficeSubmission
from app.protocol.event import read_signed_event
from app.protocol.manifest import open_manifest
from app.protocol.sealing import unseal
from app.services.drafts import load_draft
from app.services.kiosk import Kiosk
from app.storage import contact, sending
from app.storage.pages import blobs_in_use
from app.storage.sweeping import sweep_orphans
from app.storage.tables import ApplicationRow, RecordRow, SubmissionRow, SupplementRow
from tests.crash import office_part
from tests.crash.kiosk_part import open_kiosk
from tests.crash.places import Facts, Places


class Verdict(msgspec.Struct):
    """Of one run; ``faults`` says in words what is not as it must be."""

    lost: int = 0
    doubled: int = 0
    unequal: int = 0
    faults: list[str] = []

    def is_well(self) -> bool:
        """Tell whether nothing is wrong."""
        return not (self.lost or self.doubled or self.unequal or self.faults)


def judge(places: Places) -> Verdict:
    """Open both sides and compare them with what was filled in, and with each other."""
    kiosk, office = open_kiosk(places.kiosk), office_part.opened(places.office)
    facts, verdict = places.facts(), Verdict()
    _count(kiosk, office, facts, verdict)
    for application_id in facts.applications:
        _compare(kiosk, office, application_id, facts, verdict)
    verdict.faults.extend(_open_ends(kiosk, office))
    verdict.faults.extend(_unproven(kiosk))
    kiosk.store.close()
    office.database.close()
    return verdict


def _count(kiosk: Kiosk, office: Office, facts: Facts, verdict: Verdict) -> None:
    with office.database.read() as session:
        rows = session.execute(
            select(OfficeSubmission.application_id, OfficeSubmission.revision)
            .join(OfficeApplication, OfficeApplication.id == OfficeSubmission.application_id)
            .where(OfficeSubmission.received_at.is_not(None))
        ).all()
        held = set(session.scalars(select(OfficeApplication.id)))
    with kiosk.store.read() as session:
        made = session.execute(select(SubmissionRow.application_id, SubmissionRow.revision)).all()
    at_office, at_kiosk = Counter(map(tuple, rows)), Counter(map(tuple, made))
    # One more than was filled in is a double, whatever its name.
    verdict.doubled += len(held - set(facts.applications))
    verdict.doubled += sum(count - 1 for count in at_office.values())
    verdict.lost += len(set(facts.applications) - held) + len(at_kiosk - at_office)


def _compare(
    kiosk: Kiosk, office: Office, application_id: str, facts: Facts, verdict: Verdict
) -> None:
    """Compare answers and documents of the newest revision; the office's are what it can open."""
    draft = load_draft(kiosk, application_id)
    with office.database.read() as session:
        submission = session.scalars(
            select(OfficeSubmission)
            .where(OfficeSubmission.application_id == application_id)
            .order_by(OfficeSubmission.revision.desc())
        ).first()
        if submission is None:
            return
        named = session.execute(
            select(SubmissionDocumentRow.need, SubmissionDocumentRow.blob_digest).where(
                SubmissionDocumentRow.submission_id == submission.id
            )
        ).all()
    identity = office.keys.keys.identity
    came = {need: _opened(office, digest, identity) for need, digest in named}
    verdict.unequal += came != facts.documents[application_id]
    manifest = open_manifest(office.blobs.read(submission.manifest_digest), identity).manifest
    verdict.unequal += dict(manifest.answers) != dict(draft.answers)
    if (manifest.reference, submission.revision) != (draft.reference, draft.revision):
        verdict.faults.append(f"the office holds {manifest.reference} {submission.revision}")


def _opened(office: Office, digest: str, identity: str) -> str:
    return hashlib.sha256(unseal(office.blobs.read(digest), identity)).hexdigest()


def _open_ends(kiosk: Kiosk, office: Office) -> Iterator[str]:
    """Yield where kiosk and office see things differently, and what was left lying about."""
    with kiosk.store.read() as session:
        if sending.waiting(session):
            yield "the outbox is not empty"
        ours = {
            row.id: (row.reference, row.office_state, row.revision)
            for row in session.scalars(select(ApplicationRow))
        }
        office_of = contact.read_contact(session)
        if session.scalars(select(SupplementRow.taken_at)).all().count(None):
            yield "a page that was asked for is not said to be taken"
    with office.database.read() as session:
        theirs = {
            row.id: (row.reference, row.state, row.revision)
            for row in session.scalars(select(OfficeApplication))
        }
        last = session.scalars(select(DeviceRow.last_event)).one()
    if ours != theirs:
        yield f"seen differently: {ours} and {theirs}"
    if office_of is None or office_of.cursor != last:
        yield "the kiosk has not heard all"
    sweep_orphans(kiosk.store, min_age_s=0)
    with kiosk.store.read() as session:
        for path in kiosk.store.blobs.older_than(0):
            record = session.get(RecordRow, path.name)
            if not (record and not record.is_purged) and not blobs_in_use(session, [path.name]):
                yield "a file that nobody names"


def _unproven(kiosk: Kiosk) -> Iterator[str]:
    """Yield submissions without a receipt whose signature holds, and files gone before theirs."""
    with kiosk.store.read() as session:
        office = contact.read_contact(session)
        submissions = session.scalars(select(SubmissionRow)).all()
        gone = session.scalars(select(RecordRow.is_held_by_office).where(RecordRow.is_purged)).all()
    assert office is not None
    for submission in submissions:
        if submission.receipt is None:
            yield "a submission without a receipt"
            continue
        event = read_signed_event(submission.receipt, office.office_signing, office.device_id)
        body = event.event.body
        if not isinstance(body, Receipt) or body.manifest_digest != submission.manifest_digest:
            yield "a receipt for something else"
    if not all(gone):
        yield "a file was deleted before its receipt"
