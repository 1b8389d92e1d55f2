"""Payments that a cashier notes by the treasury's proof, where no code was issued through a kiosk.

Never takes money, and never a proof that paid for something already.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.ids import new_id
from app.errors import UserError
from app.office.billing.bills import is_paid
from app.office.billing.paying import is_ntpn_used, note_paid
from app.office.billing.provider import CODE_DIGITS
from app.office.billing.tables import BillRow
from app.office.moving import Step
from app.office.roles import Officer, check_may
from app.office.tables import ApplicationRow

if TYPE_CHECKING:
    from app.office.context import Office

#: From the other states of paying on there is a code, and its payment is told by the provider.
NOTED_IN = "accepted"
_NTPN = re.compile(r"[0-9A-Z]{16}")
_SUM = re.compile(r"(?:RP)?([0-9]{1,10}|[0-9]{1,3}(?:\.[0-9]{3}){1,3})")
_MOST_RUPIAH = 1_000_000_000


class Proof(msgspec.Struct, frozen=True):
    """What stands on a proof of payment (bukti penerimaan negara)."""

    #: The billing code that was paid, wherever it was issued.
    code: str
    rupiah: int
    #: State treasury's transaction number.
    ntpn: str


def read_proof(code: str, rupiah: str, ntpn: str) -> Proof:
    """Return a proof as it was typed, with blanks and dots where people write them.

    Raises:
        UserError: ``proof_code_wrong``, ``proof_sum_wrong``, ``proof_ntpn_wrong``.
    """
    digits, number = _packed(code), _packed(ntpn).upper()
    if len(digits) != CODE_DIGITS or not digits.isascii() or not digits.isdigit():
        raise UserError("proof_code_wrong")
    found = _SUM.fullmatch(_packed(rupiah).upper())
    total = int(found[1].replace(".", "")) if found else 0
    if not 0 < total <= _MOST_RUPIAH:
        raise UserError("proof_sum_wrong")
    if not _NTPN.fullmatch(number):
        raise UserError("proof_ntpn_wrong")
    return Proof(digits, total, number)


def note_at_counter(office: Office, officer: Officer, application_id: str, proof: Proof) -> None:
    """Note that the fee of an accepted application was paid, as a payment notice would.

    Raises:
        UserError: ``application_unknown``; ``action_not_possible`` in the state it has now;
            ``already_paid``; ``proof_used`` when code or transaction stand on another bill.
    """
    check_may(office, officer, "payments", application_id)
    now = office.clock.now()
    with office.database.write() as session:
        application = session.get(ApplicationRow, application_id)
        if application is None:
            raise UserError("application_unknown")
        if application.state != NOTED_IN:
            raise UserError("action_not_possible")
        if is_paid(session, application_id):
            raise UserError("already_paid")
        if is_ntpn_used(session, proof.ntpn) or _is_code_known(session, proof.code):
            raise UserError("proof_used")
        bill = BillRow(
            id=new_id(now, office.dice),
            application_id=application_id,
            rupiah=proof.rupiah,
            lines="[]",
            wanted_at=now,
            code=proof.code,
        )
        session.add(bill)
        session.flush()
        step = Step("paid_at_counter", "paid", officer=officer.name)
        note_paid(session, office, bill, now, proof.ntpn, step)


def may_note(session: Session, application: ApplicationRow) -> bool:
    """Tell whether a payment at the counter may be noted now."""
    return application.state == NOTED_IN and not is_paid(session, application.id)


def _is_code_known(session: Session, code: str) -> bool:
    return session.scalars(select(BillRow.id).where(BillRow.code == code)).first() is not None


def _packed(typed: str) -> str:
    return "".join(typed.split())
