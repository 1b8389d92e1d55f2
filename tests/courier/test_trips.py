"""A stick's whole trip: everything to the office once, and its word back."""

from __future__ import annotations

from pathlib import Path

from app.office.context import Office
from app.office.tables import ApplicationRow as OfficeApplication
from app.protocol.sealing import unseal
from app.storage import courier
from app.sync import status
from tests.courier.island import CourierIsland, bring, file_of
from tests.office.house import noise
from tests.sync.island import Frozen

FOUR = {need: noise(9_000 + 3_000 * at, at) for at, need in enumerate(("ktp", "kk", "akta"))}


def applications(office: Office) -> int:
    with office.database.read() as session:
        return session.query(OfficeApplication).count()


def are_equal(office: Office, frozen: Frozen) -> bool:
    """Tell whether the office holds every document byte for byte."""
    return all(
        unseal(office.blobs.read(blob.digest), office.keys.keys.identity) == frozen.contents[need]
        for need, blob in zip(frozen.contents, frozen.blobs, strict=True)
    )


def test_what_waits_travels_by_stick_and_the_receipts_come_back(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    first, second = kiosk.freeze(FOUR), kiosk.freeze()
    written = kiosk.write(stick)
    assert written.names == ("LOKET-LET-00001.lpk",)
    assert set(written.references) == {first.reference, second.reference}
    (imported,) = bring(office, stick)
    assert (imported.taken, imported.known, imported.refused) == (6, 0, ())
    assert (imported.device_code, imported.submissions, imported.received) == ("LET", 2, 2)
    read = kiosk.read(stick)
    assert set(read.received) == {first.reference, second.reference}
    assert kiosk.is_received(first)
    assert kiosk.is_received(second)
    assert are_equal(office, first)


def test_a_stick_is_no_office_what_it_holds_waits_on_until_its_receipt(
    kiosk: CourierIsland, stick: Path
) -> None:
    frozen = kiosk.freeze(FOUR)
    kiosk.write(stick)
    assert frozen.id in kiosk.outbox()
    assert kiosk.application(frozen).state == "finalized"
    with kiosk.store.read() as session:
        carried = courier.carried(session)
    assert (carried.count, carried.since) == (1, kiosk.clock.now())
    panel = status.at_rest(kiosk.store, status.UNKNOWN, None, is_busy=False)
    assert (panel.waiting_count, panel.carried_count) == (1, 1)
    assert panel.carried_since == carried.since
    kiosk.clock.pass_time(86_400)
    again = kiosk.write(stick)
    assert again.references == (frozen.reference,)
    with kiosk.store.read() as session:
        assert courier.carried(session) == carried


def test_the_same_file_and_its_answer_may_come_any_number_of_times(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    frozen = kiosk.freeze(FOUR)
    kiosk.write(stick)
    bring(office, stick)
    (again,) = bring(office, stick)
    assert (again.taken, again.known, again.refused) == (4, 4, ())
    assert kiosk.read(stick).events == kiosk.cursor()
    assert kiosk.read(stick).events == 0
    assert kiosk.is_received(frozen)
    assert applications(office) == 1


def test_an_older_answer_after_a_newer_one_changes_nothing(
    kiosk: CourierIsland, office: Office, stick: Path, tmp_path: Path
) -> None:
    first = kiosk.freeze()
    kiosk.write(stick)
    bring(office, stick)
    old = (stick / "LOKET-LET-00001.lpr").read_bytes()
    kiosk.read(stick)
    second = kiosk.freeze()
    kiosk.write(stick)
    bring(office, stick)
    kiosk.read(stick)
    cursor = kiosk.cursor()
    (stick / "LOKET-LET-00001.lpr").write_bytes(old)
    assert kiosk.read(stick).events == 0
    assert kiosk.cursor() == cursor
    assert kiosk.is_received(first)
    assert kiosk.is_received(second)


def test_an_answer_that_begins_after_what_was_heard_is_told_and_not_applied(
    kiosk: CourierIsland, office: Office, stick: Path, tmp_path: Path
) -> None:
    kiosk.freeze()
    kiosk.write(stick)
    bring(office, stick)
    kiosk.read(stick)
    kiosk.freeze()
    kiosk.write(stick)
    bring(office, stick)
    with kiosk.store.write() as session:
        from app.storage import contact

        contact.set_cursor(session, 0)
    (stick / "LOKET-LET-00001.lpr").unlink(missing_ok=True)
    read = kiosk.read(stick)
    assert [one.code for one in read.wrong] == ["return_file_ahead"]
    assert read.events == 0


def test_with_nothing_to_send_the_stick_still_asks_for_news(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    written = kiosk.write(stick)
    assert (written.names, written.references) == (("LOKET-LET-00001.lpk",), ())
    (imported,) = bring(office, stick)
    assert (imported.taken, imported.refused, imported.device_code) == (0, (), "LET")
    assert kiosk.read(stick).files == 1


def test_a_newer_file_takes_the_place_of_an_older_one_that_nobody_needs(
    kiosk: CourierIsland, stick: Path
) -> None:
    kiosk.freeze(FOUR)
    old = file_of(kiosk.write(stick), stick)
    kiosk.freeze()
    new = file_of(kiosk.write(stick), stick)
    assert not old.exists()
    assert [path.name for path in stick.iterdir()] == [new.name]


def test_an_older_file_stays_that_holds_what_this_store_does_not_know(
    kiosk: CourierIsland, stick: Path, tmp_path: Path, office: Office
) -> None:
    """As after a restored backup: the stick may be the only place that remembers."""
    kiosk.freeze(FOUR)
    old = file_of(kiosk.write(stick), stick)
    with kiosk.store.write() as session:
        from sqlalchemy import text

        session.execute(text("DELETE FROM outbox"))
        session.execute(text("UPDATE settings SET value = '0' WHERE name = 'courier_serial'"))
    new = file_of(kiosk.write(stick), stick)
    assert old.exists()
    assert new.name == "LOKET-LET-00002.lpk"


def test_what_does_not_fit_one_file_goes_into_the_next(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    frozen = [kiosk.freeze(FOUR) for _ in range(3)]
    written = kiosk.write(stick, most_file_bytes=40_000)
    assert len(written.names) > 2
    assert all((stick / name).stat().st_size <= 40_000 for name in written.names)
    assert set(written.references) == {one.reference for one in frozen}
    assert written.left_bytes == 0
    assert all(one.refused == () for one in bring(office, stick))
    kiosk.read(stick)
    assert all(kiosk.is_received(one) for one in frozen)


def test_a_document_that_is_torn_here_keeps_only_its_own_application_back(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    broken, well = kiosk.freeze(FOUR), kiosk.freeze()
    path = kiosk.store.blobs.path(broken.blobs[0].digest)
    path.write_bytes(bytes(path.stat().st_size))
    written = kiosk.write(stick)
    assert written.references == (well.reference,)
    assert [(one.reference, one.code) for one in written.left_out] == [
        (broken.reference, "blob_torn")
    ]
    (imported,) = bring(office, stick)
    assert imported.received == 1
