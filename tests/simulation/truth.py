"""What must be true of a simulated world: at every moment, and when all has come to rest."""

from __future__ import annotations

from sqlalchemy import func, select

from app.domain.events import Receipt
from app.office.tables import EventRow as OfficeEvent
from app.office.tables import SubmissionDocumentRow
from app.office.tables import SubmissionRow as OfficeSubmission
from app.protocol.event import read_signed_event
from app.protocol.manifest import open_manifest
from app.protocol.sealing import digest_of, unseal
from app.storage.tables import EventRow, OutboxRow, RecordRow, SubmissionRecordRow, SubmissionRow
from tests.simulation.later_truth import check_asked, check_lives, check_office, check_said
from tests.simulation.untrue import Untrue, need
from tests.simulation.villages import Frozen, Village
from tests.simulation.world import World

_DAY_S = 24 * 3600.0
#: What is sent again after so many cycles without an end waits for something that never comes.
_MOST_ROUNDS = 40


def check_now(world: World, village: Village) -> None:
    """Nothing is purged before its receipt, and nothing finalized or asked is forgotten."""
    with village.mortal.spared(), world.bureau.mortal.spared():
        _check_waiting(village)
        check_asked(village)
        check_office(world)


def _check_waiting(village: Village) -> None:
    with village.store.read() as session:
        named = select(SubmissionRecordRow.digest).join(
            SubmissionRow, SubmissionRow.id == SubmissionRecordRow.submission_id
        )
        # A later revision names what the office holds by an earlier one's receipt.
        proven = named.where(SubmissionRow.receipt.is_not(None))
        early = session.scalars(
            select(RecordRow.digest).where(RecordRow.is_purged, RecordRow.digest.not_in(proven))
        ).all()
        waiting = set(session.scalars(select(OutboxRow.submission_id)))
        receipted = set(
            session.scalars(select(SubmissionRow.id).where(SubmissionRow.receipt.is_not(None)))
        )
    need(not early, f"{village.name} purged {early} before a receipt")
    for one in _newest(village):
        if one.submission_id not in waiting and one.submission_id not in receipted:
            raise Untrue(f"{one.reference} is neither waiting nor received", "lost")


def settle(world: World) -> None:
    """Give everybody the time to finish: cycles, chores, and people who look at their lists."""
    for number in range(_MOST_ROUNDS):
        world.time.pass_by(_DAY_S)
        world.office_keeps_house()
        for village in world.villages:
            world.kiosk_syncs(village)
        world.treasury_tells_all()
        if number == 0:
            world.bureau.look_at_everything()
        waiting = any(village.outbox() or village.unheard() for village in world.villages)
        if not waiting and number > 2:
            return
        for village in world.villages:
            world.operator_sends_again(village)
            world.kiosk_syncs(village)
            if any(row.is_set_aside for row in village.outbox()):
                world.counts["mended_by_people"] += 1
                world.somebody_corrects(village)
    rows = [
        f"{row.submission_id} {row.last_error} aside={row.is_set_aside}"
        for village in world.villages
        for row in village.outbox()
    ]
    rows += [f"{village.name}: {village.unheard()} opinions" for village in world.villages]
    raise Untrue(f"still waiting after {_MOST_ROUNDS} days of calm: {rows}", "lost")


def check_end(world: World) -> None:
    """Compare what people finalized with what both sides hold."""
    applications = world.bureau.applications()
    references = [row.reference for row in applications]
    need(
        len(references) == len(set(references)), "a reference stands twice at the office", "doubled"
    )
    by_id = {row.id: row for row in applications}
    finalized = [one for village in world.villages for one in _newest(village)]
    world.counts["applications"] = len(finalized)
    need(
        len({one.reference for one in finalized}) == len(finalized),
        "a reference was given twice",
        "doubled",
    )
    unknown = set(by_id) - {one.application_id for one in finalized}
    need(not unknown, f"the office has applications of nobody: {unknown}", "doubled")
    for one in finalized:
        row = by_id.get(one.application_id)
        if row is None:
            raise Untrue(f"{one.reference} was finalized and is not at the office", "lost")
        _check_documents(world, one)
    for village in world.villages:
        _check_receipts(village)
        _check_view(world, village)
    check_lives(world)
    check_said(world)


def _check_documents(world: World, one: Frozen) -> None:
    office = world.bureau.office
    identity = office.keys.keys.identity
    with office.database.read() as session:
        found = session.scalars(
            select(OfficeSubmission).where(
                OfficeSubmission.application_id == one.application_id,
                OfficeSubmission.revision == one.revision,
            )
        ).all()
        need(len(found) == 1, f"{one.reference} revision {one.revision}: {len(found)} times there")
        documents = session.scalars(
            select(SubmissionDocumentRow).where(SubmissionDocumentRow.submission_id == found[0].id)
        ).all()
    need(found[0].received_at is not None, f"{one.reference} is there and not received", "lost")
    need(found[0].id == one.submission_id, f"{one.reference}: another submission is there")
    opened = open_manifest(office.blobs.read(one.manifest_digest), identity)
    need(opened.manifest.submission_id == one.submission_id, f"{one.reference}: other manifest")
    held = {row.need: unseal(office.blobs.read(row.blob_digest), identity) for row in documents}
    need(held == dict(one.contents), f"{one.reference}: other bytes than were finalized")


def _check_receipts(village: Village) -> None:
    enrolment = village.enrolment()
    rows = village.submissions()
    for one in _newest(village):
        row = rows[one.submission_id]
        if row.receipt is None:
            raise Untrue(f"{one.reference} has no receipt at the kiosk", "lost")
        signed = read_signed_event(row.receipt, enrolment.office_signing, enrolment.device_id)
        body = signed.event.body
        need(
            isinstance(body, Receipt) and body.manifest_digest == one.manifest_digest,
            f"{one.reference}: its receipt is of something else",
        )
        need(row.receipt_digest == digest_of(row.receipt), "a receipt under another name")


def _check_view(world: World, village: Village) -> None:
    """The kiosk has heard everything, and believes of each application what the office does."""
    theirs = {row.id: row for row in world.bureau.applications()}
    for row in village.applications():
        if village.newest(row.id) is None:
            continue
        seen, true = row.office_state, theirs[row.id].state
        need(seen == true, f"{row.reference}: the kiosk says {seen}, the office {true}")
    _check_events(world, village)


def _check_events(world: World, village: Village) -> None:
    device_id = village.enrolment().device_id
    with world.bureau.office.database.read() as session:
        said = session.execute(
            select(OfficeEvent.number, OfficeEvent.signed).where(OfficeEvent.device_id == device_id)
        ).all()
    with village.store.read() as session:
        heard = session.execute(select(EventRow.number, EventRow.signed)).all()
        newest = session.scalar(select(func.max(EventRow.number)))
    need((newest or 0) == village.enrolment().cursor, f"{village.name}: cursor without its event")
    need(
        {tuple(row) for row in said} == {tuple(row) for row in heard},
        f"{village.name} heard {len(heard)} events, the office said {len(said)}",
    )


def _newest(village: Village) -> list[Frozen]:
    newest: dict[str, Frozen] = {}
    for one in village.frozen:
        known = newest.get(one.application_id)
        if known is None or one.revision > known.revision:
            newest[one.application_id] = one
    return list(newest.values())
