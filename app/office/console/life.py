"""What stands around an application: its clock, messages, bills, slot and way of collecting.

Opens what is sealed for one officer's view only, and leaves the trail's rows for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy.orm import Session

from app.domain.events import BillLine
from app.domain.requests import CollectingChosen
from app.domain.slots import may_still_move
from app.domain.terms import Term, term_of
from app.domain.words import Words
from app.office import audit
from app.office.billing.bills import bills_of
from app.office.billing.counter import may_note
from app.office.billing.notices import unsettled
from app.office.billing.tables import BillRow
from app.office.console.listing import since_of
from app.office.progress import steps_from
from app.office.review import Officer
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow
from app.office.talking.collecting import chosen
from app.office.talking.handing import Handed, handed
from app.office.talking.messages import Message, open_messages
from app.office.talking.tables import CollectingRow
from app.resources import load_holidays

if TYPE_CHECKING:
    from app.office.console.reading import Dossier
    from app.office.context import Office


class ShownBill(msgspec.Struct, frozen=True):
    """One bill."""

    state: str
    #: 15 digits in groups of three; empty until issued.
    code: str
    rupiah: int
    #: What is paid for, in words, and how much.
    lines: tuple[tuple[str, int], ...]
    wanted_at: datetime
    issued_at: datetime | None
    expires_at: datetime | None
    paid_at: datetime | None
    ntpn: str


class ShownSlot(msgspec.Struct, frozen=True):
    """The interview's place."""

    starts_at: datetime
    place: str
    is_released: bool
    moves: int
    #: The applicant may still move it, or the day before is over.
    may_move: bool


class ShownCollecting(msgspec.Struct, frozen=True):
    """How the passport is fetched."""

    choice: CollectingChosen
    tracking: str
    sent_at: datetime | None


class Life(msgspec.Struct, frozen=True):
    """Everything of the later life that an officer sees beside answers and documents."""

    state: str
    #: Names of the steps that may be taken now.
    steps: tuple[str, ...]
    term: Term | None
    messages: tuple[Message, ...]
    bills: tuple[ShownBill, ...]
    #: A payment at the counter may be noted.
    may_pay: bool
    slot: ShownSlot | None
    collecting: ShownCollecting | None
    #: Into whose hands it was given.
    handed: Handed | None = None

    @property
    def may_release(self) -> bool:
        """Tell whether there is a slot that the office may give back."""
        return self.state == "scheduled" and self.slot is not None and not self.slot.is_released

    @property
    def may_send(self) -> bool:
        """Tell whether a parcel waits for its tracking number."""
        found = self.collecting
        return self.state == "ready" and found is not None and found.choice.how == "post"


class Unsettled(msgspec.Struct, frozen=True):
    """A payment notice that paid for nothing."""

    #: The provider's name of it.
    id: str
    taken_at: datetime
    paid_at: datetime
    code: str
    rupiah: int
    ntpn: str
    outcome: str


def read_life(office: Office, officer: Officer, dossier: Dossier) -> Life:
    """Gather it for the application of a dossier."""
    words = dossier.reading.words
    messages = open_messages(office, officer, dossier.id)
    now = office.clock.now()
    with office.database.read() as session:
        application = session.get_one(ApplicationRow, dossier.id)
        since = since_of(session, application)
        bills = tuple(_bill(row, words) for row in bills_of(session, dossier.id))
        slot = _slot(session.get(BookingRow, dossier.id), now)
        collecting = _collecting(session, office, dossier.id)
        given = handed(session, office, dossier.id)
        state = application.state
        may_pay = dossier.is_latest and may_note(session, application)
    if collecting is not None or (given is not None and given.name):
        with office.database.write() as session:
            who = audit.officer(officer.name)
            audit.note(session, now, who, "open_collecting", dossier.id)
    return Life(
        state,
        steps_from(state, officer) if dossier.is_latest else (),
        term_of(state, since, now, load_holidays()),
        messages,
        bills,
        may_pay,
        slot,
        collecting,
        given,
    )


def unsettled_notices(office: Office, officer: Officer) -> tuple[Unsettled, ...]:
    """Return the payments that a cashier must look at, newest first."""
    with office.database.write() as session:
        found = tuple(
            Unsettled(
                row.id,
                row.taken_at,
                row.paid_at,
                in_threes(row.code),
                row.rupiah,
                row.ntpn,
                row.outcome,
            )
            for row in unsettled(session)
        )
        who = audit.officer(officer.name)
        audit.note(session, office.clock.now(), who, "open_payments", shown=len(found))
    return found


def in_threes(code: str) -> str:
    """Return a code as people read it out."""
    return " ".join(code[at : at + 3] for at in range(0, len(code), 3))


def _bill(row: BillRow, words: Words) -> ShownBill:
    lines = msgspec.json.decode(row.lines, type=tuple[BillLine, ...])
    return ShownBill(
        row.state,
        in_threes(row.code or ""),
        row.rupiah,
        tuple(
            (line.label_id if words.language == "id" else line.label_en, line.rupiah)
            for line in lines
        ),
        row.wanted_at,
        row.issued_at,
        row.expires_at,
        row.paid_at,
        row.ntpn,
    )


def _slot(row: BookingRow | None, now: datetime) -> ShownSlot | None:
    if row is None:
        return None
    may_move = row.is_released or may_still_move(row.starts_at, now)
    return ShownSlot(row.starts_at, row.place, row.is_released, row.moves, may_move)


def _collecting(session: Session, office: Office, application_id: str) -> ShownCollecting | None:
    row = session.get(CollectingRow, application_id)
    if row is None:
        return None
    return ShownCollecting(chosen(office, row), row.tracking, row.sent_at)
