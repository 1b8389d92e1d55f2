"""What an officer does with an application: one function each, one transaction each.

Never answers a browser: the console calls these and words the errors.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue import Service
from app.domain.events import Returned, ReturnedItem
from app.errors import UserError
from app.office import audit
from app.office.catalogues import service_in
from app.office.moving import Step, move, when_accepted
from app.office.roles import Officer as Officer
from app.office.roles import check_may
from app.office.tables import ApplicationRow, DecisionRow, OfficerRow
from app.office.unsealing import OpenedDocument, unseal_document, unseal_submission
from app.protocol.manifest import Manifest

if TYPE_CHECKING:
    from app.office.context import Office

_MOST_REASON_LETTERS = 2000
_MOST_ITEMS = 200


class HistoryLine(msgspec.Struct, frozen=True):
    """One step in an application's life at the office."""

    at: datetime
    revision: int
    #: Shown name; empty when the office's own rules acted.
    officer: str
    from_state: str
    to_state: str
    reason: str
    items: tuple[ReturnedItem, ...]


def start_review(office: Office, officer: Officer, application_id: str) -> None:
    """Take a received application into review; again by the same officer changes nothing.

    Raises:
        UserError: ``application_unknown``, or ``action_not_possible`` in the state it has now.
    """
    check_may(office, officer, "review", application_id)
    with office.database.write() as session:
        application = _application(session, application_id)
        if application.state == "in_review" and application.assigned_to == officer.name:
            return
        step = Step("start_review", "in_review", officer=officer.name)
        move(session, office, application, step)
        application.assigned_to = officer.name


def accept(office: Office, officer: Officer, application_id: str, revision: int) -> None:
    """Accept the revision the officer saw.

    Raises:
        UserError: as ``start_review``; ``revision_changed`` when a newer one has come in since;
            ``with_another`` while another officer has it in review.
    """
    check_may(office, officer, "decide", application_id)
    with office.database.write() as session:
        application = _seen(session, officer, application_id, revision)
        to_state = when_accepted(session, application_id)
        step = Step("accept", to_state, officer=officer.name)
        move(session, office, application, step)


def reject(
    office: Office, officer: Officer, application_id: str, revision: int, reason: str
) -> None:
    """Reject with a reason told to the applicant.

    Raises:
        UserError: as ``accept``; ``reason_missing``, ``reason_too_long``.
    """
    check_may(office, officer, "decide", application_id)
    told = told_reason(reason)
    with office.database.write() as session:
        application = _seen(session, officer, application_id, revision)
        step = Step("reject", "rejected", reason=told, officer=officer.name)
        move(session, office, application, step)


def return_for_correction(
    office: Office,
    officer: Officer,
    application_id: str,
    revision: int,
    items: tuple[ReturnedItem, ...],
    note: str = "",
) -> None:
    """Send back, naming the fields and documents to mend and why.

    Raises:
        UserError: as ``accept``; ``items_missing`` without any; ``item_unknown`` when one is no
            field or document need of the service, or stands twice; ``reason_missing`` when one has
            no reason, ``reason_too_long``.
    """
    check_may(office, officer, "review", application_id)
    if not items:
        raise UserError("items_missing")
    told = tuple(ReturnedItem(item.kind, item.id, told_reason(item.reason)) for item in items)
    noted = told_reason(note) if note.strip() else ""
    with office.database.write() as session:
        application = _seen(session, officer, application_id, revision)
        service = service_in(session, office, application.catalogue_version, application.service_id)
        _check_items(service, told)
        returned = Returned(told, noted)
        step = Step("return", "returned", returned, noted, told, officer.name)
        move(session, office, application, step)


def open_submission(
    office: Office, officer: Officer, application_id: str, revision: int | None = None
) -> Manifest:
    """Unseal one complete revision, the newest by default, for this officer's view; audited.

    Raises:
        UserError: ``application_unknown``.
        LocalFault: ``record_missing`` when the office lost the file; the device is asked for it.
    """
    check_may(office, officer, "look", application_id)
    return unseal_submission(office, audit.officer(officer.name), application_id, revision)


def open_document(
    office: Office, officer: Officer, application_id: str, revision: int, need: str
) -> OpenedDocument:
    """Unseal one document for this officer's view; audited.

    At the first opening the bytes are checked against the digest in the manifest, and the verdict
    is kept.

    Raises:
        UserError: ``application_unknown``, ``document_unknown``.
        RemoteError: ``document_wrong`` when the bytes are not what the manifest names; they are
            flagged and never shown.
        LocalFault: ``record_missing`` as ``open_submission``.
    """
    check_may(office, officer, "look", application_id)
    return unseal_document(office, audit.officer(officer.name), application_id, revision, need)


def history(office: Office, application_id: str) -> tuple[HistoryLine, ...]:
    """Return what happened at the office, oldest first."""
    rows = (
        select(DecisionRow, OfficerRow.shown_name)
        .outerjoin(OfficerRow, OfficerRow.name == DecisionRow.officer)
        .where(DecisionRow.application_id == application_id)
        .order_by(DecisionRow.id)
    )
    with office.database.read() as session:
        return tuple(
            HistoryLine(
                row.at,
                row.revision,
                shown_name or "",
                row.from_state,
                row.to_state,
                row.reason,
                msgspec.json.decode(row.items, type=tuple[ReturnedItem, ...]),
            )
            for row, shown_name in session.execute(rows)
        )


def _application(session: Session, application_id: str) -> ApplicationRow:
    application = session.get(ApplicationRow, application_id)
    if application is None:
        raise UserError("application_unknown")
    return application


def _seen(session: Session, officer: Officer, application_id: str, revision: int) -> ApplicationRow:
    """Return the application as it stands if it is still what the officer looked at, and theirs."""
    application = _application(session, application_id)
    if application.state == "in_review" and application.assigned_to not in (None, officer.name):
        raise UserError("with_another")
    if application.revision != revision:
        raise UserError("revision_changed")
    return application


def _check_items(service: Service | None, items: tuple[ReturnedItem, ...]) -> None:
    known = set()
    if service is not None:
        known = {("field", field.id) for field in service.fields()}
        known |= {("document", need.id) for need in service.documents}
    named = [(item.kind, item.id) for item in items]
    if len(named) > _MOST_ITEMS or len(set(named)) != len(named) or not known.issuperset(named):
        raise UserError("item_unknown")


def told_reason(typed: str) -> str:
    """Return a reason as it is told.

    Raises:
        UserError: ``reason_missing``, ``reason_too_long``.
    """
    reason = typed.replace("\r\n", "\n").strip()
    if not reason:
        raise UserError("reason_missing")
    if len(reason) > _MOST_REASON_LETTERS:
        raise UserError("reason_too_long", most=_MOST_REASON_LETTERS)
    if "\0" in reason:
        raise UserError("request_malformed")
    return reason
