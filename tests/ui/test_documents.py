"""The pages of a paper: chosen, dropped, seen, turned, ordered, replaced, refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent

from app.errors import AppError, LocalFault, UserError
from app.services import drafts
from app.services.drafts import PageView
from app.ui.applicant import route
from app.ui.applicant.document import DocumentScreen
from app.ui.applicant.files import read_files, write_file
from app.ui.applicant.journey import journey_of
from app.ui.applicant.page_card import PageCard
from tests.builders import pdf_file
from tests.ui.making import House, page_picture, settle, started, words_of
from tests.ui.person import Person


@pytest.fixture
def at_ktp(house: House, person: Person) -> DocumentScreen:
    return open_need(house, person, "ktp")


def open_need(house: House, person: Person, need: str) -> DocumentScreen:
    journey = journey_of(house.kiosk, started(house.kiosk))
    route.show(person.window, journey, f"document:{need}")
    settle(person.window)
    screen = person.screen
    assert isinstance(screen, DocumentScreen)
    return screen


def give(person: Person, screen: DocumentScreen, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    screen.add_files([path])
    settle(person.window)


def stored(house: House, screen: DocumentScreen) -> tuple[PageView, ...]:
    return drafts.load_draft(house.kiosk, screen.journey.id).pages


def test_pages_are_turned_ordered_replaced_and_deleted(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    for number in range(2):
        give(person, at_ktp, tmp_path / f"{number}.jpg", page_picture(f"KTP {number}"))
    first, second = stored(house, at_ktp)
    person.press("turn_1")
    assert stored(house, at_ktp)[0].turns == 1
    person.press("later_1")
    assert [page.id for page in stored(house, at_ktp)] == [second.id, first.id]
    person.press("delete_1")
    assert len(stored(house, at_ktp)) == 2, "asked first"
    person.press("sheet_danger")
    assert [page.id for page in stored(house, at_ktp)] == [first.id]
    card = person.screen.findChildren(PageCard)[0]
    assert not card.picture.pixmap().isNull()


def test_a_pdf_of_three_pages_becomes_three_pages(
    house: House, person: Person, tmp_path: Path
) -> None:
    letter = open_need(house, person, "authority_letter")
    give(person, letter, tmp_path / "scan.pdf", pdf_file(3))
    assert len(stored(house, letter)) == 3
    assert person.sees("Halaman 3 dari 3")


def test_a_paper_with_too_many_pages_is_refused_in_words(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "scan.pdf", pdf_file(3))
    assert stored(house, at_ktp) == ()
    assert person.sees("Terlalu banyak halaman untuk berkas ini")


def test_a_file_that_is_no_picture_is_refused_in_words_and_the_page_still_works(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "letter.jpg", b"not a picture at all")
    assert stored(house, at_ktp) == ()
    assert person.has("close_banner")
    give(person, at_ktp, tmp_path / "good.jpg", page_picture("KTP"))
    assert len(stored(house, at_ktp)) == 1
    assert not person.has("close_banner"), "it was about the file before"


def test_dropping_a_file_adds_it(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    path = tmp_path / "dropped.jpg"
    path.write_bytes(page_picture("KTP"))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)), QUrl("https://example.invalid/a.jpg")])
    drop = QDropEvent(
        QPoint(10, 10).toPointF(),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    at_ktp.dropEvent(drop)
    settle(person.window)
    assert len(stored(house, at_ktp)) == 1


def test_one_of_several_papers_will_do_and_can_be_changed_later(
    house: House, person: Person, tmp_path: Path
) -> None:
    screen = open_need(house, person, "birth_proof")
    person.press("type_birth_proof:school_certificate")
    give(person, screen, tmp_path / "ijazah.jpg", page_picture("IJAZAH"))
    assert stored(house, screen)[0].type == "school_certificate"
    person.press("type_birth_proof:birth_certificate")
    assert stored(house, screen)[0].type == "birth_certificate"


def test_a_missing_paper_is_said_and_may_wait(
    house: House, person: Person, at_ktp: DocumentScreen
) -> None:
    person.press("primary")
    assert person.screen is at_ktp
    assert person.sees("Berkas ini belum ada")
    person.press("later")
    assert person.screen is not at_ktp


def test_files_are_read_and_written_with_our_own_errors(tmp_path: Path) -> None:
    with pytest.raises(LocalFault, match="file_unreadable"):
        read_files([tmp_path / "pulled out.jpg"])
    huge = tmp_path / "film.avi"
    with huge.open("wb") as made:
        made.truncate(26 << 20)
    with pytest.raises(UserError, match="file_too_large") as refused:
        read_files([huge])
    with pytest.raises(LocalFault, match="file_not_written"):
        write_file(tmp_path / "no such folder" / "slip.pdf", b"%PDF")
    for language in ("id", "en"):
        words = words_of("id" if language == "id" else "en")
        told: list[AppError] = [refused.value, LocalFault("file_unreadable")]
        told += [LocalFault(code) for code in ("printer_missing", "printer_failed")]
        told += [LocalFault(code) for code in ("voice_missing", "file_not_written")]
        for error in told:
            assert words.error(error)[0] != words("errors.unknown.title"), error
