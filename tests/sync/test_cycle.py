"""The sync cycle against a real office over a real socket."""

from __future__ import annotations

from pathlib import Path

from app.office.context import Office
from app.office.tables import ApplicationRow as OfficeApplication
from app.office.tables import RecordRow as OfficeRecord
from app.protocol.event import read_signed_event
from app.protocol.sealing import unseal
from tests.link import WeakLink
from tests.office.house import noise
from tests.sync.island import Island

NEEDS = ("ktp", "kk", "akta", "photo")
FOUR = {need: noise(20_000 + 7_000 * at, at) for at, need in enumerate(NEEDS)}


def count(office: Office, table: type) -> int:
    with office.database.read() as session:
        return session.query(table).count()


def test_an_application_with_four_documents_arrives_and_its_receipt_verifies(
    island: Island, office: Office
) -> None:
    frozen = island.freeze(FOUR)
    report = island.cycle()
    assert report.error is None
    assert report.sent == (frozen.reference,)
    assert [one.reference for one in report.receipts] == [frozen.reference]
    assert report.waits == ()
    assert island.is_received(frozen)
    row = island.submission(frozen)
    assert row.receipt is not None
    enrolment = island.enrolment()
    read_signed_event(row.receipt, enrolment.office_signing, enrolment.device_id)
    for need, blob in zip(frozen.contents, frozen.blobs, strict=True):
        held = unseal(office.blobs.read(blob.digest), office.keys.keys.identity)
        assert held == FOUR[need]


def test_one_request_brings_the_pack_up_and_the_receipt_back(
    island: Island, weak: WeakLink
) -> None:
    island.freeze()
    island.cycle()
    before = weak.connections
    island.freeze()
    report = island.cycle()
    assert len(report.receipts) == 1
    assert weak.connections == before + 1


def test_a_cycle_with_nothing_to_do_changes_nothing(island: Island, office: Office) -> None:
    first = island.cycle()
    second = island.cycle()
    assert (second.sent, second.receipts, second.waits, second.error) == ((), (), (), None)
    assert first.error is None
    assert count(office, OfficeRecord) == 0


def test_a_correction_sends_only_what_changed(
    island: Island, office: Office, weak: WeakLink
) -> None:
    first = island.freeze(FOUR)
    island.cycle()
    weak.all_up_bytes = 0
    second = island.freeze({**FOUR, "photo": noise(9_000, 99)}, of=first)
    report = island.cycle()
    assert [one.reference for one in report.receipts] == [first.reference]
    assert island.is_received(second)
    assert weak.all_up_bytes < 9_000 + 6_000
    assert count(office, OfficeApplication) == 1


def test_before_enrolment_a_cycle_says_so(tmp_path: Path) -> None:
    island = Island(tmp_path / "new")
    assert island.cycle().error == "not_enrolled"
    island.close()
