"""Pages are encoded and read behind the screens: once, in order, and never against a person."""

from __future__ import annotations

import threading

import pytest

from app.domain.news import News, PageDeveloped, PageTaken
from app.domain.papers.lines import PageText, PaperReading
from app.errors import LocalFault, UserError
from app.imaging.requests import EncodedPage, Prepared
from app.services import documents, drafts
from app.services.developing import Developer, develop_next, develop_page
from app.services.drafts import Draft
from app.services.kiosk import Kiosk
from app.storage import pages as stored_pages
from app.storage.pages import StoredPage
from tests.builders import PIN, SERVICE, jpeg_page
from tests.fakes import FakeClock


@pytest.fixture
def draft(kiosk: Kiosk) -> Draft:
    return drafts.start_draft(kiosk, SERVICE, PIN)


def _add(kiosk: Kiosk, draft: Draft, text: str = "1", need: str = "ktp") -> str:
    (page,) = documents.add_pages(kiosk, draft.application_id, need, "ktp", jpeg_page(text))
    return page.id


def _stored(kiosk: Kiosk, page_id: str) -> StoredPage:
    with kiosk.store.read() as session:
        page = stored_pages.page(session, page_id)
    assert page
    return page


def _files(kiosk: Kiosk) -> int:
    return len(list(kiosk.store.folder.glob("blobs/*/*")))


def test_pages_are_developed_oldest_first_and_once(kiosk: Kiosk, draft: Draft) -> None:
    one = _add(kiosk, draft)
    assert isinstance(kiosk.clock, FakeClock)
    kiosk.clock.pass_time(1)
    two = _add(kiosk, draft, "2")
    assert [develop_next(kiosk), develop_next(kiosk), develop_next(kiosk)] == [one, two, None]
    for page in drafts.load_draft(kiosk, draft.application_id).pages:
        assert page.is_developed
        assert 0 < page.encoded_bytes < page.size_bytes


def test_a_developed_page_is_told(kiosk: Kiosk, draft: Draft) -> None:
    news: list[News] = []
    page = _add(kiosk, draft)
    kiosk.announcer.subscribe(news.append)
    develop_next(kiosk)
    assert news == [PageDeveloped(draft.application_id, page)]


def test_turning_reads_again_but_never_encodes_again(kiosk: Kiosk, draft: Draft) -> None:
    page = _add(kiosk, draft)
    develop_next(kiosk)
    encoded = _stored(kiosk, page).encoded_digest
    news: list[News] = []
    kiosk.announcer.subscribe(news.append)
    assert not documents.turn_page(kiosk, page).is_developed
    assert news == [PageTaken(draft.application_id, page)]
    assert develop_next(kiosk) == page
    assert _stored(kiosk, page).encoded_digest == encoded


def test_a_page_taken_again_leaves_no_travelling_form_of_the_old_picture(
    kiosk: Kiosk, draft: Draft
) -> None:
    page = _add(kiosk, draft)
    develop_next(kiosk)
    assert _files(kiosk) == 3
    assert not documents.retake_page(kiosk, page, jpeg_page("SHARP")).is_developed
    assert _files(kiosk) == 2


def test_what_was_made_of_a_picture_that_is_gone_is_dropped(
    kiosk: Kiosk, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _add(kiosk, draft)
    encode = kiosk.imaging.encode

    def encode_slowly(prepared: Prepared, *others: object) -> EncodedPage:
        made = encode(prepared, *others)  # type: ignore[arg-type]
        monkeypatch.undo()
        documents.retake_page(kiosk, page, jpeg_page("SHARP"))
        return made

    monkeypatch.setattr(kiosk.imaging, "encode", encode_slowly)
    develop_page(kiosk, page)
    assert _stored(kiosk, page).encoded_digest == ""
    assert _files(kiosk) == 2
    assert develop_next(kiosk) == page
    assert _stored(kiosk, page).is_developed


def test_a_page_deleted_meanwhile_is_no_fault(
    kiosk: Kiosk, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _add(kiosk, draft)
    encode = kiosk.imaging.encode

    def encode_slowly(prepared: Prepared, *others: object) -> EncodedPage:
        documents.delete_page(kiosk, page)
        return encode(prepared, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(kiosk.imaging, "encode", encode_slowly)
    develop_page(kiosk, page)
    assert _files(kiosk) == 0


def test_a_page_that_nobody_can_read_travels_all_the_same(
    kiosk: Kiosk, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> PageText:
        raise UserError("file_unreadable")

    page = _add(kiosk, draft)
    monkeypatch.setattr(kiosk.imaging, "read_text", refuse)
    develop_page(kiosk, page)
    assert _stored(kiosk, page).reading == PaperReading()


def test_a_stopped_development_goes_on_where_it_was(kiosk: Kiosk, draft: Draft) -> None:
    page = _add(kiosk, draft)
    stop = threading.Event()
    stop.set()
    with pytest.raises(UserError, match="stopped"):
        develop_page(kiosk, page, stop)
    assert develop_next(kiosk) == page


def test_a_page_of_an_older_program_is_prepared_before_it_is_encoded(
    kiosk: Kiosk, draft: Draft
) -> None:
    page = _add(kiosk, draft)
    before = _stored(kiosk, page)
    with kiosk.store.write() as session:
        from app.storage.tables import PageRow

        row = session.get_one(PageRow, page)
        row.blob_digest, row.outline, row.width, row.turns = row.original_digest, "", 0, 1
    kiosk.store.blobs.delete(before.blob_digest)
    develop_page(kiosk, page)
    after = _stored(kiosk, page)
    assert (after.turns, after.width, after.original_digest) == (
        1,
        before.width,
        before.original_digest,
    )
    assert after.is_developed
    assert _files(kiosk) == 3


def test_the_thread_develops_what_comes_and_ends_in_the_midst_of_a_page(
    kiosk: Kiosk, draft: Draft
) -> None:
    developed = threading.Event()
    kiosk.announcer.subscribe(
        lambda news: developed.set() if isinstance(news, PageDeveloped) else None
    )
    developer = Developer(kiosk)
    developer.start()
    page = _add(kiosk, draft)
    assert developed.wait(100)
    assert _stored(kiosk, page).is_developed
    _add(kiosk, draft, "2")
    assert developer.stop(20)
    assert develop_next(kiosk)


def test_a_page_whose_file_was_lost_holds_up_no_other(kiosk: Kiosk, draft: Draft) -> None:
    lost = _add(kiosk, draft)
    kiosk.store.blobs.delete(_stored(kiosk, lost).blob_digest)
    page = _add(kiosk, draft, "2")
    with pytest.raises(LocalFault, match="blob_missing"):
        develop_next(kiosk)
    developed = threading.Event()
    kiosk.announcer.subscribe(
        lambda news: developed.set() if news == PageDeveloped(draft.application_id, page) else None
    )
    developer = Developer(kiosk, first_look_after_s=0)
    developer.start()
    assert developed.wait(100)
    assert developer.stop(20)


def test_a_thread_that_never_began_ends_at_once(kiosk: Kiosk) -> None:
    assert Developer(kiosk).stop(0)
