"""Takes back what an office said of later lives before it came back from an older backup.

Part of the transaction that forgets the events; never touches states or receipts.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.events import (
    BillingIssued,
    Event,
    PaymentNoted,
    RequestTaken,
    Said,
    SlotGiven,
    SlotsOffered,
)
from app.protocol.event import read_signed_event
from app.storage import received
from app.storage import taking_back as stored
from app.storage.contact import Contact
from app.storage.session import Session
from app.sync.living import take_life

#: What is written anew from the events that are left. Answers are not among them: that a record
#: is held may have been taken back since by ``MissingRecords``.
_WRITTEN_ANEW = BillingIssued | PaymentNoted | SlotGiven | SlotsOffered


def take_back_life(session: Session, office: Contact, taken_back: Iterable[Event]) -> None:
    """Write slots, bills, answers and messages as the events that are left tell them.

    Args:
        session: a session for writing, in which the events taken back are forgotten already.
        office: who said them.
        taken_back: what it says no more.
    """
    answers: set[str] = set()
    said: set[str] = set()
    lives: set[str] = set()
    for event in taken_back:
        if isinstance(event.body, RequestTaken):
            answers.add(event.body.digest)
        elif isinstance(event.body, Said):
            said.add(event.body.id)
        lives.add(event.application_id)
    line = stored.newest_line(session)
    for application_id in sorted(lives - {""}):
        stored.forget_life(session, application_id)
        for applied_at, signed in received.heard_about(session, application_id):
            event = read_signed_event(signed, office.office_signing, office.device_id).event
            if isinstance(event.body, RequestTaken):
                answers.discard(event.body.digest)
            elif isinstance(event.body, Said):
                said.discard(event.body.id)
            elif isinstance(event.body, _WRITTEN_ANEW):
                take_life(session, event, event.body, applied_at)
    stored.forget_lines_after(session, line)
    stored.forget_answers(session, answers)
    stored.forget_messages(session, said)
