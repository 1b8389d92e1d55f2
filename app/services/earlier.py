"""A person's other applications on this kiosk, for whoever proved to be that person.

Never lists any on the strength of what was typed: anybody can type another's NIK into a form of
their own and choose its PIN.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.catalogue import Label
from app.domain.ids import parse_reference
from app.domain.lifecycle import RECEIVED
from app.errors import UserError
from app.security.passwords import waste_time
from app.services.drafts import service_of
from app.services.following import prove
from app.services.kiosk import Kiosk
from app.storage import details as stored
from app.storage import timeline as stored_timeline
from app.storage.timeline import TimelineEntry

#: Reached only by one who stood before an officer with the papers themselves.
_MET = frozenset({"attended", "adjudication", "printing", "ready", "handed_over"})
#: From these on the answers may be other ones than those the officer compared.
_ANEW = frozenset({"received", "returned"})
_MOST = 50


class EarlierLine(msgspec.Struct, frozen=True):
    """One other application of the same person."""

    application_id: str
    reference: str
    service: Label
    state: str
    office_state: str
    started_at: datetime


class Earlier(msgspec.Struct, frozen=True):
    """What may be shown.

    Attributes:
        reference: of the application that was proved.
        is_vouched: somebody compared the person with the identity card.
        lines: newest first; empty unless vouched.
    """

    reference: str
    is_vouched: bool
    lines: tuple[EarlierLine, ...]


def earlier(kiosk: Kiosk, application_id: str, *, is_seen: bool = False) -> Earlier:
    """Return the other applications under the same NIK and birth date.

    Args:
        kiosk: the parts.
        application_id: the one whose PIN was right.
        is_seen: the operator looked at the person and at the identity card.

    Raises:
        UserError: ``application_unknown``.
    """
    with kiosk.store.read() as session:
        head = stored.application(session, application_id)
        if head is None:
            raise UserError("application_unknown")
        is_met = head.state == RECEIVED and _was_met(stored_timeline.entries(session, head.id))
        found: tuple[stored.ApplicationHead, ...] = ()
        if (is_seen or is_met) and head.nik and not head.is_training:
            found = stored.of_person(session, head.nik, head.birth_date, _MOST)
    lines = tuple(_line(kiosk, one) for one in found if one.id != application_id)
    return Earlier(head.reference or "", is_seen or is_met, lines)


def prove_earlier(kiosk: Kiosk, untrusted_reference: str, pin: str) -> str:
    """Return the application that this reference and this PIN open; the tries are counted.

    Raises:
        UserError: ``earlier_wrong`` for an unknown reference and a wrong PIN alike;
            ``pin_locked`` with ``minutes``; ``reference_malformed``; ``too_many_tries``.
    """
    kiosk.status_tries.count(kiosk.clock.monotonic())
    reference = parse_reference(untrusted_reference)
    with kiosk.store.read() as session:
        head = stored.by_reference(session, reference)
    if head is None:
        waste_time(pin)
        raise UserError("earlier_wrong")
    try:
        prove(kiosk, head.id, pin)
    except UserError as error:
        if error.code == "pin_wrong":
            raise UserError("earlier_wrong") from error
        raise
    return head.id


def _was_met(timeline: tuple[TimelineEntry, ...]) -> bool:
    """Tell whether an officer met the applicant over the answers that stand now."""
    for entry in reversed(timeline):
        if entry.what in _ANEW:
            return False
        if entry.what == "state" and entry.params.get("state") in _MET:
            return True
    return False


def _line(kiosk: Kiosk, found: stored.ApplicationHead) -> EarlierLine:
    return EarlierLine(
        application_id=found.id,
        reference=found.reference or "",
        service=service_of(kiosk, found.catalogue_version, found.service_id).label,
        state=found.state,
        office_state=found.office_state,
        started_at=found.created_at,
    )
