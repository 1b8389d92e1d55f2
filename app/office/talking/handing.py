"""Hands a passport over: to the applicant, to a proxy with authority, or by the post.

Never without somebody having seen who takes it; a proxy's name is sealed, and in no trail.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy.orm import Session

from app.domain.requests import CollectingChosen
from app.errors import UserError
from app.office import audit
from app.office.progress import take_step
from app.office.roles import Officer, check_may
from app.office.tables import ApplicationRow
from app.office.talking.collecting import chosen
from app.office.talking.handing_tables import AUTHORITIES, RECEIVERS, HandoverRow
from app.office.talking.tables import CollectingRow
from app.protocol.sealing import seal, unseal

if TYPE_CHECKING:
    from app.office.context import Office

MOST_NAME_LETTERS = 120


class Handing(msgspec.Struct, frozen=True):
    """Into whose hands, and by what right.

    Attributes:
        receiver: one of ``RECEIVERS``.
        is_identity_seen: the officer saw who it is; the post shows a tracking number instead.
        name: of a proxy.
        authority: of a proxy, one of ``AUTHORITIES``.
    """

    receiver: str
    is_identity_seen: bool = False
    name: str = ""
    authority: str = ""


class Handed(msgspec.Struct, frozen=True):
    """A hand-over, opened for one view."""

    at: datetime
    officer: str
    receiver: str
    authority: str
    name: str


def hand_over(
    office: Office, officer: Officer, application_id: str, seen: str, handing: Handing
) -> None:
    """Hand the passport over from the state that the officer saw; the history says to whom.

    What is true if it dies: state, hand-over and trail are one transaction.

    Raises:
        UserError: ``receiver_unknown``, ``identity_unseen``, ``proxy_incomplete``;
            ``parcel_unsent`` when no tracking number was noted; what ``take_step`` raises.
    """
    check_may(office, officer, "hand_over", application_id)
    _check(handing)
    is_proxy = handing.receiver == "proxy"
    recipient = office.keys.keys.public().recipient
    sealed = seal(handing.name.strip().encode(), recipient) if is_proxy else None
    authority = handing.authority if is_proxy else ""

    def beside(session: Session, application: ApplicationRow) -> None:
        if handing.receiver == "post":
            _check_parcel(session, application.id)
        now = office.clock.now()
        session.add(
            HandoverRow(
                application_id=application.id,
                at=now,
                officer=officer.name,
                receiver=handing.receiver,
                authority=authority,
                sealed_name=sealed,
            )
        )
        who = audit.officer(officer.name)
        facts = {"receiver": handing.receiver, "authority": authority}
        audit.note(session, now, who, "handed_to", application.id, **facts)

    take_step(office, officer, application_id, "hand_over", seen, beside=beside)


def handed(session: Session, office: Office, application_id: str) -> Handed | None:
    """Return into whose hands it was given, None before."""
    row = session.get(HandoverRow, application_id)
    if row is None:
        return None
    name = unseal(row.sealed_name, office.keys.keys.identity).decode() if row.sealed_name else ""
    return Handed(row.at, row.officer, row.receiver, row.authority, name)


def expected(office: Office, officer: Officer, application_id: str) -> Handing:
    """Return the hand-over as the applicant announced it at the kiosk, for the form."""
    with office.database.write() as session:
        who = audit.officer(officer.name)
        audit.note(session, office.clock.now(), who, "open_collecting", application_id)
        row = session.get(CollectingRow, application_id)
        choice = chosen(office, row) if row is not None else CollectingChosen("self")
        is_sent = row is not None and row.sent_at is not None
    if choice.how == "post" and is_sent:
        return Handing("post")
    if choice.how == "proxy":
        authority = "family_card" if choice.relation == "family" else "power_of_attorney"
        return Handing("proxy", name=choice.name, authority=authority)
    return Handing("applicant")


def _check(handing: Handing) -> None:
    if handing.receiver not in RECEIVERS:
        raise UserError("receiver_unknown")
    if handing.receiver == "proxy":
        name = handing.name.strip()
        is_named = 0 < len(name) <= MOST_NAME_LETTERS and "\0" not in name
        if not is_named or handing.authority not in AUTHORITIES[1:]:
            raise UserError("proxy_incomplete")
    if handing.receiver != "post" and not handing.is_identity_seen:
        raise UserError("identity_unseen")


def _check_parcel(session: Session, application_id: str) -> None:
    row = session.get(CollectingRow, application_id)
    if row is None or row.sent_at is None:
        raise UserError("parcel_unsent")
