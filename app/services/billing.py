"""What an applicant sees of paying: a code while it is good, that it is over, or the proof.

Never shows a code as payable that the office's clock calls expired.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from app.domain.requests import BillingWanted
from app.services.kiosk import Kiosk
from app.services.requesting import ask_office
from app.storage import bills as stored
from app.storage import details, requests, submissions
from app.storage.bills import Bill as Bill
from app.storage.requests import AskedOffice

#: In these a billing code may be asked for; the office decides.
MAY_ASK = frozenset({"accepted", "awaiting_payment", "payment_expired"})
#: A code this close to its end is not begun with: nobody pays within seconds.
LEAST_LEFT = timedelta(minutes=2)
#: So long the office is given to get a code from its provider before one may ask again.
PATIENCE = timedelta(minutes=30)


class Paying(msgspec.Struct, frozen=True):
    """How it stands with paying for one application.

    Attributes:
        bill: the one that was paid, else the newest code; None before the first.
        left_s: seconds for which it can be paid; 0 when it is over, nearly over, or paid.
        closing_s: seconds until one nearly over is over; the office issues no other before.
        may_ask: a new code can be asked for now.
        is_asking: one was asked for and the office has not answered yet.
        is_prepared: the office has the wish, and its provider has not issued a code yet.
        refused: why the office issued none the last time; empty when it did.
    """

    bill: Bill | None
    left_s: int
    closing_s: int
    may_ask: bool
    is_asking: bool
    is_prepared: bool
    refused: str


def paying(kiosk: Kiosk, application_id: str) -> Paying:
    """Return how it stands; minutes are counted by the office's clock as this kiosk knows it."""
    with kiosk.store.read() as session:
        head = details.application(session, application_id)
        found = stored.bills_of(session, application_id)
        asked = requests.asked(session, application_id)
        sender = submissions.sender(session)
    offset = timedelta(seconds=sender.clock_offset_s if sender else 0.0)
    now = kiosk.clock.now()
    bill = next((one for one in found if one.paid_at), found[0] if found else None)
    left = bill.expires_at - (now + offset) if bill and bill.paid_at is None else timedelta()
    wishes = [one for one in asked if isinstance(one.body, BillingWanted)]
    wish = wishes[-1] if wishes else None
    state = head.office_state if head else ""
    is_asking = wish is not None and wish.taken_at is None
    is_prepared = state in MAY_ASK and left <= timedelta() and _is_prepared(wish, bill, now)
    # A clock that was set back would make an old code good again.
    is_set_back = bill is not None and now < bill.fetched_at
    is_payable = left > LEAST_LEFT and state in MAY_ASK and not is_set_back
    return Paying(
        bill,
        int(left.total_seconds()) if is_payable else 0,
        0 if is_payable else max(-(-left // timedelta(seconds=1)), 0),
        state in MAY_ASK and left <= timedelta() and not is_asking and not is_prepared,
        is_asking,
        is_prepared,
        wish.code if wish else "",
    )


def _is_prepared(wish: AskedOffice | None, bill: Bill | None, now: datetime) -> bool:
    """Tell whether the office took the last wish and no code came of it yet."""
    if wish is None or wish.taken_at is None or wish.code:
        return False
    is_answered = bill is not None and bill.fetched_at >= wish.made_at
    return not is_answered and now < wish.taken_at + PATIENCE


def ask_for_billing(kiosk: Kiosk, application_id: str) -> None:
    """Ask for a billing code now; the answer comes with the same contact.

    Raises:
        UserError: ``already_asked`` while an answer is waited for; as ``ask_office``.
    """
    ask_office(kiosk, application_id, BillingWanted())
