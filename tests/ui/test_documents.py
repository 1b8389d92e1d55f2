"""The pages of a paper: from files, dropped, seen, turned, ordered, refused, said in words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent

from app.errors import AppError, LocalFault, UserError
from app.imaging.limits import MOST_FILE_BYTES
from app.services import drafts
from app.services.developing import develop_next
from app.services.drafts import PageView
from app.ui.applicant import route
from app.ui.applicant.document import DocumentScreen
from app.ui.applicant.files import read_file, write_file
from app.ui.applicant.journey import journey_of
from app.ui.applicant.page_card import PageCard
from app.ui.widgets.sheet import Sheet
from tests.builders import pdf_file
from tests.ui.making import House, settle, started, words_of
from tests.ui.papers import blurred, glaring, paper
from tests.ui.person import Person


@pytest.fixture
def at_ktp(house: House, person: Person) -> DocumentScreen:
    return open_need(house, person, "ktp")


def open_need(house: House, person: Person, need: str) -> DocumentScreen:
    journey = journey_of(house.kiosk, started(house.kiosk, {}))
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


def cards(person: Person) -> list[PageCard]:
    return [card for card in person.screen.findChildren(PageCard) if card.isVisible()]


def test_pages_are_turned_ordered_and_deleted(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    for number in range(2):
        give(person, at_ktp, tmp_path / f"{number}.jpg", paper("ktp", number + 1))
    first, second = stored(house, at_ktp)
    person.press("turn_1")
    assert stored(house, at_ktp)[0].turns == 1
    person.press("later_1")
    assert [page.id for page in stored(house, at_ktp)] == [second.id, first.id]
    person.press("delete_1")
    (sheet,) = person.window.findChildren(Sheet)
    held = sheet.focusWidget()
    assert held is not None
    assert held.accessibleName() == "Batal", "a second Enter takes nothing away"
    assert len(stored(house, at_ktp)) == 2, "asked first"
    person.press("sheet_danger")
    assert [page.id for page in stored(house, at_ktp)] == [first.id]
    (card,) = cards(person)
    assert not card.picture.picture.isNull()
    assert card.picture.picture.height() > card.picture.picture.width(), "shown as it was turned"


def test_a_good_page_is_called_good_and_the_way_goes_on(
    person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "ktp.jpg", paper("ktp"))
    assert person.sees("Gambar baik")
    assert not person.has("later"), "nothing is left to be done later"
    assert person.primary() == "Lanjut"
    person.press("primary")
    assert person.screen is not at_ktp


def test_a_page_that_is_not_good_says_why_and_where_and_asks_for_another_try(
    person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "ktp.jpg", glaring("ktp"))
    assert person.sees("Perlu diambil lagi")
    assert person.sees("1. Ada pantulan cahaya")
    (card,) = cards(person)
    (place, number), *_ = card.picture.marks
    assert number == "1"
    assert 0 <= place.left < place.left + place.width <= 1
    assert person.primary() == "Ganti berkas"
    assert person.sees("Coba sekali lagi dulu")
    assert not person.has("keep_page_1")
    person.press("later")
    assert person.screen is not at_ktp, "nobody is held up: the check page asks again"


def test_a_page_is_kept_with_a_reason_after_its_second_try_only(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    path = tmp_path / "ktp.jpg"
    give(person, at_ktp, path, blurred("ktp"))
    (page,) = stored(house, at_ktp)
    at_ktp.retake_from(path, page.id)
    settle(person.window)
    assert stored(house, at_ktp)[0].tries == 2
    person.press("keep_page_1")
    assert person.has("close_banner"), "a reason is needed"
    person.type("reason_page_1", "KTP saya sudah pudar")
    person.press("keep_page_1")
    assert stored(house, at_ktp)[0].kept_reason == "KTP saya sudah pudar"
    assert person.sees("Dipakai apa adanya")
    assert person.sees("Alasan Anda: KTP saya sudah pudar")
    assert person.primary() == "Lanjut"


def test_a_pdf_of_three_pages_becomes_three_pages(
    house: House, person: Person, tmp_path: Path
) -> None:
    letter = open_need(house, person, "authority_letter")
    give(person, letter, tmp_path / "scan.pdf", pdf_file(3))
    assert len(stored(house, letter)) == 3
    assert person.sees("Halaman 3 dari 3")


def test_a_paper_takes_no_more_pages_than_its_kind_has(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "scan.pdf", pdf_file(3))
    assert stored(house, at_ktp) == ()
    assert person.sees("Terlalu banyak halaman untuk berkas ini")
    for number in range(2):
        assert person.has("take_file") or number == 0
        give(person, at_ktp, tmp_path / f"{number}.jpg", paper("ktp", number + 1))
    assert not person.has("take_file"), "a card has two sides"


def test_a_file_that_is_no_picture_is_refused_in_words_and_the_page_still_works(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "letter.jpg", b"not a picture at all")
    assert stored(house, at_ktp) == ()
    assert person.has("close_banner")
    give(person, at_ktp, tmp_path / "good.jpg", paper("ktp"))
    assert len(stored(house, at_ktp)) == 1
    assert not person.has("close_banner"), "it was about the file before"


def test_dropping_a_file_adds_it(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    path = tmp_path / "dropped.jpg"
    path.write_bytes(paper("ktp"))
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
    give(person, screen, tmp_path / "ijazah.jpg", paper("ktp"))
    assert stored(house, screen)[0].type == "school_certificate"
    assert not person.has("type_birth_proof:birth_certificate"), "one line says what was chosen"
    person.press("change_type")
    person.press("type_birth_proof:baptism_letter")
    assert stored(house, screen)[0].type == "baptism_letter"
    assert person.sees("Surat baptis")


def test_a_missing_paper_may_wait(house: House, person: Person, at_ktp: DocumentScreen) -> None:
    assert person.primary() == "Pilih berkas"
    person.press("later")
    assert person.screen is not at_ktp


def test_a_page_tells_when_it_is_ready_to_be_sent(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "ktp.jpg", paper("ktp"))
    assert person.sees("Sedang diperkecil untuk dikirim")
    assert develop_next(house.kiosk)
    settle(person.window)
    size = stored(house, at_ktp)[0].encoded_bytes
    assert person.sees(f"Siap dikirim: {person.window.words.size(size)}")


def test_a_page_that_the_disk_lost_is_said_in_its_frame_and_can_be_taken_again(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "ktp.jpg", paper("ktp"))
    for file in (house.folder / "blobs").rglob("*"):
        if file.is_file():
            file.unlink()
    route.show(person.window, at_ktp.journey, "document:ktp")
    settle(person.window)
    (card,) = cards(person)
    assert "Ambil lagi" in card.picture.accessibleDescription()
    assert person.has("again_1")
    person.press("corners_1")
    assert person.sees("Gambar aslinya tidak ada lagi")
    assert not person.button("primary").isEnabled()
    person.press("back")
    assert person.place == "document"


def test_a_page_that_only_the_office_has_is_said_so(
    house: House, person: Person, at_ktp: DocumentScreen, tmp_path: Path
) -> None:
    give(person, at_ktp, tmp_path / "ktp.jpg", paper("ktp"))
    journey = at_ktp.journey
    here = journey.pages_of("ktp")[0]
    at_office = msgspec.structs.replace(here, is_at_office=True)
    journey.draft = msgspec.structs.replace(journey.draft, pages=(at_office,))
    route.show(person.window, journey, "document:ktp")
    settle(person.window)
    assert person.sees("Sudah ada di kantor")
    assert not person.has("corners_1")
    assert not person.has("turn_1")
    assert person.has("again_1")


def test_files_are_read_and_written_with_our_own_errors(tmp_path: Path) -> None:
    with pytest.raises(LocalFault, match="file_unreadable"):
        read_file(tmp_path / "pulled out.jpg")
    huge = tmp_path / "film.avi"
    with huge.open("wb") as made:
        made.truncate(MOST_FILE_BYTES + 1)
    with pytest.raises(UserError, match="file_too_large") as refused:
        read_file(huge)
    with pytest.raises(LocalFault, match="file_not_written"):
        write_file(tmp_path / "no such folder" / "slip.pdf", b"%PDF")
    for language in ("id", "en"):
        words = words_of("id" if language == "id" else "en")
        told: list[AppError] = [refused.value, LocalFault("file_unreadable")]
        told += [LocalFault(code) for code in ("printer_missing", "printer_failed")]
        told += [LocalFault(code) for code in ("voice_missing", "file_not_written")]
        for error in told:
            assert words.error(error)[0] != words("errors.unknown.title"), error
