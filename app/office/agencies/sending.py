"""Sends one order to its agency and keeps the answer; what leaves is little, and audited before.

What is true if the process dies after each step:

1. The trail says that the application was opened for the agency: it may have been asked or not.
2. The agency has answered: nothing is known of it; it is asked again under the same name.
3. The ministry's number is written (one transaction): it is asked again which documents it lacks.
4. It holds some documents: the others are sent, each opened in the trail before.
5. The answer is written, and the ministry lacks nothing (one transaction): never again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events import NumberGiven
from app.errors import RemoteError
from app.office import audit
from app.office.agencies.changes import act_again
from app.office.agencies.contract import (
    MOST_DELIVERED_BYTES,
    Delivery,
    Export,
    ExportedDocument,
    RegistryQuestion,
)
from app.office.agencies.tables import AgencyOrderRow, MinistryNumberRow
from app.office.events import say
from app.office.showing import as_pdf
from app.office.tables import ApplicationRow
from app.office.unsealing import unseal_document, unseal_submission
from app.office.ways.standing import note_worked
from app.protocol.sealing import seal

if TYPE_CHECKING:
    from app.office.context import Office
    from app.protocol.manifest import Manifest

#: All that the civil registry is told beside the NIK.
REGISTRY_FIELDS = ("full_name", "birth_place", "birth_date", "sex")


def send_order(office: Office, order_id: str, useful_in: frozenset[str], until: float) -> None:
    """Send one order unless the application is not in the states it is useful in.

    It is void then: queued again if the application comes back to them with this revision.

    Args:
        office: ours.
        order_id: which.
        useful_in: the states.
        until: by the monotonic clock; documents that are left by then go with the next round.

    Raises:
        AppError: as the agencies, ``unseal_submission`` and ``as_pdf``.
    """
    with office.database.write() as session:
        order = session.get_one(AgencyOrderRow, order_id)
        application = session.get_one(ApplicationRow, order.application_id)
        if application.state not in useful_in or application.revision != order.revision:
            order.state = "void"
            return
    what = f"ask_{order.agency}"
    manifest = unseal_submission(
        office, audit.OFFICE, order.application_id, order.revision, what=what
    )
    if order.agency == "registry":
        _check(office, order, manifest)
    else:
        _export(office, order, manifest, until)


def _check(office: Office, order: AgencyOrderRow, manifest: Manifest) -> None:
    assert office.registry is not None
    said = {name: manifest.answers.get(name, "") for name in REGISTRY_FIELDS}
    fields = {name: value for name, value in said.items() if value}
    question = RegistryQuestion(order.id, manifest.answers.get("nik", ""), fields)
    told = office.registry.check(question)
    sealed = seal(msgspec.json.encode(told), office.keys.keys.public().recipient)
    with office.database.write() as session:
        row = _done(session, office, order)
        row.sealed_answer = sealed


def _export(office: Office, order: AgencyOrderRow, manifest: Manifest, until: float) -> None:
    assert office.ministry is not None
    export = _about(office, order, manifest)
    told = office.ministry.export(export)
    with office.database.write() as session:
        _keep_number(session, office, order.application_id, told.number)
    for paper in manifest.documents:
        if paper.content_digest in told.missing:
            if office.clock.monotonic() > until:
                return
            _deliver(office, order, paper.need)
    if told.missing and office.ministry.export(export).missing:
        raise RemoteError("agency_incomplete", way="ministry")
    with office.database.write() as session:
        _done(session, office, order)


def _about(office: Office, order: AgencyOrderRow, manifest: Manifest) -> Export:
    return Export(
        order.id,
        office.keys.office_id,
        manifest.reference,
        manifest.revision,
        manifest.service,
        manifest.catalogue_version,
        dict(manifest.answers),
        tuple(
            ExportedDocument(
                paper.need, paper.type, paper.page_count, paper.size_bytes, paper.content_digest
            )
            for paper in manifest.documents
        ),
    )


def _deliver(office: Office, order: AgencyOrderRow, need: str) -> None:
    """Hand one document over as PDF: our own form of pages is read by nobody there."""
    assert office.ministry is not None
    opened = unseal_document(
        office,
        audit.OFFICE,
        order.application_id,
        order.revision,
        need,
        what="ask_ministry_document",
    )
    pdf = as_pdf(office, opened)
    if len(pdf) > MOST_DELIVERED_BYTES:
        raise RemoteError("agency_refused", is_retryable=False, way="ministry")
    office.ministry.deliver(Delivery(opened.content_digest, office.keys.office_id, pdf))


def _keep_number(session: Session, office: Office, application_id: str, number: str) -> None:
    """Keep the number of an application.

    Another one's, or a second, is not believed. It is a fault about this application and no reason
    to stop asking for others; it may be mended there, so that it is asked for again.
    """
    same = select(MinistryNumberRow).where(MinistryNumberRow.number == number)
    holder = session.scalars(same).first()
    known = session.get(MinistryNumberRow, application_id)
    if (holder and holder.application_id != application_id) or (known and known.number != number):
        raise RemoteError("agency_number_wrong", way="ministry")
    if known is None:
        now = office.clock.now()
        row = MinistryNumberRow(application_id=application_id, number=number, given_at=now)
        session.add(row)
        audit.note(session, now, audit.OFFICE, "ministry_number", application_id)
        device_id = session.get_one(ApplicationRow, application_id).device_id
        say(session, office, device_id, NumberGiven(number), application_id)
        session.flush()
        act_again(session, office, number)


def _done(session: Session, office: Office, order: AgencyOrderRow) -> AgencyOrderRow:
    now = office.clock.now()
    note_worked(session, order.agency, now)
    row = session.get_one(AgencyOrderRow, order.id)
    row.state, row.done_at, row.last_error = "done", now, ""
    return row
