"""What an applicant sees of the interview: free slots to wish for, the one given, how to move it.

Never promises a slot: the office gives it, the kiosk only wishes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from app.domain.requests import PriorityGroup, SlotsWished
from app.domain.slots import FreeSlot, Slot, may_still_move
from app.services.kiosk import Kiosk
from app.services.requesting import ask_office
from app.storage import appointments as stored
from app.storage import details, requests


class Scheduling(msgspec.Struct, frozen=True):
    """How it stands with one application's interview.

    Attributes:
        slot: the one given; None before.
        is_moved: it was moved once already; nobody moves it again.
        is_offered: the office offers other times, because no wish was free or it cannot hold the
            slot it gave.
        free: what may be wished for: the office's last offer, else the last list.
        looked_at: when the office looked; None when it never told.
        may_wish: a first slot, or another one, may be wished for now.
        is_asking: wishes are on their way.
        refused: why the last wishes were not heard; empty when they were.
    """

    slot: Slot | None
    is_moved: bool
    is_offered: bool
    free: tuple[FreeSlot, ...]
    looked_at: datetime | None
    may_wish: bool
    is_asking: bool
    refused: str


def scheduling(kiosk: Kiosk, application_id: str) -> Scheduling:
    """Return how it stands."""
    now = kiosk.clock.now()
    with kiosk.store.read() as session:
        head = details.application(session, application_id)
        held = stored.appointment(session, application_id)
        listed = stored.free(session)
        asked = requests.asked(session, application_id)
        moves = stored.moves(session, application_id)
    wishes = [one for one in asked if isinstance(one.body, SlotsWished)]
    is_asking = bool(wishes) and wishes[-1].taken_at is None
    state = head.office_state if head else ""
    is_offered = held.offered_at is not None
    is_first = state == "paid" or (state == "scheduled" and held.slot is None)
    may_move = held.slot is not None and not moves and may_still_move(held.slot.starts_at, now)
    if is_offered:
        free, looked_at = held.offered, held.offered_at
    else:
        free, looked_at = (listed.slots, listed.at) if listed else ((), None)
    soon = now + timedelta(hours=24)
    return Scheduling(
        held.slot,
        moves > 0,
        is_offered,
        tuple(one for one in free if one.slot.starts_at > soon),
        looked_at,
        (is_first or (state == "scheduled" and may_move)) and not is_asking,
        is_asking,
        wishes[-1].code if wishes else "",
    )


def wish_for(
    kiosk: Kiosk,
    application_id: str,
    slot_ids: tuple[str, ...],
    groups: tuple[PriorityGroup, ...] = (),
) -> None:
    """Send up to three wishes, the best first.

    Raises:
        UserError: as ``ask_office``.
    """
    ask_office(kiosk, application_id, SlotsWished(slot_ids[:3], groups))
