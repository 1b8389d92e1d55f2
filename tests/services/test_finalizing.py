"""Freezing an application: whole, sealed, signed, queued, and never by halves."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from app.domain.answers import Override
from app.domain.documents import PAGES_TYPE
from app.domain.ids import parse_reference
from app.domain.judgement import Place
from app.domain.lifecycle import DRAFT, FINALIZED
from app.domain.papers.lines import PaperReading, ReadField
from app.errors import LocalFault, UserError
from app.protocol.manifest import Manifest, ManifestDocument, open_manifest
from app.protocol.sealing import digest_of, unseal
from app.services import documents, drafts, lists
from app.services.correcting import open_correction
from app.services.finalizing import DIFFERS, Finalized, NotComplete, check_draft, finalize
from app.services.kiosk import Kiosk
from app.storage import pages as stored_pages
from app.storage import received, sending
from app.storage.purging import purge
from app.storage.sweeping import sweep_orphans
from tests.builders import (
    ANSWERS,
    PIN,
    SERVICE,
    close_kiosk,
    dark_page,
    enrol,
    filled_draft,
    jpeg_page,
    keep_warnings,
    make_kiosk,
    pdf_file,
)


def _manifest(kiosk: Kiosk, done: Finalized, identity: str) -> Manifest:
    opened = open_manifest(kiosk.store.blobs.read(done.manifest_digest), identity)
    with kiosk.store.read() as session:
        from app.storage.submissions import sender

        found = sender(session)
    assert found
    return opened.verify(found.keys.public().signing)


def _receive(kiosk: Kiosk, done: Finalized) -> None:
    """Take the office's word that it holds everything."""
    with kiosk.store.write() as session:
        submitted = received.submitted(session, done.submission_id)
        assert submitted
        now = kiosk.clock.now()
        received.keep_receipt(session, submitted, b"signed", ("ab" * 32, "PROOF"), now, now)


def _return(kiosk: Kiosk, application_id: str) -> None:
    from app.domain.events import ReturnedItem

    with kiosk.store.write() as session:
        item = ReturnedItem("document", "ktp", "blurred")
        received.keep_returned(session, application_id, (item,), "Again", kiosk.clock.now())


def _files(kiosk: Kiosk) -> set[str]:
    return {path.name for path in kiosk.store.folder.glob("blobs/*/*")}


def test_a_complete_application_becomes_a_signed_manifest_and_sealed_documents(
    kiosk: Kiosk,
) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", pdf_file(2))
    done = finalize(kiosk, draft.application_id, "id")
    manifest = _manifest(kiosk, done, office.identity)
    assert manifest.answers == ANSWERS
    assert manifest.reference == done.reference == parse_reference(done.reference)
    assert (manifest.revision, manifest.consent.language) == (1, "id")
    ktp, proof = manifest.documents
    assert (ktp.need, ktp.page_count, ktp.media_type) == ("ktp", 3, PAGES_TYPE)
    assert (proof.need, proof.type, proof.media_type) == ("proof", "akta", PAGES_TYPE)
    for document in manifest.documents:
        content = unseal(kiosk.store.blobs.read(document.blob_digest), office.identity)
        assert digest_of(content) == document.content_digest
        assert len(content) == document.size_bytes
    assert drafts.load_draft(kiosk, draft.application_id).state == FINALIZED
    with kiosk.store.read() as session:
        (waiting,) = sending.waiting(session)
    assert waiting.submission_id == done.submission_id


def test_what_is_missing_is_named_and_nothing_is_frozen(kiosk: Kiosk) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk, pages={})
    drafts.save_answer(kiosk, draft.application_id, "nik", "12")
    with pytest.raises(NotComplete) as caught:
        finalize(kiosk, draft.application_id, "id")
    where = [problem.where for problem in caught.value.problems]
    assert where == ["nik", "document:ktp", "document:proof"]
    assert drafts.load_draft(kiosk, draft.application_id).state == DRAFT


def test_a_draft_needs_no_enrolment_but_freezing_does(kiosk: Kiosk) -> None:
    draft = filled_draft(kiosk)
    with pytest.raises(UserError, match="not_enrolled"):
        finalize(kiosk, draft.application_id, "id")
    enrol(kiosk)
    assert finalize(kiosk, draft.application_id, "id").reference.startswith("TRM-00001-")


