"""Pages from a scanner: progress, several at once, faults that lose nothing, and a stop."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QApplication, QProgressBar

from app.bootstrap import MachineClock
from app.capture.sane import NOT_SCANNERS, SaneFinder
from app.capture.sources import Sources
from app.services import capturing, drafts
from app.ui.applicant import route
from app.ui.applicant.document import DocumentScreen
from app.ui.applicant.journey import CONSENT, journey_of
from app.ui.applicant.taking import Arrived, TakingSheet
from tests.capture.house import scanimage
from tests.ui.making import House, settle, started, with_documents
from tests.ui.papers import blurred, paper, side_by_side
from tests.ui.person import Person
from tests.ui.scanners import GLASS, TRAY, FakeScanner, ailing
from tests.ui.test_documents import cards, open_need, stored


def pass_events(until: Callable[[], bool]) -> None:
    """Let the window live until something is true; the work behind it goes on meanwhile."""
    application = QApplication.instance()
    assert application is not None
    waited = Event()
    for _ in range(3000):
        application.processEvents()
        if until():
            return
        waited.wait(0.01)
    raise AssertionError("it never came")


def test_the_scanner_that_is_there_is_the_primary_button(house: House, person: Person) -> None:
    scanner = FakeScanner(pages=[paper("ktp")])
    house.plug(scanner)
    screen = open_need(house, person, "ktp")
    assert person.primary() == "Pindai"
    assert person.sees("Alat: Canon LiDE 300")
    assert person.has("take_file"), "the others stand beside it"
    person.press("primary")
    (page,) = stored(house, screen)
    assert page.source == "flatbed"
    assert person.sees("Gambar baik")
    assert scanner.wishes[0].dpi == 300


def test_pages_are_scanned_with_sanes_own_test_device(house: House, tmp_path: Path) -> None:
    if shutil.which("scanimage") is None:
        pytest.skip("sane-utils is not installed")
    finder = SaneFinder(
        MachineClock(), scanimage(tmp_path / "sane", "test"), NOT_SCANNERS - {"test"}
    )
    house.kiosk = replace(house.kiosk, capture=Sources(house.clock, (finder,)))
    (glass, *_) = capturing.find_sources(house.kiosk, Event())
    capturing.choose(house.kiosk, glass.id)
    person = Person(house.window())
    screen = open_need(house, person, "ktp")
    person.press("primary")
    (page,) = stored(house, screen)
    assert page.source == "flatbed"
    assert len(cards(person)) == 1


def test_a_feeder_gives_all_its_pages_and_each_is_told(house: House, person: Person) -> None:
    house.plug(FakeScanner(TRAY, [paper("ktp"), paper("ktp", 2)]))
    screen = open_need(house, person, "ktp")
    person.press("primary")
    assert [page.position for page in stored(house, screen)] == [0, 1]
    assert person.sees("Halaman 2 dari 2")


def test_a_jam_keeps_the_pages_before_it_and_says_what_to_do(house: House, person: Person) -> None:
    house.plug(FakeScanner(TRAY, [paper("ktp")], fault="scanner_jammed"))
    screen = open_need(house, person, "ktp")
    person.press("primary")
    assert len(stored(house, screen)) == 1
    assert person.sees("Kertas tersangkut di pemindai")
    assert person.sees("Perlu diperiksa") is False, "there is a page; its state is what counts"


def test_a_scan_shows_how_far_it_is_and_a_stop_keeps_what_came_in(
    house: House, person: Person
) -> None:
    scanner = FakeScanner(TRAY, [paper("ktp"), paper("ktp", 2)], waits=2)
    house.plug(scanner)
    screen = open_need(house, person, "ktp")
    person.button("primary").click()
    pass_events(lambda: person.sees("1 halaman sudah tersimpan"))
    assert person.sees("Halaman 2 sedang dipindai")
    (bar,) = [one for one in person.window.findChildren(QProgressBar) if one.isVisible()]
    assert (bar.value(), bar.maximum()) == (400, 1000)
    person.press("stop_taking")
    assert person.window.findChildren(TakingSheet) == []
    assert scanner.is_closed
    assert len(stored(house, screen)) == 1
    assert person.sees("Dihentikan. Halaman yang sudah masuk tetap tersimpan")
    assert not person.has("close_banner"), "a stop is no fault"


def test_whoever_leaves_in_the_midst_of_a_scan_ends_it(house: House, person: Person) -> None:
    scanner = FakeScanner(pages=[paper("ktp")], waits=1)
    house.plug(scanner)
    screen = open_need(house, person, "ktp")
    application_id = screen.journey.id
    person.button("primary").click()
    pass_events(lambda: person.has("stop_taking") and bool(scanner.wishes))
    person.window.lock()
    settle(person.window)
    assert scanner.is_closed
    assert person.place == "home"
    assert drafts.load_draft(house.kiosk, application_id).pages == ()
    assert person.window.findChildren(TakingSheet) == []


def test_a_long_scan_is_a_sign_of_life(house: House, person: Person) -> None:
    scanner = FakeScanner(pages=[paper("ktp")], waits=1)
    house.plug(scanner)
    open_need(house, person, "ktp")
    quiet = person.window.idle._quiet
    quiet.stop()
    person.button("primary").click()
    pass_events(quiet.isActive)
    scanner.goes.set()
    settle(person.window)


def test_a_bad_page_is_scanned_again_in_its_place(house: House, person: Person) -> None:
    house.plug(FakeScanner(pages=[blurred("ktp"), paper("ktp")]))
    screen = open_need(house, person, "ktp")
    person.press("primary")
    (before,) = stored(house, screen)
    assert person.primary() == "Pindai lagi"
    person.press("primary")
    (after,) = stored(house, screen)
    assert after.id == before.id
    assert after.verdict.is_good
    assert after.tries == 2
    assert person.primary() == "Lanjut"


def test_a_page_may_be_taken_again_in_another_way(house: House, person: Person) -> None:
    tray = FakeScanner(TRAY, [paper("ktp", 2)])
    house.plug(FakeScanner(pages=[paper("ktp")]), tray)
    screen = open_need(house, person, "ktp")
    person.press("primary")
    person.press("again_1")
    assert person.has("again_file")
    person.press("again_feeder")
    assert stored(house, screen)[0].source == "feeder"
    assert tray.wishes[0].most_pages == 1, "one page is taken again, not the whole tray"


def test_papers_side_by_side_on_the_glass_come_apart(house: House, person: Person) -> None:
    house.plug(FakeScanner(pages=[side_by_side("ktp")]))
    screen = open_need(house, person, "birth_proof")
    person.press("several")
    person.press("primary")
    assert len(stored(house, screen)) == 2


def test_the_two_sides_of_a_card_are_not_offered_as_one_sweep(house: House, person: Person) -> None:
    house.plug(FakeScanner())
    open_need(house, person, "ktp")
    assert not person.has("several")


def test_a_scanner_that_needs_a_hand_says_so_before_anybody_scans(
    house: House, person: Person
) -> None:
    house.plug(ailing("needs_attention", "scanner_cover_open"))
    capturing.choose(house.kiosk, GLASS.id)
    open_need(house, person, "ktp")
    assert person.sees("Penutup pemindai terbuka")
    assert person.sees("Perlu diperiksa")


def test_a_picture_taken_on_another_page_is_looked_at_when_the_person_is_back(
    house: House, person: Person
) -> None:
    screen = open_need(house, person, "ktp")
    journey, wanted = screen.journey, screen._wanted()
    journey.arrived = Arrived(paper("ktp"), "camera", wanted)
    person.window.restart(lambda window: DocumentScreen(window, journey, "ktp"))
    settle(person.window)
    now = person.screen
    assert isinstance(now, DocumentScreen)
    assert stored(house, now)[0].source == "camera"
    assert journey.arrived is None


def test_whoever_does_not_wait_for_the_papers_stops_it_and_nothing_is_sent(
    house: House, person: Person
) -> None:
    draft = with_documents(house.kiosk, started(house.kiosk))
    route.show(person.window, journey_of(house.kiosk, draft), CONSENT)
    settle(person.window)
    person.press("truth")
    person.press("agree")
    with house.kiosk.at_developing:
        person.button("primary").click()
        pass_events(lambda: person.has("stop_finishing"))
        assert person.sees("supaya cepat terkirim: 5.")
        person.press("stop_finishing")
    assert person.place == "consent"
    assert not person.has("stop_finishing")
    assert not person.has("close_banner"), "a stop is no fault"
    assert drafts.load_draft(house.kiosk, draft.application_id).state == "draft"
    person.press("primary")
    assert person.place == "done"
