"""What applicants ask after sending: read, vouched for, acted upon once, answered.

Never acts for another device than the one the application came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.domain.events import RequestTaken
from app.domain.requests import (
    BillingWanted,
    CollectingChosen,
    NoticesWanted,
    Request,
    SlotsWished,
    Withdrawn,
    Written,
    kind_of,
)
from app.errors import UserError
from app.office import audit
from app.office.billing.bills import want_bill
from app.office.events import say
from app.office.moving import Step, move
from app.office.names import is_id
from app.office.noticing.queueing import take_consent
from app.office.slots.booking import wish_slots
from app.office.tables import ApplicationRow, RecordRow, RequestRow
from app.office.talking.collecting import choose_collecting
from app.office.talking.messages import take_message
from app.office.vouching import keep_aside, open_record, vouch
from app.protocol.request import OpenedRequest, open_request

if TYPE_CHECKING:
    from app.office.context import Office

#: Acts on one kind of request in the caller's transaction; a UserError's code is told as the
#: reason why not.
Handler = Callable[[Session, "Office", ApplicationRow, Request, Any], None]
#: How long a request waits for its application: longer than any stick is on the road.
_MOST_WAITING = timedelta(days=60)
_NEVER_CAME = "application_never_came"


def read_request(office: Office, digest: str) -> None:
    """Act on a request and answer it; safe to repeat.

    What is true if it dies: one transaction writes all of it. A request whose application is not
    here yet stays unread and is looked at again, but not for ever.
    """
    opened = open_record(office, digest, open_request)
    with office.database.write() as session:
        record = session.get_one(RecordRow, digest)
        if record.read_at is not None:
            return
        asked = _vouched(session, opened)
        if isinstance(asked, str):
            _refuse(session, office, record, asked)
            return
        application = session.get(ApplicationRow, asked.application_id)
        if application is None:
            if office.clock.now() - record.received_at > _MOST_WAITING:
                _refuse(session, office, record, _NEVER_CAME, asked)
            return
        record.read_at = office.clock.now()
        code = "asked_wrong"
        if application.device_id == asked.device_id:
            code = _answer(session, office, application, asked, digest)
        taken = RequestTaken(asked.id, digest, code)
        say(session, office, asked.device_id, taken, application.id)


def repeat_answer(session: Session, office: Office, digest: str) -> None:
    """Answer once more for a request whose record was lost and has come again."""
    row = session.get(RequestRow, digest)
    if row is not None:
        taken = RequestTaken(row.id, digest, row.code)
        say(session, office, row.device_id, taken, row.application_id)


def _answer(
    session: Session, office: Office, application: ApplicationRow, request: Request, digest: str
) -> str:
    """Act on a request and write it down; return why it was not done, empty when it was."""
    kind = kind_of(request.body)
    code = ""
    try:
        with session.begin_nested():
            _HANDLERS[type(request.body)](session, office, application, request, request.body)
    except UserError as error:
        code = error.code
    now = office.clock.now()
    session.add(
        RequestRow(
            digest=digest,
            id=request.id,
            device_id=request.device_id,
            application_id=application.id,
            kind=kind,
            made_at=request.made_at,
            taken_at=now,
            code=code,
        )
    )
    who = audit.device(request.device_id)
    audit.note(session, now, who, "request", application.id, kind=kind, code=code)
    return code


def _withdraw(
    session: Session,
    office: Office,
    application: ApplicationRow,
    request: Request,
    body: Withdrawn,
) -> None:
    who = audit.device(request.device_id)
    move(session, office, application, Step("withdraw", "withdrawn", reason=body.reason, who=who))


_HANDLERS: Mapping[type, Handler] = {
    Withdrawn: _withdraw,
    BillingWanted: want_bill,
    SlotsWished: wish_slots,
    Written: take_message,
    CollectingChosen: choose_collecting,
    NoticesWanted: take_consent,
}


def _vouched(session: Session, opened: OpenedRequest | str) -> Request | str:
    """Return what a known device asks, or why it cannot be heard."""
    if isinstance(opened, str):
        return opened
    said = opened.request
    if not (is_id(said.device_id) and is_id(said.application_id) and is_id(said.id)):
        return "asked_wrong"
    return vouch(session, said.device_id, opened.verify)


def _refuse(
    session: Session, office: Office, record: RecordRow, code: str, asked: Request | None = None
) -> None:
    """Keep a request aside; its device, or who brought it, must not bring it for ever."""
    told = RequestTaken(asked.id if asked else "", record.digest, code)
    say(session, office, asked.device_id if asked else record.device_id, told)
    keep_aside(session, office, record, code)