def test_a_warning_kept_with_a_reason_travels_and_is_no_longer_open(kiosk: Kiosk) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    drafts.save_answer(kiosk, draft.application_id, "full_name", "SITI")
    warnings = check_draft(kiosk, draft.application_id)
    assert ("full_name", "name_one_word") in [(w.where, w.code) for w in warnings]
    for warning in warnings:
        drafts.keep_warning(kiosk, draft.application_id, warning.where, warning.code, "true")
    assert check_draft(kiosk, draft.application_id) == ()
    manifest = _manifest(kiosk, finalize(kiosk, draft.application_id, "id"), office.identity)
    assert Override("full_name", "name_one_word", "true") in manifest.overrides


def test_answers_and_papers_nobody_asks_for_any_more_do_not_travel(kiosk: Kiosk) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    drafts.save_answer(kiosk, draft.application_id, "has_old_passport", "yes")
    documents.add_pages(kiosk, draft.application_id, "old", "ktp", jpeg_page("LAMA"))
    drafts.save_answer(kiosk, draft.application_id, "has_old_passport", "no")
    manifest = _manifest(kiosk, finalize(kiosk, draft.application_id, "id"), office.identity)
    assert [document.need for document in manifest.documents] == ["ktp", "proof"]


def test_every_application_has_its_own_reference_until_the_block_is_used_up(
    kiosk: Kiosk,
) -> None:
    enrol(kiosk, first_serial=41, last_serial=42)
    ids = [filled_draft(kiosk).application_id for _ in range(3)]
    assert finalize(kiosk, ids[0], "id").reference.startswith("TRM-00041-")
    assert finalize(kiosk, ids[1], "id").reference.startswith("TRM-00042-")
    with pytest.raises(LocalFault, match="references_used_up"):
        finalize(kiosk, ids[2], "id")
    assert drafts.load_draft(kiosk, ids[2]).state == DRAFT


def test_a_finalized_application_cannot_be_changed(kiosk: Kiosk) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    finalize(kiosk, draft.application_id, "id")
    page_id, application_id = draft.pages[0].id, draft.application_id
    changes: list[Callable[[], object]] = [
        partial(drafts.save_answer, kiosk, application_id, "email", "a@b.example"),
        partial(documents.delete_page, kiosk, page_id),
        partial(documents.turn_page, kiosk, page_id),
        partial(documents.move_page, kiosk, page_id, 0),
        partial(documents.retake_page, kiosk, page_id, jpeg_page("X")),
        partial(documents.add_pages, kiosk, application_id, "ktp", "ktp", jpeg_page("X")),
        partial(drafts.delete_draft, kiosk, application_id),
        partial(finalize, kiosk, application_id, "id"),
    ]
    for change in changes:
        with pytest.raises(UserError, match="not_a_draft"):
            change()


def test_a_correction_sends_only_what_changed(kiosk: Kiosk) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    first = finalize(kiosk, draft.application_id, "id")
    one = _manifest(kiosk, first, office.identity)
    _receive(kiosk, first)
    _return(kiosk, draft.application_id)
    correction = open_correction(kiosk, draft.application_id)
    assert (correction.revision, correction.note) == (2, "Again")
    assert [item.id for item in correction.returned] == ["ktp"]
    ktp = next(page for page in correction.pages if page.need == "ktp")
    documents.retake_page(kiosk, ktp.id, jpeg_page("KTP SHARP"))
    second = finalize(kiosk, draft.application_id, "id")
    two = _manifest(kiosk, second, office.identity)
    assert (two.revision, two.reference) == (2, one.reference)
    assert two.documents[1] == one.documents[1]
    assert two.documents[0].blob_digest != one.documents[0].blob_digest
    changed = kiosk.store.blobs.path(two.documents[0].blob_digest).stat().st_size
    manifest = kiosk.store.blobs.path(second.manifest_digest).stat().st_size
    assert second.queued_bytes == changed + manifest
    after = drafts.load_draft(kiosk, draft.application_id)
    assert (after.state, after.returned, after.note) == (FINALIZED, (), "")


def _without_pages(document: ManifestDocument) -> ManifestDocument:
    return msgspec.structs.replace(document, pages=())


