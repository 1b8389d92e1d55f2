"""One application's whole way with real processes, real sockets and real kills."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from app.bootstrap import open_kiosk
from app.domain.documents import PAGES_TYPE
from app.domain.events import ReturnedItem
from app.office.context import Office
from app.office.officers import add_officer
from app.office.review import open_document, open_submission, return_for_correction
from app.office.tables import ApplicationRow, EventRow, RecordRow, SubmissionRow
from app.protocol.event import read_signed_event
from app.protocol.manifest import Manifest
from app.services.correcting import open_correction
from app.services.documents import retake_page
from app.services.drafts import save_answer
from app.services.finalizing import finalize
from app.storage.tables import EnrolmentRow, OutboxRow
from app.storage.tables import RecordRow as KioskRecordRow
from app.storage.tables import SubmissionRow as KioskSubmissionRow
from tests.e2e.programs import SARI, OfficeProgram, kill, loket, loket_json, start_loket
from tests.e2e.specimen import heavy_page, submit_folder
from tests.link import WeakLink
from tests.office.house import wait_for

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeProgram]:
    program = OfficeProgram(tmp_path / "office")
    code = program.enrolment_code("LET")
    with program.opened() as opened:
        add_officer(opened, SARI.name, SARI.shown_name, "sangat rahasia", SARI.roles)
    program.start()
    enrol = ("enrol", "--office", program.url, "--name", "Kiosk Letung", "--code", code)
    loket(*enrol, "--data", tmp_path / "kiosk")
    # What papers say is the matter of other tests; here it is which bytes travel.
    (tmp_path / "kiosk" / "loket.toml").write_text("reads_papers = false\n", "utf-8")
    yield program
    program.kill()


@pytest.fixture
def link(office: OfficeProgram, tmp_path: Path) -> Iterator[WeakLink]:
    """Return the road between the two; the kiosk knows the office by it from now on."""
    with WeakLink(office.address) as link:
        with open_kiosk(tmp_path / "kiosk") as opened, opened.kiosk.store.write() as session:
            enrolment = session.get(EnrolmentRow, 1)
            assert enrolment is not None
            enrolment.office_url = link.url + "/"
        yield link


def test_one_application_arrives_once_whatever_is_killed_and_only_what_is_mended_travels_again(
    office: OfficeProgram, link: WeakLink, tmp_path: Path
) -> None:
    kiosk = tmp_path / "kiosk"
    folder = submit_folder(tmp_path / "application", seed=1)
    submitted = loket_json("submit", folder, "--data", kiosk)
    send_through_kills(office, link, kiosk, submitted["reference"], submitted["queued_bytes"])

    manifest = check_office(office, submitted)
    check_documents(office, manifest)
    check_receipt(office, kiosk, submitted)
    assert loket_json("sync", "--once", "--data", kiosk)["receipts"] == []

    mend(office, kiosk, submitted["application_id"])
    before = link.all_up_bytes
    report = loket_json("sync", "--once", "--data", kiosk)
    assert [receipt["reference"] for receipt in report["receipts"]] == [submitted["reference"]]
    check_mended(office, kiosk, submitted, link.all_up_bytes - before)


def send_through_kills(
    office: OfficeProgram, link: WeakLink, kiosk: Path, reference: str, queued_bytes: int
) -> None:
    """Send while the kiosk dies, then the office; what had arrived is not sent again."""
    # The kiosk dies in the middle of the upload.
    link.cut_after(9_000, "silence")
    sending = start_loket("sync", "--once", "--data", kiosk)
    wait_for(lambda: kept_bytes(office) > 7_000)
    kill(sending)

    # The office dies in the middle of the next.
    link.cut_after(9_000, "silence")
    sending = start_loket("sync", "--once", "--data", kiosk)
    wait_for(lambda: kept_bytes(office) > 14_000)
    office.kill()
    kill(sending)
    office.start()
    link.upstream = office.address

    link.cut_after(10**9)
    report = loket_json("sync", "--once", "--data", kiosk)
    assert report["error"] is None
    assert [receipt["reference"] for receipt in report["receipts"]] == [reference]
    assert link.up_bytes < queued_bytes - 14_000 + 2_000


def kept_bytes(office: OfficeProgram) -> int:
    """Return what the office holds of uploads that are not whole."""
    return sum(path.stat().st_size for path in (office.folder / "uploads").iterdir())


def check_office(office: OfficeProgram, submitted: dict[str, str]) -> Manifest:
    """One application, one submission, five records, one event."""
    with office.opened() as opened:
        counts = {row: count(opened, row) for row in (ApplicationRow, SubmissionRow, EventRow)}
        assert set(counts.values()) == {1}
        assert count(opened, RecordRow) == 5
        with opened.database.read() as session:
            application = session.scalars(select(ApplicationRow)).one()
        assert application.reference == submitted["reference"]
        assert application.state == "received"
        return open_submission(opened, SARI, application.id, 1)


def check_documents(office: OfficeProgram, manifest: Manifest) -> None:
    """Every document that the office unseals is the one that the kiosk froze."""
    assert [document.need for document in manifest.documents] == [
        "ktp",
        "kk",
        "birth_proof",
        "authority_letter",
    ]
    with office.opened() as opened:
        for document in manifest.documents:
            seen = open_document(opened, SARI, manifest.application_id, 1, document.need)
            assert hashlib.sha256(seen.content).hexdigest() == document.content_digest
            assert len(seen.content) == document.size_bytes
            assert document.media_type == PAGES_TYPE
            assert [page.source for page in document.pages] == ["file"] * document.page_count


def check_receipt(office: OfficeProgram, kiosk: Path, submitted: dict[str, str]) -> None:
    """One valid receipt is held, it names what was frozen, and nothing waits."""
    with open_kiosk(kiosk) as opened, opened.kiosk.store.read() as session:
        enrolment = session.get(EnrolmentRow, 1)
        row = session.scalars(select(KioskSubmissionRow)).one()
        assert session.scalars(select(OutboxRow)).all() == []
    assert enrolment is not None
    assert row.receipt is not None
    signed = read_signed_event(row.receipt, enrolment.office_signing, enrolment.device_id)
    receipt = msgspec.to_builtins(signed.event.body)
    assert receipt["manifest_digest"] == submitted["manifest_digest"]
    assert len(receipt["document_digests"]) == 4


def count(office: Office, row: type) -> int:
    with office.database.read() as session:
        return session.scalar(select(func.count()).select_from(row)) or 0


def mend(office: OfficeProgram, kiosk: Path, application_id: str) -> None:
    """Return a field and a paper, and correct both at the kiosk."""
    wanted = (
        ReturnedItem("field", "address_street", "Tulis RT dan RW"),
        ReturnedItem("document", "kk", "Terpotong di kiri"),
    )
    with office.opened() as opened:
        return_for_correction(opened, SARI, application_id, 1, wanted, "Mohon diperbaiki")
    report = loket_json("sync", "--once", "--data", kiosk)
    assert report["received_events"] == 1

    with open_kiosk(kiosk) as opened_kiosk:
        draft = open_correction(opened_kiosk.kiosk, application_id)
        assert set(draft.returned) == set(wanted)
        assert draft.revision == 2
        save_answer(opened_kiosk.kiosk, application_id, "address_street", "Jalan Baru 9, RT 1 RW 2")
        page = next(page for page in draft.pages if page.need == "kk")
        retake_page(opened_kiosk.kiosk, page.id, heavy_page("kk", 0, "again"))
        finalize(opened_kiosk.kiosk, application_id, "id")


def check_mended(
    office: OfficeProgram, kiosk: Path, submitted: dict[str, Any], up_bytes: int
) -> None:
    """The family card, a manifest and the requests travelled; the other papers did not."""
    with open_kiosk(kiosk) as opened_kiosk, opened_kiosk.kiosk.store.read() as session:
        sizes = session.scalars(select(KioskRecordRow.size_bytes)).all()
    assert up_bytes < max(sizes) + 6_000 < submitted["queued_bytes"] - 6_000
    with office.opened() as opened:
        mended = open_submission(opened, SARI, submitted["application_id"], 2)
        first = open_submission(opened, SARI, submitted["application_id"], 1)
    assert mended.answers["address_street"] == "Jalan Baru 9, RT 1 RW 2"
    same = {document.blob_digest for document in first.documents} & {
        document.blob_digest for document in mended.documents
    }
    assert len(same) == 3
