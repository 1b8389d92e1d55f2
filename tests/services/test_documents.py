"""Pages of documents: added, turned, moved, taken again, deleted."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from app.errors import LocalFault, UserError
from app.services import documents, drafts
from app.services.drafts import Draft
from app.services.kiosk import Kiosk
from tests.builders import PIN, SERVICE, jpeg_page, pdf_file


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
    assert _files(kiosk) == 2
    with pytest.raises(UserError, match="page_unknown"):
        documents.delete_page(kiosk, two)


def test_a_page_taken_again_keeps_its_place_and_stands_unturned(kiosk: Kiosk, draft: Draft) -> None:
    one, two = _add(kiosk, draft, pdf_file(2))
    documents.turn_page(kiosk, one)
    again = documents.replace_page(kiosk, one, jpeg_page("sharp"))
    assert (again.id, again.position, again.turns) == (one, 0, 0)
    assert again.media_type == "image/jpeg"
    assert _pages(kiosk, draft) == [one, two]
    assert _files(kiosk) == 2


def test_a_picture_shows_the_turn(kiosk: Kiosk, draft: Draft) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1", (400, 200)))
    for turns, size in ((1, (50, 100)), (2, (100, 50)), (3, (50, 100)), (0, (100, 50))):
        assert documents.turn_page(kiosk, page).turns == turns
        picture = documents.page_picture(kiosk, page, 100)
        assert Image.open(io.BytesIO(picture)).size == size


def test_a_refused_file_changes_nothing(kiosk: Kiosk, draft: Draft) -> None:
    _add(kiosk, draft, jpeg_page("1"))
    with pytest.raises(UserError, match="file_kind_unknown"):
        _add(kiosk, draft, b"hello")
    assert len(_pages(kiosk, draft)) == _files(kiosk) == 1


def test_a_lost_or_changed_file_is_told(kiosk: Kiosk, draft: Draft) -> None:
    (page,) = _add(kiosk, draft, jpeg_page("1"))
    (path,) = kiosk.store.folder.glob("blobs/*/*")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LocalFault, match="blob_torn"):
        documents.page_picture(kiosk, page, 100)
    path.unlink()
    with pytest.raises(LocalFault, match="blob_missing"):
        documents.page_picture(kiosk, page, 100)


def test_a_document_is_bounded_as_a_whole(
    kiosk: Kiosk, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = jpeg_page("1")
    monkeypatch.setattr(documents, "MOST_DOCUMENT_BYTES", len(content) + 10)
    _add(kiosk, draft, content)
    with pytest.raises(UserError, match="document_too_large"):
        _add(kiosk, draft, content)
    assert len(_pages(kiosk, draft)) == _files(kiosk) == 1


def test_a_paper_takes_no_more_pages_than_its_kind_has(kiosk: Kiosk, draft: Draft) -> None:
    catalogue = kiosk.catalogues.of(draft.catalogue_version)
    most = catalogue.document_type("ktp").max_pages
    documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", pdf_file(most))
    with pytest.raises(UserError) as error:
        documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", jpeg_page("one more"))
    assert (error.value.code, error.value.params) == ("document_has_too_many_pages", {"most": most})
    assert len(drafts.load_draft(kiosk, draft.application_id).pages) == most