def test_a_correction_after_the_pictures_are_gone_names_what_the_office_holds(
    kiosk: Kiosk,
) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    first = finalize(kiosk, draft.application_id, "id")
    one = _manifest(kiosk, first, office.identity)
    _receive(kiosk, first)
    with kiosk.store.write() as session:
        received.keep_state(session, draft.application_id, "accepted", "", kiosk.clock.now())
        assert purge(session, draft.application_id)
    # Two documents and the manifest; of each page the capture, what is shown, what travelled.
    assert sweep_orphans(kiosk.store, min_age_s=0) == 2 + 1 + 2 * 3
    assert not _files(kiosk)
    _return(kiosk, draft.application_id)
    correction = open_correction(kiosk, draft.application_id)
    ktp, proof = correction.pages
    assert (ktp.is_at_office, proof.is_at_office) == (True, True)
    with pytest.raises(UserError, match="page_at_office"):
        documents.page_picture(kiosk, proof.id, 100)
    documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", jpeg_page("KTP SHARP"))
    two = _manifest(kiosk, finalize(kiosk, draft.application_id, "id"), office.identity)
    assert _without_pages(two.documents[1]) == _without_pages(one.documents[1])
    assert one.documents[1].pages[0].has_original
    assert not two.documents[1].pages[0].has_original
    assert two.documents[0].page_count == 1


def _purged(kiosk: Kiosk) -> Finalized:
    """Return an application that the office holds, returned after its files here were deleted."""
    done = finalize(kiosk, filled_draft(kiosk).application_id, "id")
    _receive(kiosk, done)
    with kiosk.store.write() as session:
        received.keep_state(session, done.application_id, "accepted", "", kiosk.clock.now())
        assert purge(session, done.application_id)
    sweep_orphans(kiosk.store, min_age_s=0)
    _return(kiosk, done.application_id)
    return done


def test_a_paper_that_only_the_office_holds_may_turn_out_to_be_of_another_kind(
    kiosk: Kiosk,
) -> None:
    office = enrol(kiosk)
    one = _purged(kiosk)
    open_correction(kiosk, one.application_id)
    documents.set_document_type(kiosk, one.application_id, "proof", "ijazah")
    two = _manifest(kiosk, finalize(kiosk, one.application_id, "id"), office.identity)
    assert [document.type for document in two.documents] == ["ktp", "ijazah"]


def test_a_paper_that_nobody_holds_any_more_is_asked_for_again(kiosk: Kiosk) -> None:
    enrol(kiosk)
    one = _purged(kiosk)
    with kiosk.store.read() as session:
        lost = received.submitted(session, one.submission_id)
    assert lost
    with kiosk.store.write() as session:
        received.keep_missing(session, lost.document_digests[:1], kiosk.clock.now())
    open_correction(kiosk, one.application_id)
    (problem,) = [p for p in check_draft(kiosk, one.application_id) if p.severity == "error"]
    assert (problem.where, problem.code) == ("document:ktp", "document_missing")
    with pytest.raises(NotComplete):
        finalize(kiosk, one.application_id, "id")
    documents.add_pages(kiosk, one.application_id, "ktp", "ktp", jpeg_page("KTP"))
    assert finalize(kiosk, one.application_id, "id").queued_bytes > 0


def test_an_older_paper_never_stands_in_for_one_that_the_office_lost(kiosk: Kiosk) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    _receive(kiosk, finalize(kiosk, draft.application_id, "id"))
    _return(kiosk, draft.application_id)
    correction = open_correction(kiosk, draft.application_id)
    documents.retake_page(kiosk, correction.pages[0].id, jpeg_page("KTP SHARP"))
    two = finalize(kiosk, draft.application_id, "id")
    _receive(kiosk, two)
    with kiosk.store.write() as session:
        received.keep_state(session, draft.application_id, "accepted", "", kiosk.clock.now())
        purge(session, draft.application_id)
        lost = received.submitted(session, two.submission_id)
        assert lost
        received.keep_missing(session, lost.document_digests[:1], kiosk.clock.now())
    _return(kiosk, draft.application_id)
    open_correction(kiosk, draft.application_id)
    with pytest.raises(NotComplete):
        finalize(kiosk, draft.application_id, "id")


