"""Interview slots: the best wish that is free, never one place for two, moved by the rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, time, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.domain.requests import SlotsWished
from app.domain.words import WIB
from app.errors import UserError
from app.office import review
from app.office.context import Office
from app.office.slots.booking import release_slot
from app.office.slots.calendar import free_slots, open_slots
from app.office.slots.publishing import publish_due
from app.office.slots.rules import Hours, add_hours, end_hours
from app.office.slots.tables import BookingRow, ClosedDayRow, SlotRuleRow
from app.office.tables import ApplicationRow
from app.storage import appointments
from app.storage import requests as kiosk_requests
from app.storage.appointments import Appointment
from tests.office.accounts import ADJUDICATOR, add_weakly
from tests.office.house import open_at
from tests.sync.island import Frozen, Island
from tests.sync.test_requests import ask

HEAD = review.Officer("dewi", "Dewi Kepala", ("supervisor", "administrator"))
ANI = review.Officer("ani", "Ani Pemeriksa", ("adjudicator",))


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """An office that sees two people side by side on Tuesday mornings, one place for priority."""
    opened = open_at(tmp_path / "office", database_url=database_url)
    add_weakly(opened, ("ani", "Ani Pemeriksa", ADJUDICATOR))
    with opened.database.write() as session:
        session.add(
            SlotRuleRow(
                id="r1", place_id="TRM", place="Kantor Imigrasi Tarempa", weekday=1,
                opens="08:00", closes="09:00", minutes=30, places=2, priority_places=1,
                valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip
    yield opened
    opened.close()


def paid(island: Island, office: Office) -> Frozen:
    """Return an application whose payment has arrived."""
    frozen = island.freeze()
    island.cycle()
    with office.database.write() as session:
        session.get_one(ApplicationRow, frozen.application_id).state = "paid"
    publish_due(office)
    island.cycle()
    return frozen


def wish(island: Island, frozen: Frozen, *slots: str, group: bool = False) -> str:
    """Wish and return why it was refused, empty when heard."""
    island.clock.pass_time(1)
    ask(island, frozen, SlotsWished(slots, ("elderly",) if group else ()))
    island.cycle()
    with island.store.read() as session:
        return kiosk_requests.asked(session, frozen.application_id)[-1].code


def held(island: Island, frozen: Frozen) -> Appointment:
    with island.store.read() as session:
        return appointments.appointment(session, frozen.application_id)


def slots(office: Office) -> list[str]:
    with office.database.read() as session:
        return [one.slot.id for one in open_slots(session, office.clock.now())]


def free(office: Office) -> dict[str, int]:
    with office.database.read() as session:
        return {one.slot.id: one.free for one in free_slots(session, office.clock.now())}


def test_the_calendar_has_the_rules_slots_and_no_closed_day(office: Office) -> None:
    found = slots(office)
    days = sorted({one.split("-")[1] for one in found})
    assert all(date.fromisoformat(day).weekday() == 1 for day in days)
    assert len(found) == 2 * len(days)
    with office.database.write() as session:
        session.add(ClosedDayRow(day=date.fromisoformat(days[0]), why="Rapat"))
    assert {one.split("-")[1] for one in slots(office)} == set(days[1:])


def test_an_outreach_day_is_a_slot_rule_of_one_day(office: Office) -> None:
    day = office.clock.now().astimezone(WIB).date() + timedelta(days=9)
    with office.database.write() as session:
        session.add(
            SlotRuleRow(
                id="r2", place_id="LTG", place="Balai Desa Letung", day=day, opens="09:00",
                closes="12:00", minutes=60, places=3, valid_from=date(2026, 1, 1),
            )
        )  # fmt: skip
    there = [one for one in slots(office) if one.startswith("LTG")]
    assert there == [f"LTG-{day:%Y%m%d}-{hour}00" for hour in ("09", "10", "11")]


def test_a_kiosk_whose_applicant_has_paid_is_told_what_is_free(
    island: Island, office: Office
) -> None:
    paid(island, office)
    with island.store.read() as session:
        listed = appointments.free(session)
    assert listed is not None
    assert {one.slot.id: one.free for one in listed.slots} == free(office)


def test_a_list_told_by_an_office_clock_that_ran_ahead_is_replaced(
    island: Island, office: Office
) -> None:
    now = office.clock.now()
    office.clock.jump_to(now + timedelta(days=2))  # type: ignore[attr-defined]
    paid(island, office)
    office.clock.jump_to(now)  # type: ignore[attr-defined]
    publish_due(office)
    island.cycle()
    with island.store.read() as session:
        listed = appointments.free(session)
    assert listed is not None
    assert listed.at == now


def test_the_first_wish_that_is_free_is_given(island: Island, office: Office) -> None:
    first, second = slots(office)[:2]
    one, two = paid(island, office), paid(island, office)
    assert wish(island, one, first, second) == ""
    assert wish(island, two, first, second) == ""
    assert [held(island, each).slot.id for each in (one, two)] == [first, second]  # type: ignore[union-attr]
    assert island.application(one).office_state == "scheduled"


def test_hours_set_anew_give_nobody_a_place_in_which_somebody_sits(
    island: Island, office: Office
) -> None:
    first = slots(office)[0]
    one, two, three = (paid(island, office) for _ in range(3))
    assert wish(island, one, first) == ""
    end_hours(office, HEAD, "r1")
    hours = Hours("TRM", "Kantor Imigrasi Tarempa", 1, None, time(8), time(9), 20, 2)
    add_hours(office, hours)
    add_hours(office, msgspec.structs.replace(hours, opens=time(8, 10)))
    day = first.rpartition("-")[0]
    # 08.00 to 08.30 is held at the first of two places.
    there = {name[-4:]: count for name, count in free(office).items() if name.startswith(day)}
    assert there == {"0800": 1, "0810": 1, "0820": 1, "0830": 2, "0840": 2}
    assert wish(island, two, f"{day}-0820") == ""
    assert wish(island, three, f"{day}-0810", f"{day}-0840") == ""
    assert [held(island, each).slot.id[-4:] for each in (two, three)] == ["0820", "0840"]  # type: ignore[union-attr]


def test_who_has_priority_gets_the_place_that_is_kept(island: Island, office: Office) -> None:
    first = slots(office)[0]
    one, two, three = (paid(island, office) for _ in range(3))
    assert wish(island, one, first) == ""
    assert wish(island, two, first) == ""
    assert held(island, two).slot is None
    assert wish(island, three, first, group=True) == ""
    slot = held(island, three).slot
    assert slot is not None
    assert slot.id == first


def test_when_no_wish_is_free_others_are_offered(island: Island, office: Office) -> None:
    first = slots(office)[0]
    one, two = paid(island, office), paid(island, office)
    wish(island, one, first)
    assert wish(island, two, first, "TRM-20200101-0800", "no such slot") == ""
    offer = held(island, two)
    assert offer.slot is None
    assert offer.offered
    assert first not in {each.slot.id for each in offer.offered}
    with office.database.read() as session:
        assert session.get_one(ApplicationRow, two.application_id).state == "paid"


def test_a_slot_is_moved_once_and_until_the_day_before(island: Island, office: Office) -> None:
    first, second, third = slots(office)[:3]
    frozen = paid(island, office)
    wish(island, frozen, first)
    assert wish(island, frozen, first) == "slot_is_yours"
    assert wish(island, frozen, second) == ""
    assert free(office)[first] == 1
    assert wish(island, frozen, third) == "slot_moved_before"
    slot = held(island, frozen).slot
    assert slot is not None
    assert slot.id == second


def test_a_slot_of_tomorrow_can_be_moved_and_one_of_today_cannot(
    island: Island, office: Office
) -> None:
    first = slots(office)[0]
    late, early = paid(island, office), paid(island, office)
    wish(island, late, first)
    wish(island, early, first, group=True)
    with office.database.read() as session:
        starts_at = session.get_one(BookingRow, late.application_id).starts_at
    midnight = starts_at.astimezone(WIB).replace(hour=0, minute=0).astimezone(UTC)
    office.clock.jump_to(midnight - timedelta(minutes=1))  # type: ignore[attr-defined]
    assert wish(island, early, slots(office)[2]) == ""
    office.clock.jump_to(midnight)  # type: ignore[attr-defined]
    assert wish(island, late, slots(office)[2]) == "slot_too_close"


def test_when_the_boat_does_not_sail_the_applicant_chooses_again_for_nothing(
    island: Island, office: Office
) -> None:
    first, second = slots(office)[:2]
    frozen = paid(island, office)
    wish(island, frozen, first)
    release_slot(office, ANI, frozen.application_id, "Kapal tidak berangkat, ombak tinggi.")
    assert free(office)[first] == 1
    island.cycle()
    assert held(island, frozen).offered
    assert held(island, frozen).slot is None
    assert wish(island, frozen, first) == ""
    assert wish(island, frozen, second) == ""
    with office.database.read() as session:
        assert session.get_one(BookingRow, frozen.application_id).moves == 1
    with pytest.raises(UserError, match="application_unknown"):
        release_slot(office, ANI, "nobody", "x")


def test_nobody_chooses_before_paying(island: Island, office: Office) -> None:
    frozen = island.freeze()
    island.cycle()
    assert wish(island, frozen, slots(office)[0]) == "not_schedulable"


def test_two_people_never_hold_one_place(island: Island, office: Office) -> None:
    every = slots(office)
    people = [paid(island, office) for _ in range(7)]
    for number, frozen in enumerate(people):
        wish(island, frozen, *every[:3], group=number % 2 == 0)
    with office.database.read() as session:
        held_places = session.execute(select(BookingRow.slot_id, BookingRow.place_number)).all()
    assert len(set(held_places)) == len(held_places) == 6
