"""What months of simulation brought to light, each as small as it can be told."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.domain.events import ReturnedItem
from app.office import review
from app.storage.contact import set_cursor
from app.storage.tables import EventRow
from tests.simulation.bureau import ANI
from tests.simulation.month import folder_in_memory
from tests.simulation.truth import check_end, settle
from tests.simulation.villages import Frozen, Village
from tests.simulation.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """One kiosk and one office in fine weather."""
    with tempfile.TemporaryDirectory(dir=folder_in_memory()) as folder:
        world = World(Path(folder), 1, kiosks=1)
        world.storm_ends()
        yield world
        world.close()


def received(world: World) -> tuple[Village, Frozen]:
    """Let one application be received."""
    (village,) = world.villages
    made = village.finalize()
    village.cycle()
    assert not village.outbox()
    return village, made


def give_back(world: World, made: Frozen, revision: int) -> None:
    """Let the officer return it because of one document."""
    office = world.bureau.office
    review.start_review(office, ANI, made.application_id)
    items = (ReturnedItem("document", min(made.contents), "blurred"),)
    review.return_for_correction(office, ANI, made.application_id, revision, items)


def state_at_kiosk(village: Village, made: Frozen) -> str:
    """Return what the kiosk believes of the office's state."""
    (row,) = (one for one in village.applications() if one.id == made.application_id)
    return row.office_state


def test_a_restored_office_that_says_other_things_under_the_same_numbers_is_noticed(
    world: World,
) -> None:
    village, first = received(world)
    world.bureau.back_up()
    _, lost = received(world)
    review.start_review(world.bureau.office, ANI, first.application_id)
    village.cycle()
    assert state_at_kiosk(village, first) == "in_review"
    world.bureau.restore()
    # As many events as the kiosk has heard, and one more, all of them others.
    give_back(world, first, 1)
    assert lost.submission_id not in {row.id for row in world.bureau.submissions()}
    assert village.cycle().error is None
    assert state_at_kiosk(village, first) == "returned"
    assert village.cycle().error is None
    settle(world)
    check_end(world)


def test_a_kiosk_far_ahead_of_a_restored_office_comes_back_to_it(world: World) -> None:
    village, _ = received(world)
    world.bureau.back_up()
    received(world)
    # As after years: more events than any number that an office would skip.
    with village.store.write() as session:
        (newest,) = session.scalars(select(EventRow).order_by(EventRow.number.desc()).limit(1))
        session.add(
            EventRow(
                number=200_000, application_id="", said_at=newest.said_at,
                applied_at=newest.applied_at, signed=newest.signed,
            )
        )  # fmt: skip
        set_cursor(session, 200_000)
    world.bureau.restore()
    assert village.cycle().error is None
    settle(world)
    check_end(world)


def test_what_shares_a_document_with_what_a_restored_office_lost_does_not_wait_for_ever(
    world: World,
) -> None:
    village, made = received(world)
    give_back(world, made, 1)
    village.cycle()
    world.bureau.back_up()
    # The correction names documents of the first revision, which the backup still has.
    while len(made.contents) < 2:
        village, made = received(world)
        give_back(world, made, 1)
        village.cycle()
        world.bureau.back_up()
    village.chance = random.Random(3)
    world.somebody_corrects(village)
    village.cycle()
    assert not village.outbox()
    world.bureau.restore()
    settle(world)
    check_end(world)


def test_a_lost_file_that_comes_again_does_not_undo_a_return(world: World) -> None:
    village, made = received(world)
    give_back(world, made, 1)
    village.cycle()
    world.bureau.lose_a_file()
    world.bureau.look_at_everything()
    for _ in range(3):
        village.cycle()
    assert not village.outbox()
    assert state_at_kiosk(village, made) == "returned"
    check_end(world)