def test_a_file_that_rotted_is_sealed_anew_by_the_correction(kiosk: Kiosk) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    first = finalize(kiosk, draft.application_id, "id")
    rotten = _manifest(kiosk, first, office.identity).documents[0].blob_digest
    kiosk.store.blobs.path(rotten).write_bytes(b"rot")
    with kiosk.store.write() as session:
        sending.set_aside(session, first.submission_id, "blob_torn", kiosk.clock.now())
    open_correction(kiosk, draft.application_id)
    two = _manifest(kiosk, finalize(kiosk, draft.application_id, "id"), office.identity)
    assert two.documents[0].blob_digest != rotten
    for document in two.documents:
        kiosk.store.blobs.read(document.blob_digest)


def test_only_what_came_back_can_be_corrected(kiosk: Kiosk) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    finalize(kiosk, draft.application_id, "id")
    with pytest.raises(UserError, match="not_returned"):
        open_correction(kiosk, draft.application_id)


def test_a_refused_submission_is_replaced_by_its_correction(kiosk: Kiosk) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    first = finalize(kiosk, draft.application_id, "id")
    with kiosk.store.write() as session:
        sending.set_aside(session, first.submission_id, "refused", kiosk.clock.now())
    open_correction(kiosk, draft.application_id)
    second = finalize(kiosk, draft.application_id, "id")
    with kiosk.store.read() as session:
        assert [w.submission_id for w in sending.waiting(session)] == [second.submission_id]


def test_training_never_enters_the_outbox(kiosk: Kiosk) -> None:
    draft = drafts.start_draft(kiosk, SERVICE, PIN, is_training=True)
    for field, value in ANSWERS.items():
        drafts.save_answer(kiosk, draft.application_id, field, value)
    for need, kind in (("ktp", "ktp"), ("proof", "akta")):
        documents.add_pages(kiosk, draft.application_id, need, kind, jpeg_page(need))
    keep_warnings(kiosk, draft.application_id)
    enrol(kiosk)
    done = finalize(kiosk, draft.application_id, "id")
    assert (done.reference, done.queued_bytes) == ("", 0)
    with kiosk.store.read() as session:
        assert sending.waiting(session) == ()


def test_an_answer_changed_while_sealing_stops_the_freezing(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    assemble = kiosk.imaging.assemble

    def assemble_slowly(pages: tuple[object, ...]) -> object:
        drafts.save_answer(kiosk, draft.application_id, "email", "lain@contoh.example")
        return assemble(pages)  # type: ignore[arg-type]

    monkeypatch.setattr(kiosk.imaging, "assemble", assemble_slowly)
    with pytest.raises(UserError, match="changed_meanwhile"):
        finalize(kiosk, draft.application_id, "id")
    assert drafts.load_draft(kiosk, draft.application_id).state == DRAFT


def test_orphans_are_swept_and_everything_named_stays(tmp_path: Path) -> None:
    kiosk = make_kiosk(tmp_path)
    enrol(kiosk)
    finalize(kiosk, filled_draft(kiosk).application_id, "id")
    filled_draft(kiosk)
    kept = _files(kiosk)
    kiosk.store.blobs.put(b"orphan")
    (tmp_path / "blobs" / "ab").mkdir(exist_ok=True)
    (tmp_path / "blobs" / "ab" / "0123.part").write_bytes(b"half")
    assert sweep_orphans(kiosk.store) == 0
    assert sweep_orphans(kiosk.store, min_age_s=0) == 2
    assert _files(kiosk) == kept
    close_kiosk(kiosk)


def test_details_tell_the_whole_story(kiosk: Kiosk) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    done = finalize(kiosk, draft.application_id, "id")
    _receive(kiosk, done)
    found = lists.details(kiosk, draft.application_id)
    assert [entry.what for entry in found.timeline] == ["started", "finalized", "received"]
    assert found.submissions[0].proof
    assert found.nik.endswith("0001")
    assert ANSWERS["nik"] not in msgspec.json.encode(found).decode()
    assert [(d.need, d.page_count) for d in found.documents] == [("ktp", 1), ("proof", 1)]


def test_a_warning_that_nobody_kept_holds_the_application_back(kiosk: Kiosk) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    drafts.save_answer(kiosk, draft.application_id, "nik", "9901014508900002")
    with pytest.raises(NotComplete) as error:
        finalize(kiosk, draft.application_id, "id")
    assert [(one.where, one.code) for one in error.value.problems] == [("nik", "nik_specimen")]
    keep_warnings(kiosk, draft.application_id)
    finalize(kiosk, draft.application_id, "id")


def test_a_page_that_is_not_good_holds_the_application_back_until_it_is_kept(
    kiosk: Kiosk,
) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk, pages={"ktp": dark_page("KTP"), "proof": jpeg_page("AKTA")})
    with pytest.raises(NotComplete) as caught:
        finalize(kiosk, draft.application_id, "id")
    (problem,) = caught.value.problems
    assert (problem.where, problem.code) == ("document:ktp", "page_not_good")
    assert problem.params == {"page": "1"}
    ktp = next(page for page in draft.pages if page.need == "ktp")
    documents.retake_page(kiosk, ktp.id, dark_page("KTP"), "camera")
    documents.keep_page(kiosk, ktp.id, "lampu mati")
    manifest = _manifest(kiosk, finalize(kiosk, draft.application_id, "id"), office.identity)
    (page,) = manifest.documents[0].pages
    assert (page.source, page.findings, page.kept_reason) == ("camera", ("too_dark",), "lampu mati")
    assert page.has_original
    (good,) = manifest.documents[1].pages
    assert (good.source, good.findings, good.kept_reason) == ("file", (), "")
    assert good.form in ("layers", "avif")


