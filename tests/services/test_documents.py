"""Pages of documents: added, turned, moved, taken again, deleted."""

from __future__ import annotations

import io
import threading

import msgspec
import pytest
from PIL import Image

from app.domain.catalogue import Look
from app.domain.judgement import Outline, PageFinding, Place, Verdict
from app.errors import LocalFault, UserError
from app.imaging.requests import Prepared
from app.services import documents, drafts
from app.services.drafts import Draft
from app.services.kiosk import Kiosk
from app.storage import pages as stored_pages
from tests.builders import PIN, SERVICE, dark_page, jpeg_page, pdf_file


@pytest.fixture
def draft(kiosk: Kiosk) -> Draft:
    return drafts.start_draft(kiosk, SERVICE, PIN)


def _add(kiosk: Kiosk, draft: Draft, content: bytes, kind: str = "akta") -> list[str]:
    pages = documents.add_pages(kiosk, draft.application_id, "proof", kind, content)
    return [page.id for page in pages]


def _pages(kiosk: Kiosk, draft: Draft) -> list[str]:
    return [page.id for page in drafts.load_draft(kiosk, draft.application_id).pages]


def _files(kiosk: Kiosk) -> int:
    return len(list(kiosk.store.folder.glob("blobs/*/*")))


def test_pages_come_after_those_already_there(kiosk: Kiosk, draft: Draft) -> None:
    added = _add(kiosk, draft, jpeg_page("1")) + _add(kiosk, draft, pdf_file(2))
    assert _pages(kiosk, draft) == added
    positions = [page.position for page in drafts.load_draft(kiosk, draft.application_id).pages]
    assert positions == [0, 1, 2]


def test_all_pages_of_a_document_are_of_the_type_chosen_last(kiosk: Kiosk, draft: Draft) -> None:
    _add(kiosk, draft, jpeg_page("1"), "akta")
    _add(kiosk, draft, jpeg_page("2"), "ijazah")
    kinds = {page.type for page in drafts.load_draft(kiosk, draft.application_id).pages}
    assert kinds == {"ijazah"}


def test_a_page_moves(kiosk: Kiosk, draft: Draft) -> None:
    one, two, three = _add(kiosk, draft, pdf_file(3))
    moved = documents.move_page(kiosk, three, 0)
    assert [page.id for page in moved] == _pages(kiosk, draft) == [three, one, two]
    documents.move_page(kiosk, three, 99)
    assert _pages(kiosk, draft) == [one, two, three]


def test_a_deleted_page_leaves_its_file_too_and_no_gap(kiosk: Kiosk, draft: Draft) -> None:
    one, two, three = _add(kiosk, draft, pdf_file(3))
    documents.delete_page(kiosk, two)
    assert _pages(kiosk, draft) == [one, three]
    # Of each page: as it came, and as it is shown.
    assert _files(kiosk) == 2 * 2
    with pytest.raises(UserError, match="page_unknown"):
        documents.delete_page(kiosk, two)


def test_a_page_taken_again_keeps_its_place_and_stands_unturned(kiosk: Kiosk, draft: Draft) -> None:
    one, two = _add(kiosk, draft, pdf_file(2))
    documents.turn_page(kiosk, one)
    again = documents.retake_page(kiosk, one, jpeg_page("sharp"), "camera")
    assert (again.id, again.position, again.turns) == (one, 0, 0)
    assert (again.tries, again.source) == (2, "camera")
    assert _pages(kiosk, draft) == [one, two]
    assert _files(kiosk) == 2 * 2


def test_a_picture_shows_the_turn(kiosk: Kiosk, draft: Draft) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1", (400, 200)))
    for turns, size in ((1, (50, 100)), (2, (100, 50)), (3, (50, 100)), (0, (100, 50))):
        assert documents.turn_page(kiosk, page).turns == turns
        picture = documents.page_picture(kiosk, page, 100)
        shown = Image.open(io.BytesIO(picture)).size
        assert shown == pytest.approx(size, abs=2)


def test_a_refused_file_changes_nothing(kiosk: Kiosk, draft: Draft) -> None:
    _add(kiosk, draft, jpeg_page("1"))
    with pytest.raises(UserError, match="file_kind_unknown"):
        _add(kiosk, draft, b"hello")
    assert len(_pages(kiosk, draft)) == 1
    assert _files(kiosk) == 2


def test_a_lost_or_changed_file_is_told(kiosk: Kiosk, draft: Draft) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1"))
    with kiosk.store.read() as session:
        stored = stored_pages.page(session, page)
    assert stored
    path = kiosk.store.blobs.path(stored.blob_digest)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LocalFault, match="blob_torn"):
        documents.page_picture(kiosk, page, 100)
    path.unlink()
    with pytest.raises(LocalFault, match="blob_missing"):
        documents.page_picture(kiosk, page, 100)


def test_a_paper_takes_no_more_pages_than_its_kind_has(kiosk: Kiosk, draft: Draft) -> None:
    catalogue = kiosk.catalogues.of(draft.catalogue_version)
    most = catalogue.document_type("ktp").max_pages
    documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", pdf_file(most))
    with pytest.raises(UserError) as error:
        documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", jpeg_page("one more"))
    assert (error.value.code, error.value.params) == ("document_has_too_many_pages", {"most": most})
    assert len(drafts.load_draft(kiosk, draft.application_id).pages) == most


