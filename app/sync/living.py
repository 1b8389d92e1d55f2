"""Makes true what the office says in the later life of an application: paying, slots, answers.

Part of the transaction that applies the event; never looks at a signature.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.events import (
    BillingIssued,
    Event,
    NumberGiven,
    OpinionTaken,
    ParcelSent,
    PaymentNoted,
    RequestTaken,
    Said,
    SlotGiven,
    SlotsOffered,
    SlotsPublished,
)
from app.domain.news import ApplicationChanged, News
from app.storage import appointments, bills, messages, opinions, requests, timeline
from app.storage.session import Session

#: What this module makes true.
LifeBody = (
    BillingIssued
    | NumberGiven
    | OpinionTaken
    | ParcelSent
    | PaymentNoted
    | RequestTaken
    | Said
    | SlotGiven
    | SlotsOffered
    | SlotsPublished
)


def take_life(session: Session, event: Event, body: LifeBody, now: datetime) -> list[News]:
    """Write what an event says and return the news; none when it concerns nobody here."""
    of = event.application_id
    if isinstance(body, RequestTaken):
        changed = requests.keep_answer(session, body.digest, body.code, now)
        return [ApplicationChanged(changed, "request_taken")] if changed else []
    if isinstance(body, OpinionTaken):
        opinions.keep_taken(session, body.digest, body.code)
        return []
    if isinstance(body, SlotsPublished):
        appointments.keep_free(session, body)
        return []
    if isinstance(body, BillingIssued):
        is_ours, what = bills.keep_bill(session, of, body, now), "billing"
    elif isinstance(body, PaymentNoted):
        is_ours, what = bills.keep_payment(session, of, body, now), "payment"
    elif isinstance(body, SlotGiven):
        is_ours, what = appointments.keep_given(session, of, body, now), "slot"
    elif isinstance(body, Said):
        is_ours, what = messages.keep_said(session, of, body, event.said_at, now), "message"
    elif isinstance(body, ParcelSent):
        is_ours, what = requests.keep_parcel(session, of, body, now), "parcel"
    elif isinstance(body, NumberGiven):
        is_ours, what = timeline.keep_number(session, of, body, now), "ministry_number"
    else:
        is_ours, what = appointments.keep_offered(session, of, body, now), "slots_offered"
    return [ApplicationChanged(of, what)] if is_ours else []