def test_a_paper_that_says_something_else_warns_and_travels_as_a_finding(kiosk: Kiosk) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    _read_on_ktp(kiosk, draft.application_id, "9901014508900002")
    (warning,) = check_draft(kiosk, draft.application_id)
    assert (warning.where, warning.code, warning.severity) == ("nik", DIFFERS, "warning")
    with pytest.raises(NotComplete):
        finalize(kiosk, draft.application_id, "id")
    drafts.keep_warning(kiosk, draft.application_id, "nik", DIFFERS, "salah baca")
    manifest = _manifest(kiosk, finalize(kiosk, draft.application_id, "id"), office.identity)
    (finding,) = manifest.findings
    assert (finding.where, finding.code) == ("nik", DIFFERS)
    assert finding.params["read"] == "9901014508900002"
    assert Override("nik", DIFFERS, "salah baca") in manifest.overrides


def test_a_paper_that_says_the_same_is_no_finding(kiosk: Kiosk) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    _read_on_ktp(kiosk, draft.application_id, ANSWERS["nik"])
    manifest = _manifest(kiosk, finalize(kiosk, draft.application_id, "id"), office.identity)
    assert manifest.findings == ()


def _read_on_ktp(kiosk: Kiosk, application_id: str, nik: str) -> None:
    """Let the kiosk have read a number on the KTP."""
    with kiosk.store.write() as session:
        (ktp,) = stored_pages.pages_of(session, application_id, "ktp")
        field = ReadField("nik", nik, 0.99, Place(0.3, 0.2, 0.4, 0.1))
        reading = PaperReading("ktp", (field,), is_vouched=True)
        stored_pages.set_picture(session, ktp.id, msgspec.structs.replace(ktp, reading=reading))


def test_turned_pages_arrive_turned(kiosk: Kiosk) -> None:
    office = enrol(kiosk)
    draft = filled_draft(kiosk)
    ktp = next(page for page in draft.pages if page.need == "ktp")
    documents.turn_page(kiosk, ktp.id)
    manifest = _manifest(kiosk, finalize(kiosk, draft.application_id, "id"), office.identity)
    named = manifest.documents[0]
    content = unseal(kiosk.store.blobs.read(named.blob_digest), office.identity)
    shown = kiosk.imaging.present(content, named.media_type, "jpeg")
    width, height = Image.open(io.BytesIO(shown)).size
    assert height > width


def test_finalizing_may_be_stopped_while_pages_are_made_small(kiosk: Kiosk) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    stop = threading.Event()
    stop.set()
    with pytest.raises(UserError, match="stopped"):
        finalize(kiosk, draft.application_id, "id", stop)
    assert drafts.load_draft(kiosk, draft.application_id).state == DRAFT