def test_pages_stopped_on_their_way_leave_nothing(kiosk: Kiosk, draft: Draft) -> None:
    stop = threading.Event()
    with pytest.raises(UserError, match="stopped"):
        documents.add_pages(
            kiosk, draft.application_id, "proof", "akta", pdf_file(3), stop=stop,
            told=lambda done, _: stop.set() if done == 1 else None,
        )  # fmt: skip
    assert not _pages(kiosk, draft)
    assert _files(kiosk) == 0


def test_it_is_told_how_far_a_file_of_many_pages_is(kiosk: Kiosk, draft: Draft) -> None:
    told: list[tuple[int, int]] = []
    documents.add_pages(
        kiosk, draft.application_id, "proof", "akta", pdf_file(2),
        told=lambda done, all: told.append((done, all)),
    )  # fmt: skip
    assert told == [(0, 2), (1, 2)]


def test_a_page_that_is_not_good_is_kept_after_a_second_picture_with_a_reason(
    kiosk: Kiosk, draft: Draft
) -> None:
    (page,) = _add(kiosk, draft, dark_page("KTP"))
    (shown,) = drafts.load_draft(kiosk, draft.application_id).pages
    assert [finding.code for finding in shown.verdict.findings] == ["too_dark"]
    assert not shown.may_keep
    with pytest.raises(UserError, match="try_again_first"):
        documents.keep_page(kiosk, page, "gelap sekali")
    assert documents.retake_page(kiosk, page, dark_page("KTP")).may_keep
    with pytest.raises(UserError, match="reason_missing"):
        documents.keep_page(kiosk, page, "  ")
    kept = documents.keep_page(kiosk, page, "  lampu mati ")
    assert (kept.kept_reason, kept.may_keep) == ("lampu mati", False)
    assert documents.retake_page(kiosk, page, dark_page("KTP")).kept_reason == ""


def test_nobody_needs_a_reason_for_a_page_that_is_good(kiosk: Kiosk, draft: Draft) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1"))
    documents.retake_page(kiosk, page, jpeg_page("1"))
    assert documents.keep_page(kiosk, page, "bagus").kept_reason == ""


def test_corners_set_by_hand_crop_the_capture_anew(kiosk: Kiosk, draft: Draft) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1"))
    documents.turn_page(kiosk, page)
    half = Outline(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
    cropped = documents.set_outline(kiosk, page, half)
    assert (cropped.tries, cropped.turns, cropped.outline) == (1, 1, half)
    width, height = Image.open(io.BytesIO(documents.page_picture(kiosk, page, 320))).size
    assert (width, height) == pytest.approx((320, 256), abs=4)
    whole = Image.open(io.BytesIO(documents.original_picture(kiosk, page, 320))).size
    assert whole == (320, 200)
    assert _files(kiosk) == 2


def test_places_on_a_page_turn_with_it(kiosk: Kiosk, draft: Draft) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1"))
    with kiosk.store.write() as session:
        stored = stored_pages.page(session, page)
        assert stored
        verdict = Verdict((PageFinding("glare", Place(0.1, 0.2, 0.3, 0.4)),))
        stored_pages.set_picture(session, page, msgspec.structs.replace(stored, verdict=verdict))
    (finding,) = documents.turn_page(kiosk, page).verdict.findings
    assert finding.place
    assert msgspec.structs.astuple(finding.place) == pytest.approx((0.4, 0.1, 0.4, 0.3))


def test_a_page_changed_meanwhile_keeps_the_other_change(
    kiosk: Kiosk, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1"))
    prepare = kiosk.imaging.prepare

    def prepare_slowly(*arguments: object) -> object:
        monkeypatch.undo()
        documents.turn_page(kiosk, page)
        return prepare(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(kiosk.imaging, "prepare", prepare_slowly)
    with pytest.raises(UserError, match="changed_meanwhile"):
        documents.retake_page(kiosk, page, jpeg_page("2"))
    (shown,) = drafts.load_draft(kiosk, draft.application_id).pages
    assert (shown.turns, shown.tries) == (1, 1)
    assert _files(kiosk) == 2


def test_another_type_of_paper_is_judged_anew(kiosk: Kiosk, draft: Draft) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1"))
    documents.set_document_type(kiosk, draft.application_id, "proof", "ijazah")
    (shown,) = drafts.load_draft(kiosk, draft.application_id).pages
    assert (shown.id, shown.type, shown.tries) == (page, "ijazah", 1)


def test_what_is_printed_on_a_first_page_is_not_missed_on_the_others(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Look(labels=("SURAT",), labels_on="first_page")
    catalogue = kiosk.catalogues.current()
    kinds = tuple(msgspec.structs.replace(k, look=look) for k in catalogue.document_types)
    changed = msgspec.structs.replace(catalogue, document_types=kinds)
    monkeypatch.setattr(kiosk.catalogues, "of", lambda _: changed)
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    awaited: list[tuple[str, ...]] = []
    judge = kiosk.imaging.judge

    def judge_and_note(prepared: Prepared, look: Look, stop: object = None) -> Verdict:
        awaited.append(look.labels)
        return judge(prepared, look)

    monkeypatch.setattr(kiosk.imaging, "judge", judge_and_note)
    one, two, _ = _add(kiosk, draft, pdf_file(3))
    assert awaited == [("SURAT",), (), ()]
    documents.move_page(kiosk, two, 0)
    assert awaited[3:] == [(), ("SURAT",)]
    documents.delete_page(kiosk, two)
    assert awaited[5:] == [("SURAT",)]
    documents.retake_page(kiosk, one, jpeg_page("1"))
    assert awaited[6:] == [("SURAT",)]
