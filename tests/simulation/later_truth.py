"""What must be true of the lives after sending: nothing asked is lost, nothing booked twice.

Compares what people remember with what both sides hold; asks no machine what people remember.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.lifecycle import OFFICE_STATES
from app.domain.requests import CollectingChosen, Withdrawn, Written
from app.office.billing.tables import BillRow as OfficeBill
from app.office.billing.tables import PaymentNoticeRow
from app.office.opinions.tables import OpinionRow
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow, DecisionRow
from app.office.tables import RequestRow as OfficeRequest
from app.office.talking.collecting import chosen
from app.office.talking.tables import CollectingRow
from app.office.talking.tables import MessageRow as OfficeMessage
from app.protocol.sealing import unseal
from app.services.following import Following, following
from app.storage.tables import OutboxRow, RequestRow, SubmissionRecordRow
from tests.simulation.bureau import PLACES
from tests.simulation.untrue import Untrue, need
from tests.simulation.villages import Village
from tests.simulation.world import World

#: The place of one whose application was cancelled belongs to others; the kiosk shows the state.
_WITHOUT_PLACE = frozenset({"cancelled"})


def check_asked(village: Village) -> None:
    """Everything that somebody asked is here, and waits or is answered."""
    with village.store.read() as session:
        rows = {row.id: row for row in session.scalars(select(RequestRow))}
        waiting = set(
            session.scalars(
                select(SubmissionRecordRow.digest).join(
                    OutboxRow, OutboxRow.submission_id == SubmissionRecordRow.submission_id
                )
            )
        )
    for request_id, asked in village.applicants.asked.items():
        row = rows.get(request_id)
        if row is None or (row.taken_at is None and row.digest not in waiting):
            raise Untrue(f"{type(asked.body).__name__} {request_id} waits nowhere", "lost")


def check_office(world: World) -> None:
    """No step was taken that the life cycle forbids, and no place is anybody else's."""
    steps = select(DecisionRow.application_id, DecisionRow.from_state, DecisionRow.to_state)
    with world.bureau.office.database.read() as session:
        rows = session.execute(select(ApplicationRow.id, ApplicationRow.state))
        states = {application_id: state for application_id, state in rows}
        taken = session.execute(steps.order_by(DecisionRow.id)).all()
        booked = Counter(session.scalars(select(BookingRow.slot_id).where(~BookingRow.is_released)))
    before: dict[str, str] = {}
    for application_id, from_state, to_state in taken:
        known = before.get(application_id, "")
        is_allowed = to_state in OFFICE_STATES.get(from_state, {"received"})
        # A newer revision may find the state it brings.
        is_allowed |= from_state == to_state == "received"
        need(known == from_state and is_allowed, f"from {known} by {from_state} to {to_state}")
        before[application_id] = to_state
    need(before == states, "a state that no step led to")
    need(not booked or max(booked.values()) <= PLACES, f"too many for a slot: {booked}", "doubled")


def check_lives(world: World) -> None:
    """Compare both sides with what people remember, once all has come to rest."""
    check_office(world)
    _check_payments(world)
    seen = {
        row.id: following(village.kiosk, row.id)
        for village in world.villages
        for row in village.applications()
        if village.newest(row.id) is not None
    }
    places = Counter(
        one.scheduling.slot.id
        for one in seen.values()
        if one.scheduling.slot is not None and one.office_state not in _WITHOUT_PLACE
    )
    need(not places or max(places.values()) <= PLACES, f"told too many: {places}", "doubled")
    with world.bureau.office.database.read() as session:
        _check_requests(world, session)
        _check_written(world, session)
        for one in seen.values():
            _check_bills(session, one)
            _check_slot(session, one)
            _check_messages(world, session, one)
            if not world.bureau.restores:
                _check_timeline(session, one)


def check_said(world: World) -> None:
    """Each opinion that somebody was thanked for counts once, and no other."""
    office = world.bureau.office
    with office.database.read() as session:
        counted = Counter(
            unseal(row.sealed_words or b"", office.keys.keys.identity).decode()
            for row in session.scalars(select(OpinionRow))
        )
    people = [village.applicants for village in world.villages]
    said = Counter(words for one in people for words in one.said)
    perhaps = Counter(words for one in people for words in one.perhaps_said)
    world.counts["opinions"] = counted.total()
    need(not said - counted, f"opinions lost: {said - counted}", "lost")
    need(not counted - said - perhaps, f"counted too often: {counted - said - perhaps}", "doubled")


def _check_requests(world: World, session: Session) -> None:
    """Each is answered once, alike on both sides, and what was granted has happened."""
    told: dict[str, str] = {}
    for acted in session.scalars(select(OfficeRequest)):
        need(acted.id not in told, f"request {acted.id} was acted upon twice", "doubled")
        told[acted.id] = acted.code
    for village in world.villages:
        with village.store.read() as kiosk:
            rows = {row.id: row for row in kiosk.scalars(select(RequestRow))}
        newest: dict[str, tuple[str, str]] = {}
        for request_id in sorted(village.applicants.asked):
            asked, row = village.applicants.asked[request_id], rows[request_id]
            what = f"{row.kind} {request_id}"
            if row.taken_at is None:
                raise Untrue(f"{what} has no answer", "lost")
            need(told.get(request_id) == row.code, f"{what}: {row.code}, {told.get(request_id)}")
            if row.code:
                continue
            if isinstance(asked.body, Written):
                _check_heard(world, session, request_id, asked.body.text)
            if isinstance(asked.body, Withdrawn):
                state = session.get_one(ApplicationRow, asked.application_id).state
                need(state == "withdrawn", f"{what} was granted, and the state is {state}", "lost")
            if isinstance(asked.body, CollectingChosen):
                moment = f"{row.made_at.isoformat()} {request_id}"
                newest[asked.application_id] = max(
                    newest.get(asked.application_id, ("", "")), (moment, request_id)
                )
        for application_id, (_, request_id) in newest.items():
            choice = chosen(world.bureau.office, session.get_one(CollectingRow, application_id))
            wanted = village.applicants.asked[request_id].body
            need(choice == wanted, f"{application_id} is collected as {choice}, not {wanted}")


