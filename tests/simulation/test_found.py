"""What months of simulation brought to light, each as small as it can be told."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.domain.events import Refused, ReturnedItem
from app.domain.requests import BillingWanted
from app.office import review
from app.office.events import say
from app.office.records import take_record
from app.office.supplements import ask_for_page
from app.office.tables import ApplicationRow, DeviceRow
from app.office.tables import EventRow as OfficeEvent
from app.office.tables import RecordRow as OfficeRecord
from app.protocol.event import seal_event
from app.protocol.keys import Keys
from app.protocol.manifest import ManifestDocument, encode_manifest, open_manifest
from app.protocol.record import Record, write_pack
from app.protocol.supplement import Supplement, encode_supplement
from app.storage import packs
from app.storage.contact import read_contact, set_cursor
from app.storage.tables import EventRow
from app.sync.applying import Applying
from app.sync.reports import Findings
from tests.simulation.desk import ANI
from tests.simulation.month import folder_in_memory
from tests.simulation.road import Fault
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


def test_files_of_before_and_after_a_restored_office_are_not_mixed(world: World) -> None:
    village, made = received(world)
    world.bureau.back_up()
    sticks = [world.folder / "before", world.folder / "after"]
    sticks[0].mkdir()
    village.exchange(sticks[0])
    (asking,) = sticks[0].glob("*.lpk")
    shutil.copytree(sticks[0], sticks[1])
    # One file is answered before the office comes back from its backup, and after.
    office = world.bureau.office
    review.start_review(office, ANI, made.application_id)
    answers = [world.bureau.read_stick(asking)]
    world.bureau.restore()
    office = world.bureau.office
    need = min(made.contents)
    items = (ReturnedItem("document", need, "blurred"),)
    review.return_for_correction(office, ANI, made.application_id, 1, items)
    ask_for_page(office, ANI, made.application_id, 1, need, 1)
    answers.append(world.bureau.read_stick(asking))
    for stick, answer in zip(sticks, answers, strict=True):
        assert answer is not None
        (stick / answer[0]).write_bytes(answer[1])
        village.read_again(stick / answer[0])
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


def forged(world: World, **changes: object) -> Record:
    """Return a manifest of this kiosk with something wrong in it."""
    (village,) = world.villages
    office = village.enrolment()
    keys = Keys(office.device_signing, office.device_identity)
    made = village.finalize()
    sealed = village.store.blobs.read(made.manifest_digest)
    manifest = open_manifest(sealed, world.bureau.office.keys.keys.identity).manifest
    manifest = msgspec.structs.replace(manifest, **changes)
    return encode_manifest(manifest, keys, office.office_recipient)


def bring(world: World, record: Record) -> None:
    """Let the office take a record as out of an upload."""
    (village,) = world.villages
    path = world.folder / "pack"
    path.write_bytes(record.sealed)
    office, device_id = world.bureau.office, village.enrolment().device_id
    take_record(office, "", device_id, record.header(), path, 0)


def said(world: World, kind: str) -> int:
    """Count what the office said of a kind."""
    with world.bureau.office.database.read() as session:
        return len(session.scalars(select(OfficeEvent).where(OfficeEvent.kind == kind)).all())


def test_two_documents_for_one_need_are_refused(world: World) -> None:
    (village,) = world.villages
    document = ManifestDocument("ktp", "ktp", "0" * 64, "0" * 64, "image/jpeg", 1, 1)
    record = forged(world, documents=(document, document), submission_id=village.id())
    bring(world, record)
    with world.bureau.office.database.read() as session:
        assert session.get_one(OfficeRecord, record.digest).refused_code == "manifest_malformed"


def test_what_was_refused_is_judged_anew_when_it_is_sent_again(world: World) -> None:
    (village,) = world.villages
    record = forged(world, reference="TRM-00042-5", submission_id=village.id())
    for times in (1, 2):
        bring(world, record)
        assert said(world, "refused") == times


def test_a_refusal_of_what_was_mended_since_changes_nothing(world: World) -> None:
    village, made = received(world)
    with world.bureau.office.database.write() as session:
        refused = Refused(made.submission_id, "service_unknown")
        say(session, world.bureau.office, village.enrolment().device_id, refused)
    village.cycle()
    assert not village.outbox()
    assert [row.state for row in village.applications()] == ["received"]


def test_a_capture_that_was_asked_for_lets_newer_documents_go_first(world: World) -> None:
    village, made = received(world)
    need = min(made.contents)
    ask_for_page(world.bureau.office, ANI, made.application_id, 1, need, 1)
    # The question is heard, and the road is gone before the answer leaves.
    world.road.weather = {Fault.AWAY: 1.0}
    with world.bureau.office.database.read() as session:
        recipient = session.get_one(DeviceRow, village.enrolment().device_id).recipient
        signed = session.scalars(
            select(OfficeEvent.signed).where(OfficeEvent.kind == "page_asked")
        ).one()
    applying = Applying(village.store, village.clock, village.announcer)
    with village.store.read() as session:
        office = read_contact(session)
    assert office is not None
    applying.apply_pack(office, write_pack([seal_event(signed, recipient)]), Findings())
    village.clock.skew_s += 60
    village.finalize()
    with village.store.read() as session:
        waiting = packs.candidates(session, village.clock.now(), is_forced=True)
    captures = [one.header.digest for one in waiting if one.is_capture]
    order = [header.digest for header in packs.choose(waiting, 2**30)]
    assert len(captures) == 1
    assert order[-1] == captures[0]


def test_a_supplement_of_a_submission_that_never_comes_is_not_looked_at_for_ever(
    world: World,
) -> None:
    (village,) = world.villages
    office = village.enrolment()
    told = Supplement(1, office.device_id, village.id(), village.id(), "ktp", 1)
    keys = Keys(office.device_signing, office.device_identity)
    bring(world, encode_supplement(told, keys, office.office_recipient))
    world.office_keeps_house()
    assert said(world, "page_taken") == 0
    world.time.pass_by(61 * 24 * 3600.0)
    world.office_keeps_house()
    assert said(world, "page_taken") == 1


def test_a_form_that_the_disk_lost_after_it_was_accepted_is_replaced_by_its_correction(
    world: World,
) -> None:
    village, made = received(world)
    office = world.bureau.office
    review.accept(office, ANI, made.application_id, 1)
    village.cycle()
    office.blobs.settle(0.0)
    office.blobs.path(made.manifest_digest).unlink()
    village.applicants.want(village.kiosk, made.application_id, BillingWanted())
    settle(world)
    check_end(world)
    with office.database.read() as session:
        application = session.get_one(ApplicationRow, made.application_id)
        # The code came, and ran out in the days that were waited.
        assert (application.state, application.revision) == ("payment_expired", 2)
