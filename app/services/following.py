"""What an applicant sees and may do while the office works: one look at the whole later life.

Never decides a state: the office does; and shows nothing before somebody proved who asks.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from app.domain.catalogue import Label
from app.domain.lifecycle import DRAFT, OFFICE_STATES, may_become
from app.domain.requests import kind_of
from app.domain.words import WIB
from app.errors import UserError
from app.services.billing import MAY_ASK, Paying, paying
from app.services.drafts import load_draft, prove_pin
from app.services.kiosk import Kiosk
from app.services.life_slips import papers
from app.services.lists import details
from app.services.scheduling import Scheduling, scheduling
from app.storage import messages as stored_messages
from app.storage import requests
from app.storage.messages import Message as Message
from app.storage.requests import AskedOffice
from app.storage.timeline import TimelineEntry as TimelineEntry

#: Days that the applicant has in a state (see the catalogue's clocks for the sources).
_DAYS = {"returned": 30, "suspended": 30, "ready": 30}
#: From paying on there is a passport to come.
_COLLECTABLE = frozenset(
    {"paid", "scheduled", "attended", "adjudication", "printing", "ready", "suspended"}
)
_OVER = frozenset({"handed_over", "rejected", "cancelled", "withdrawn"})


class Following(msgspec.Struct, frozen=True):
    """One application as its applicant follows it.

    Attributes:
        since: when the office's state began, by the office's clock; None before the first.
        reason: the office's words beside that state.
        deadline: the last day on which the applicant can act in this state, if there is one.
        acts: what can be looked at or done, the most urgent first; words ``life.act.<name>``.
        waiting: kinds of requests that have no answer yet.
        bring: papers to bring to the office; of those together, one is enough.
    """

    application_id: str
    reference: str
    service_id: str
    service: Label
    state: str
    office_state: str
    since: datetime | None
    reason: str
    deadline: date | None
    returned: bool
    note: str
    timeline: tuple[TimelineEntry, ...]
    paying: Paying
    scheduling: Scheduling
    bring: tuple[tuple[Label, ...], ...]
    messages: tuple[Message, ...]
    asked: tuple[AskedOffice, ...]
    acts: tuple[str, ...]
    waiting: frozenset[str]

    def last_asked(self, kind: str) -> AskedOffice | None:
        """Return the newest request of a kind."""
        return next((one for one in reversed(self.asked) if kind_of(one.body) == kind), None)

    @property
    def unread(self) -> int:
        """Messages of the office that were not seen here."""
        return sum(one.is_from_office and not one.is_there for one in self.messages)


def following(kiosk: Kiosk, application_id: str) -> Following:
    """Return how it stands.

    Raises:
        UserError: ``application_unknown``.
    """
    found, draft = details(kiosk, application_id), load_draft(kiosk, application_id)
    with kiosk.store.read() as session:
        asked = requests.asked(session, application_id)
        messages = stored_messages.messages_of(session, application_id)
    standing, slots = paying(kiosk, application_id), scheduling(kiosk, application_id)
    since, reason = _since(found.timeline, found.office_state)
    acts = () if not found.submissions else _acts(found.office_state, standing)
    return Following(
        application_id=application_id,
        reference=found.reference or "",
        service_id=draft.service.id,
        service=found.service,
        state=found.state,
        office_state=found.office_state,
        since=since,
        reason=reason,
        deadline=_deadline(found.office_state, since),
        returned=bool(found.returned) and found.state != DRAFT,
        note=found.note,
        timeline=found.timeline,
        paying=standing,
        scheduling=slots,
        bring=papers(kiosk, draft),
        messages=messages,
        asked=asked,
        acts=acts,
        waiting=frozenset(kind_of(one.body) for one in asked if one.taken_at is None),
    )


def prove(kiosk: Kiosk, application_id: str, pin: str) -> None:
    """Let the applicant show that the application is theirs; the tries are counted.

    Raises:
        UserError: ``application_unknown``; ``pin_wrong`` with the tries ``left``; ``pin_locked``
            with ``minutes``.
    """
    try:
        prove_pin(kiosk, load_draft(kiosk, application_id).resume_code, pin)
    except UserError as error:
        if error.code == "resume_code_unknown":
            raise UserError("pin_wrong", left=error.params.get("left", 0)) from error
        raise


def mark_messages_seen(kiosk: Kiosk, application_id: str) -> None:
    """Note that the applicant has seen what the office wrote."""
    with kiosk.store.write() as session:
        stored_messages.mark_seen(session, application_id, kiosk.clock.now())


def _acts(office_state: str, standing: Paying) -> tuple[str, ...]:
    is_paid = standing.bill is not None and standing.bill.paid_at is not None
    may_withdraw = may_become(OFFICE_STATES, office_state or "received", "withdrawn")
    offers = (
        ("pay", office_state in MAY_ASK),
        ("interview", office_state in ("paid", "scheduled")),
        ("messages", True),
        ("proof", is_paid),
        ("collect", office_state in _COLLECTABLE),
        ("notices", office_state not in _OVER),
        # Offered to all: whether there are any is told behind the PIN only.
        ("earlier", True),
        ("withdraw", may_withdraw),
    )
    return tuple(name for name, is_offered in offers if is_offered)


def _since(timeline: tuple[TimelineEntry, ...], state: str) -> tuple[datetime | None, str]:
    """Return when the office's state began, and what the office said of it."""
    for entry in reversed(timeline):
        is_state = entry.what == "state" and entry.params.get("state") == state
        if is_state or (entry.what == state == "returned"):
            began = entry.params.get("since")
            at = datetime.fromisoformat(began) if began else entry.at
            return at, entry.params.get("reason", "")
    return None, ""


def _deadline(state: str, since: datetime | None) -> date | None:
    if since is None or state not in _DAYS:
        return None
    return since.astimezone(WIB).date() + timedelta(days=_DAYS[state])
