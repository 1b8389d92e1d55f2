"""What papers say: marked in empty boxes until somebody looked, and warned of where it differs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.services import capturing, documents, drafts
from app.services.developing import develop_next
from app.ui.applicant import route
from app.ui.applicant.document import DocumentScreen
from app.ui.applicant.form import FormScreen
from app.ui.applicant.journey import CHECK, Journey, journey_of
from app.ui.applicant.suggested import SuggestionMark
from tests.ui.making import ANSWERS, House, settle, started
from tests.ui.papers import paper, truth
from tests.ui.person import Person
from tests.ui.scanners import GLASS, FakeScanner

MARK = "Terbaca dari KTP Anda, mohon periksa"


@pytest.fixture
def house(tmp_path: Path, qtbot: QtBot) -> Iterator[House]:
    """A kiosk that can read; each picture is read once for all these tests."""
    made = House(tmp_path / "kiosk", has_engine=True)
    yield made
    made.close()


@pytest.fixture
def reader(house: House) -> Person:
    return Person(house.window())


def with_card(house: House, person: Person, *, is_read: bool = True) -> Journey:
    """Start an application with nothing but the picture of a card."""
    draft = started(house.kiosk, {})
    documents.add_pages(house.kiosk, draft.application_id, "ktp", "ktp", paper("ktp"))
    if is_read:
        read_all(house)
    return journey_of(house.kiosk, drafts.load_draft(house.kiosk, draft.application_id))


def read_all(house: House) -> None:
    while develop_next(house.kiosk):
        pass


def at_page(person: Person, journey: Journey, field: str) -> FormScreen:
    route.show(person.window, journey, journey.page_of(field))
    settle(person.window)
    screen = person.screen
    assert isinstance(screen, FormScreen)
    return screen


def answers(house: House, journey: Journey) -> dict[str, str]:
    return drafts.load_draft(house.kiosk, journey.id).answers


def marks(person: Person) -> list[str]:
    found = person.screen.findChildren(SuggestionMark)
    return sorted(one.objectName() for one in found if one.isVisible())


def test_an_empty_box_is_filled_and_marked_and_nothing_is_stored_yet(
    house: House, reader: Person
) -> None:
    journey = with_card(house, reader)
    at_page(reader, journey, "nik")
    assert reader.line("nik").text().replace(" ", "") == truth("ktp")["nik"]
    assert reader.sees(MARK)
    assert marks(reader) == ["suggested_nik"]
    reader.leave()
    reader.press("back")
    assert "nik" not in answers(house, journey), "going back says nothing of what was read"


def test_going_on_takes_what_stands_there_as_the_persons_own_answer(
    house: House, reader: Person
) -> None:
    journey = with_card(house, reader)
    screen = at_page(reader, journey, "full_name")
    reader.press("has_alias:no")
    reader.press("primary")
    assert reader.screen is not screen
    assert answers(house, journey)["full_name"] == truth("ktp")["name"]


def test_one_answer_may_be_confirmed_by_itself(house: House, reader: Person) -> None:
    journey = with_card(house, reader)
    at_page(reader, journey, "nik")
    reader.press("confirm_nik")
    assert answers(house, journey)["nik"] == truth("ktp")["nik"]
    assert marks(reader) == []


def test_what_a_person_types_instead_is_what_counts(house: House, reader: Person) -> None:
    journey = with_card(house, reader)
    at_page(reader, journey, "nik")
    reader.type("nik", ANSWERS["nik"])
    reader.leave()
    assert answers(house, journey)["nik"] == ANSWERS["nik"]
    assert marks(reader) == []


def test_an_answer_that_is_there_is_never_overwritten(house: House, reader: Person) -> None:
    journey = with_card(house, reader)
    drafts.save_answer(house.kiosk, journey.id, "nik", ANSWERS["nik"])
    journey.take(drafts.load_draft(house.kiosk, journey.id))
    at_page(reader, journey, "nik")
    assert reader.line("nik").text().replace(" ", "") == ANSWERS["nik"]
    assert marks(reader) == []


def test_the_mark_stays_in_the_other_language(house: House, reader: Person) -> None:
    journey = with_card(house, reader)
    at_page(reader, journey, "nik")
    reader.press("language")
    assert reader.sees("Read from your KTP, please check")
    assert reader.line("nik").text().replace(" ", "") == truth("ktp")["nik"]


def test_a_page_fills_itself_while_the_person_sits_before_it(house: House, reader: Person) -> None:
    journey = with_card(house, reader, is_read=False)
    at_page(reader, journey, "nik")
    assert reader.sees("KTP Anda sedang dibaca")
    QTest.keyClicks(reader.line("kk_number"), "99", Qt.KeyboardModifier.NoModifier)
    read_all(house)
    settle(reader.window)
    assert marks(reader) == ["suggested_nik"]
    assert reader.line("kk_number").text() == "99", "what is being typed stays"
    assert reader.sees("1 kotak terisi dari KTP Anda")


def test_a_card_that_is_not_there_yet_can_be_scanned_from_the_page_it_fills(
    house: House, reader: Person
) -> None:
    house.plug(FakeScanner(pages=[paper("ktp")]))
    capturing.choose(house.kiosk, GLASS.id)
    journey = journey_of(house.kiosk, started(house.kiosk, {}))
    page = at_page(reader, journey, "full_name").page
    assert reader.sees("Isi dari KTP")
    reader.press("fill_from_paper")
    assert isinstance(reader.screen, DocumentScreen)
    reader.press("primary")
    reader.press("primary")
    screen = reader.screen
    assert isinstance(screen, FormScreen)
    assert screen.page == page, "back where the person came from"
    read_all(house)
    settle(reader.window)
    assert reader.line("full_name").text() == truth("ktp")["name"]


def test_a_kiosk_that_cannot_read_does_not_offer_to_fill_from_a_paper(
    tmp_path: Path, qtbot: QtBot
) -> None:
    blind = House(tmp_path / "kiosk", has_engine=False)
    person = Person(blind.window())
    journey = journey_of(blind.kiosk, started(blind.kiosk, {}))
    at_page(person, journey, "full_name")
    assert not person.sees("Isi dari KTP")
    documents.add_pages(blind.kiosk, journey.id, "ktp", "ktp", paper("ktp"))
    journey.take(drafts.load_draft(blind.kiosk, journey.id))
    at_page(person, journey, "full_name")
    assert not person.sees("sedang dibaca")
    blind.close()


def test_a_difference_is_a_warning_on_the_check_page_and_may_be_kept_with_a_reason(
    house: House, reader: Person
) -> None:
    read = truth("ktp")
    draft = started(house.kiosk, {**ANSWERS, "nik": read["nik"], "full_name": "ORANG LAIN"})
    documents.add_pages(house.kiosk, draft.application_id, "ktp", "ktp", paper("ktp"))
    read_all(house)
    route.show(reader.window, journey_of(house.kiosk, draft), CHECK)
    settle(reader.window)
    assert reader.sees(f"Di KTP terbaca: {read['name']}")
    reader.type("reason_full_name", "Nama di KTP salah cetak")
    reader.press("keep_full_name")
    assert reader.place == "check"
    assert reader.sees("Tetap dipakai: Nama di KTP salah cetak") or reader.sees(
        "Nama di KTP salah cetak"
    )
    assert not reader.sees(f"Di KTP terbaca: {read['name']}")
    kept = drafts.load_draft(house.kiosk, draft.application_id).overrides
    assert ("full_name", "differs_from_paper") in {(one.where, one.code) for one in kept}


def test_the_check_page_says_that_papers_are_still_being_read_and_looks_again(
    house: House, reader: Person
) -> None:
    draft = started(house.kiosk, {**ANSWERS, "full_name": "ORANG LAIN"})
    documents.add_pages(house.kiosk, draft.application_id, "ktp", "ktp", paper("ktp"))
    route.show(reader.window, journey_of(house.kiosk, draft), CHECK)
    settle(reader.window)
    assert not reader.sees("Di KTP terbaca")
    read_all(house)
    settle(reader.window)
    assert reader.sees(f"Di KTP terbaca: {truth('ktp')['name']}")