def _check_heard(world: World, session: Session, request_id: str, text: str) -> None:
    row = session.get(OfficeMessage, request_id)
    if row is None:
        raise Untrue(f"message {request_id} is not at the office", "lost")
    need(_opened(world, row) == text, f"message {request_id} says something else")


def _check_written(world: World, session: Session) -> None:
    """What the officer wrote and the office still knows is there once."""
    held = Counter(
        (row.application_id, _opened(world, row))
        for row in session.scalars(select(OfficeMessage).where(OfficeMessage.officer.is_not(None)))
    )
    wanted = Counter(world.bureau.desk.written)
    need(not wanted - held, f"letters lost: {wanted - held}", "lost")
    need(not held - wanted, f"letters of nobody: {held - wanted}", "doubled")


def _check_messages(world: World, session: Session, seen: Following) -> None:
    rows = session.scalars(
        select(OfficeMessage).where(OfficeMessage.application_id == seen.application_id)
    )
    theirs = Counter((row.officer is not None, _opened(world, row)) for row in rows)
    ours = Counter(
        (one.is_from_office, one.text)
        for one in seen.messages
        if one.is_from_office or one.is_there
    )
    need(ours == theirs, f"{seen.reference}: messages differ: {ours} and {theirs}", "lost")


def _check_bills(session: Session, seen: Following) -> None:
    bills = session.scalars(
        select(OfficeBill).where(
            OfficeBill.application_id == seen.application_id, OfficeBill.code.is_not(None)
        )
    ).all()
    paid = [bill for bill in bills if bill.state == "paid"]
    need(len(paid) <= 1, f"{seen.reference} was paid twice", "doubled")
    shown = seen.paying.bill
    if paid:
        need(
            shown is not None and (shown.code, shown.ntpn) == (paid[0].code, paid[0].ntpn),
            f"{seen.reference}: the kiosk does not show the payment",
            "lost",
        )
    known = {bill.code for bill in bills}
    need((shown is None) == (not known), f"{seen.reference}: bills {known}, shown {shown}")
    need(shown is None or shown.code in known, f"{seen.reference}: a code of nobody is shown")


def _check_slot(session: Session, seen: Following) -> None:
    if seen.office_state in _WITHOUT_PLACE:
        return
    booking = session.get(BookingRow, seen.application_id)
    held = booking.slot_id if booking is not None and not booking.is_released else ""
    slot = seen.scheduling.slot
    shown = slot.id if slot is not None else ""
    need(shown == held, f"{seen.reference}: the kiosk says {shown}, the office {held}")


def _check_timeline(session: Session, seen: Following) -> None:
    """The kiosk tells every step of the office, in its order."""
    steps = session.scalars(
        select(DecisionRow.to_state)
        .where(DecisionRow.application_id == seen.application_id)
        .order_by(DecisionRow.id)
    )
    taken = [state for state in steps if state != "received"]
    told = [
        one.params.get("state", one.what)
        for one in seen.timeline
        if one.what in ("state", "returned")
    ]
    need(told == taken, f"{seen.reference}: the kiosk tells {told}, the office did {taken}")


def _check_payments(world: World) -> None:
    """All money that was paid is noted, on its bill or on the cashier's list, and once."""
    with world.bureau.office.database.read() as session:
        notices = {row.id: row for row in session.scalars(select(PaymentNoticeRow))}
        bills = {row.code: row for row in session.scalars(select(OfficeBill))}
        states = session.execute(
            select(DecisionRow.application_id).where(DecisionRow.to_state == "paid")
        )
        times_paid = Counter(application_id for (application_id,) in states)
    need(not times_paid or max(times_paid.values()) == 1, f"paid twice: {times_paid}", "doubled")
    by_ntpn: defaultdict[str, list[str]] = defaultdict(list)
    for code, bill in bills.items():
        if bill.state == "paid":
            by_ntpn[bill.ntpn].append(code or "")
    need(all(len(codes) == 1 for codes in by_ntpn.values()), f"one payment, two bills: {by_ntpn}")
    for payment in world.treasury.payments:
        row = notices.get(payment.notice.id)
        if row is None:
            raise Untrue(f"the office does not know of {payment.notice.id}", "lost")
        bill_paid = by_ntpn.get(payment.notice.ntpn, [])
        wanted = [payment.notice.code] if row.outcome in ("paid", "repeated") else []
        need(bill_paid == wanted, f"{row.id} is {row.outcome}, and pays {bill_paid}")
        need(payment.is_right or not bill_paid, f"{row.id} paid with a wrong sum")


def _opened(world: World, row: OfficeMessage) -> str:
    return unseal(row.sealed_text, world.bureau.office.keys.keys.identity).decode()
