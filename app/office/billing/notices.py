"""Payment notices of the provider: each taken once, whatever it says, and acted upon when it fits.

Never believes a notice whose signature does not hold.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.lifecycle import OFFICE_STATES, may_become
from app.errors import UserError
from app.office import audit
from app.office.billing.paying import is_ntpn_used, note_paid
from app.office.billing.tables import BillRow, PaymentNoticeRow
from app.office.moving import Step
from app.office.roles import Officer, check_may
from app.office.tables import ApplicationRow
from app.office.ways.signing import check_signed

if TYPE_CHECKING:
    from app.office.context import Office

_SETTLED = ("paid", "repeated")
_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"\A[0-9A-Za-z\-]+\Z")]


class PaymentNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider tells of one payment."""

    #: The provider's name of this notice; the same one twice is one payment.
    id: _Line
    #: The billing code.
    code: _Line
    rupiah: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
    paid_at: Annotated[datetime, msgspec.Meta(tz=True)]
    #: State treasury's transaction number.
    ntpn: _Line


def read_notice(untrusted: bytes, header: str, secret: str, now: datetime) -> PaymentNotice:
    """Return a notice once its signature holds.

    Raises:
        UserError: ``signature_refused``; ``request_malformed``.
    """
    check_signed(untrusted, header, secret, now)
    try:
        return msgspec.json.decode(untrusted, type=PaymentNotice)
    except (ValueError, RecursionError):
        raise UserError("request_malformed") from None


def take_notice(office: Office, notice: PaymentNotice) -> str:
    """Take a notice and return what became of it; one that was settled changes nothing any more.

    What is true if it dies: one transaction writes notice, bill, state and events, or nothing; the
    provider repeats what was not answered.
    """
    with office.database.write() as session:
        known = session.get(PaymentNoticeRow, notice.id)
        if known is not None:
            if known.outcome not in _SETTLED and _is_same(known, notice):
                # What did not fit may fit by now: the application moved on, the bill came back.
                known.outcome = _act(session, office, notice)
            return known.outcome
        outcome = _act(session, office, notice)
        now = office.clock.now()
        session.add(
            PaymentNoticeRow(
                id=notice.id,
                code=notice.code,
                rupiah=notice.rupiah,
                ntpn=notice.ntpn,
                paid_at=notice.paid_at,
                taken_at=now,
                outcome=outcome,
            )
        )
        return outcome


def unsettled(session: Session) -> tuple[PaymentNoticeRow, ...]:
    """Return the notices that no application could be paid with; a cashier must look."""
    rows = select(PaymentNoticeRow).where(PaymentNoticeRow.outcome.not_in(_SETTLED))
    return tuple(session.scalars(rows.order_by(PaymentNoticeRow.taken_at.desc())))


def settle_again(office: Office, notice_id: str) -> str:
    """Try a notice that paid nothing once more, as it came; return what became of it.

    Raises:
        UserError: ``notice_unknown``.
    """
    with office.database.read() as session:
        row = session.get(PaymentNoticeRow, notice_id)
    if row is None:
        raise UserError("notice_unknown")
    return take_notice(office, PaymentNotice(row.id, row.code, row.rupiah, row.paid_at, row.ntpn))


def settle_by(office: Office, officer: Officer, notice_id: str) -> str:
    """Do so because a cashier asked for it.

    Raises:
        UserError: ``notice_unknown``.
    """
    check_may(office, officer, "payments")
    outcome = settle_again(office, notice_id)
    with office.database.write() as session:
        who = audit.officer(officer.name)
        audit.note(session, office.clock.now(), who, "notice_settled", outcome=outcome)
    return outcome


def _is_same(known: PaymentNoticeRow, notice: PaymentNotice) -> bool:
    return (known.code, known.rupiah, known.ntpn) == (notice.code, notice.rupiah, notice.ntpn)


def _act(session: Session, office: Office, notice: PaymentNotice) -> str:
    bill = session.scalars(select(BillRow).where(BillRow.code == notice.code)).first()
    if bill is None:
        return "unknown_code"
    if bill.state == "paid":
        return "repeated" if bill.ntpn == notice.ntpn else "not_expected"
    if bill.rupiah != notice.rupiah:
        return "wrong_amount"
    # One transaction of the treasury pays one bill, whatever is told of it.
    if is_ntpn_used(session, notice.ntpn):
        return "not_expected"
    application = session.get_one(ApplicationRow, bill.application_id)
    # A payment made in time may be told late: the money is with the state all the same.
    if not may_become(OFFICE_STATES, application.state, "paid"):
        return "not_expected"
    note_paid(session, office, bill, notice.paid_at, notice.ntpn, Step("paid", "paid"))
    return "paid"


def note_signature_refused(office: Office) -> None:
    """Leave a line in the trail; of what was sent nothing is kept."""
    with office.database.write() as session:
        audit.note(session, office.clock.now(), audit.OFFICE, "payment_notice_refused")
