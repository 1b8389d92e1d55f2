"""What an applicant sees of paying: a code while it is good, that it is over, or the proof.

Never shows a code as payable that the office's clock calls expired.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from app.domain.requests import BillingWanted, kind_of
from app.services.kiosk import Kiosk
from app.services.requesting import ask_office
from app.storage import bills as stored
from app.storage import details, requests, submissions
from app.storage.bills import Bill

#: In these a billing code may be asked for; the office decides.
MAY_ASK = frozenset({"accepted", "awaiting_payment", "payment_expired"})
#: A code this close to its end is not begun with: nobody pays within seconds.
LEAST_LEFT = timedelta(minutes=2)


class Paying(msgspec.Struct, frozen=True):
    """How it stands with paying for one application.

    Attributes:
        bill: the newest code, None before the first.
        left_s: seconds for which it can be paid; 0 when it is over or paid.
        may_ask: a new code can be asked for now.
        is_asking: one was asked for and the office has not answered yet.
        refused: why the office issued none the last time; empty when it did.
    """

    bill: Bill | None
    left_s: int
    may_ask: bool
    is_asking: bool
    refused: str


def paying(kiosk: Kiosk, application_id: str) -> Paying:
    """Return how it stands; minutes are counted by the office's clock as this kiosk knows it."""
    with kiosk.store.read() as session:
        head = details.application(session, application_id)
        found = stored.bills_of(session, application_id)
        asked = requests.asked(session, application_id)
        sender = submissions.sender(session)
    offset = timedelta(seconds=sender.clock_offset_s if sender else 0.0)
    bill = found[0] if found else None
    left = bill.expires_at - (kiosk.clock.now() + offset) if bill else timedelta()
    is_good = bill is not None and bill.paid_at is None and left > LEAST_LEFT
    wishes = [one for one in asked if kind_of(one.body) == kind_of(BillingWanted())]
    is_asking = bool(wishes) and wishes[-1].taken_at is None
    state = head.office_state if head else ""
    return Paying(
        bill,
        int(left.total_seconds()) if is_good else 0,
        state in MAY_ASK and not is_good and not is_asking,
        is_asking,
        wishes[-1].code if wishes else "",
    )


def ask_for_billing(kiosk: Kiosk, application_id: str) -> None:
    """Ask for a billing code now; the answer comes with the same contact.

    Raises:
        UserError: ``already_asked`` while an answer is waited for; as ``ask_office``.
    """
    ask_office(kiosk, application_id, BillingWanted())
