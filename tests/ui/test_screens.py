"""What holds on every screen: language, look, errors, idle lock, keys, late results."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from app.errors import LocalFault, UserError
from app.services import drafts
from app.ui.applicant import route
from app.ui.applicant.choosing import Choosing
from app.ui.applicant.home import HomeScreen
from app.ui.applicant.journey import Journey, journey_of
from app.ui.applicant.securing import SecuringScreen
from app.ui.desk import Desk, OpenDesk
from app.ui.theme.tokens import Appearance
from app.ui.widgets.line import Line
from app.ui.window import Window, first_size
from tests.fakes import FakeClock
from tests.ui.making import ANSWERS, PIN, SERVICE, House, settle, started
from tests.ui.person import Person
from tests.ui.styling import style


def open_form(house: House, person: Person, field: str, answers: dict[str, str]) -> Journey:
    """Show the form's page with this question."""
    journey = journey_of(house.kiosk, started(house.kiosk, answers))
    route.show(person.window, journey, journey.page_of(field))
    settle(person.window)
    return journey


def test_every_answer_is_stored_when_its_question_is_left(house: House, person: Person) -> None:
    journey = open_form(house, person, "full_name", {})
    person.type("full_name", "  SITI   CONTOH ")
    person.leave()
    stored = drafts.load_draft(house.kiosk, journey.id)
    assert stored.answers["full_name"] == "SITI CONTOH"
    assert person.line("full_name").text() == "SITI CONTOH"
    assert person.sees("Tersimpan")


def test_what_is_still_being_typed_is_stored_when_the_person_goes_elsewhere(
    house: House, person: Person
) -> None:
    journey = open_form(house, person, "full_name", {})
    person.type("full_name", "SITI")
    person.press("back")
    assert person.place == "home"
    assert drafts.load_draft(house.kiosk, journey.id).answers["full_name"] == "SITI"


def test_wrong_answers_are_listed_at_the_top_and_the_first_gets_the_focus(
    house: House, person: Person
) -> None:
    open_form(house, person, "nik", {})
    person.type("nik", "9901")
    person.press("primary")
    assert person.place == "form"
    assert person.sees("hal yang perlu diperbaiki")
    focused = person.focused()
    assert isinstance(focused, QLineEdit)
    assert focused.objectName() == "nik"
    assert focused.accessibleDescription()
    person.press("summary_1")
    again = person.focused()
    assert again is not None
    assert again.objectName() == "kk_number"


def test_what_is_wrong_is_said_again_in_the_other_language(house: House, person: Person) -> None:
    open_form(house, person, "nik", {})
    person.press("primary")
    person.press("language")
    assert person.sees("things need mending")


def test_a_warning_stops_once_and_is_kept_with_a_reason(house: House, person: Person) -> None:
    journey = open_form(house, person, "nik", {**ANSWERS, "birth_date": "1990-08-06"})
    person.press("primary")
    assert person.place == "form"
    for name in ("nik", "kk_number"):
        person.type(f"reason_{name}", "Tertulis begitu di KTP")
        person.press(f"keep_{name}")
    person.press("primary")
    kept = drafts.load_draft(house.kiosk, journey.id).overrides
    assert {one.where for one in kept} == {"nik", "kk_number"}
    assert journey.step(f"group:{_group(person)}")[0] == 3


def _group(person: Person) -> str:
    from app.ui.applicant.form import FormScreen

    assert isinstance(person.screen, FormScreen)
    return person.screen.page.partition(":")[2]


def test_the_language_changes_in_the_middle_and_what_was_typed_stays(
    house: House, person: Person
) -> None:
    journey = open_form(house, person, "full_name", {})
    person.type("full_name", "SIT")
    person.press("language")
    assert person.sees("What is your name?")
    assert person.line("full_name").text() == "SIT"
    focused = person.focused()
    assert focused is not None
    assert focused.objectName() == "full_name"
    QTest.keyClicks(focused, "I")
    person.leave()
    assert drafts.load_draft(house.kiosk, journey.id).answers["full_name"] == "SITI"


def test_larger_text_keeps_the_page_and_the_typed_words(house: House, person: Person) -> None:
    open_form(house, person, "address_street", {})
    person.type("address_street", "Jalan Contoh 7")
    before = person.line("address_street").font().pixelSize()
    for _ in range(3):
        person.press("larger")
    assert person.window.appearance.text_scale == 200
    assert person.line("address_street").text() == "Jalan Contoh 7"
    assert person.line("address_street").fontMetrics().height() > before


def test_the_pin_is_not_carried_over_when_a_page_is_made_anew(house: House, person: Person) -> None:
    person.press("resume")
    person.type("pin", PIN)
    person.press("language")
    assert person.line("pin").text() == ""


def test_an_abandoned_screen_warns_counts_down_clears_and_locks(
    house: House, person: Person
) -> None:
    journey = open_form(house, person, "full_name", {})
    person.press("language")
    person.type("full_name", "SITI CONTOH")
    QGuiApplication.clipboard().setText("9901014508900001")
    person.window.idle.warn()
    assert person.sees("cleared and locked in 30 seconds")
    for _ in range(29):
        person.window.idle.tick()
    assert person.sees("in 1 seconds")
    person.window.idle.tick()
    settle(person.window)
    assert person.place == "home"
    assert person.window.words.language == "id"
    assert QGuiApplication.clipboard().text() == ""
    names = [one.text() for one in person.window.findChildren(QLineEdit)]
    assert not any(names)
    assert not any("SITI" in one.text() for one in person.window.findChildren(QLabel))
    person.window.back()
    assert person.place == "home", "the last person's pages are gone"
    assert drafts.load_draft(house.kiosk, journey.id).answers["full_name"] == "SITI CONTOH"


def test_whoever_is_still_there_goes_on_where_they_were(house: House, person: Person) -> None:
    open_form(house, person, "full_name", {})
    person.type("full_name", "SITI")
    person.window.idle.warn()
    person.press("sheet_primary")
    assert person.place == "form"
    assert person.line("full_name").text() == "SITI"


def test_a_sheet_keeps_the_keys_to_itself(house: House, person: Person) -> None:
    open_form(house, person, "full_name", {})
    person.window.idle.warn()
    seen = set()
    for _ in range(6):
        focused = person.focused()
        assert focused is not None
        seen.add(focused.objectName())
        person.key(Qt.Key.Key_Tab)
    assert seen == {"sheet_primary", "sheet_secondary"}


def test_a_journey_needs_no_mouse(house: House, person: Person) -> None:
    """Tab, Shift+Tab, Space, arrows, Enter: from home to the first page of the form."""
    _tab_to(person, "apply")
    person.key(Qt.Key.Key_Space)
    settle(person.window)
    for name in ("choice_new_for_whom", "choice_passport_new_adult"):
        _tab_to(person, name)
        person.key(Qt.Key.Key_Return)
        settle(person.window)
    assert person.place == "deciding"
    for _ in range(60):
        _choose_by_keys(person)
        focused = person.focused()
        if focused is not None and focused.objectName() == "primary":
            person.key(Qt.Key.Key_Return)
            settle(person.window)
            break
        person.key(Qt.Key.Key_Tab)
    assert person.place == "bringing"
    person.window.screen_.setFocus()  # type: ignore[union-attr]
    person.key(Qt.Key.Key_Return)
    settle(person.window)
    assert person.place == "securing"
    for _ in range(2):
        focused = person.focused()
        assert isinstance(focused, Line)
        QTest.keyClicks(focused, PIN)
        person.key(Qt.Key.Key_Tab)
    person.key(Qt.Key.Key_Escape)
    settle(person.window)
    assert person.place == "bringing", "Escape goes back"


def _choose_by_keys(person: Person) -> None:
    """Go down the cards of a question with the arrow keys to the right one, and take it."""
    for _ in range(8):
        focused = person.focused()
        field, _, code = focused.objectName().partition(":") if focused else ("", "", "")
        if not code:
            return
        if ANSWERS.get(field) == code:
            person.key(Qt.Key.Key_Space)
            settle(person.window)
            return
        person.key(Qt.Key.Key_Down)
        if person.focused() is focused:  # the two stand side by side
            person.key(Qt.Key.Key_Right)


def _tab_to(person: Person, name: str) -> None:
    for _ in range(40):
        focused = person.focused()
        if focused is not None and focused.objectName() == name:
            return
        person.key(Qt.Key.Key_Tab)
    raise AssertionError(f"the Tab key never reaches {name}")


def test_a_result_for_a_screen_that_was_left_is_dropped(house: House, person: Person) -> None:
    open_form(house, person, "full_name", {})
    gate = Event()
    shown: list[bool] = []
    person.screen.ask(lambda _kiosk: gate.wait(10), shown.append)
    person.window.go_home()
    gate.set()
    settle(person.window)
    assert shown == []
    assert person.place == "home"


def test_a_thread_that_computes_gives_way_to_the_window_within_a_millisecond(
    house: House, person: Person
) -> None:
    assert person.window.tasks.open_desk
    assert sys.getswitchinterval() <= 0.001


def test_an_error_says_what_happened_and_the_buttons_work_again(
    house: House, person: Person
) -> None:
    open_form(house, person, "full_name", {})

    def full(_kiosk: object) -> None:
        raise LocalFault("disk_full")

    person.screen.set_busy(True, "…")
    person.screen.ask(full, lambda _none: None)
    settle(person.window)
    title, detail = person.window.words.error(LocalFault("disk_full"))
    assert person.sees(title)
    assert person.sees(detail)
    assert person.screen.primary_button is not None
    assert person.screen.primary_button.isEnabled()
    person.press("close_banner")
    assert not person.sees(title)


def test_a_broken_task_is_told_without_words_of_the_machine(
    house: House, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_kiosk: object) -> None:
        raise ValueError("SITI CONTOH 9901014508900001")

    person.screen.ask(broken, lambda _none: None)
    settle(person.window)
    assert not person.sees("SITI")
    assert person.sees(person.window.words.error(UserError("unexpected"))[0])


def test_a_store_that_does_not_open_gets_a_page_that_explains_it(
    tmp_path: Path, qtbot: QtBot
) -> None:
    def refuse() -> OpenDesk:
        raise LocalFault("store_key_wrong")

    style()
    window = Window(Desk(clock=FakeClock(), open=refuse), HomeScreen)
    qtbot.addWidget(window)
    window.show()
    window.tasks.start()
    settle(window)
    person = Person(window)
    assert person.place == "fault"
    assert person.sees("store_key_wrong")
    assert person.sees(window.words("ui.fault.next"))
    window.close()


def test_home_is_painted_before_the_store_is_open(qtbot: QtBot) -> None:
    opened = Event()

    def slow() -> OpenDesk:
        opened.wait(10)
        raise LocalFault("disk_full")

    style()
    window = Window(Desk(clock=FakeClock(), open=slow), HomeScreen)
    qtbot.addWidget(window)
    window.show()
    window.tasks.start()
    QApplication.processEvents()
    person = Person(window)
    assert person.place == "home"
    opened.set()
    settle(window)
    window.close()


def test_help_answers_by_word_in_both_languages(house: House, person: Person) -> None:
    person.press("ask")
    person.type("help_search", "overstay")
    assert person.has("f57")
    person.press("f57")
    assert person.sees("Rp1.000.000")
    person.press("language")
    assert person.line("help_search").text() == "overstay"
    assert person.has("f57")


def test_a_finger_opens_the_keypad_and_it_types(house: House, person: Person) -> None:
    open_form(house, person, "nik", {})
    line = person.line("nik")
    finger = QPointingDevice(
        "finger",
        7,
        QPointingDevice.DeviceType.TouchScreen,
        QPointingDevice.PointerType.Finger,
        QPointingDevice.Capability.Position,
        1,
        1,
    )
    place = QPointF(10, 10)
    press = QMouseEvent(
        QMouseEvent.Type.MouseButtonPress,
        place,
        QPointF(line.mapToGlobal(QPoint(10, 10))),
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        finger,
    )
    line.setFocus()
    QApplication.sendEvent(line, press)
    settle(person.window)
    for digit in "99012":
        person.press(f"key_{digit}")
    assert line.text() == "9901 2"
    person.press("keypad_done")
    assert not person.has("key_9")


def test_two_appearances_are_never_mixed(house: House, person: Person) -> None:
    person.press("contrast")
    assert person.window.theme.name == "contrast"
    person.window.lock()
    assert person.window.appearance == Appearance()


@pytest.mark.parametrize("name", ["apply", "resume", "status", "ask"])
def test_back_leads_home_from_every_way_in(house: House, person: Person, name: str) -> None:
    person.press(name)
    assert person.place != "home"
    person.press("back")
    assert person.place == "home"


def test_a_refused_pin_is_not_shown_beside_what_was_mended_before(
    house: House, person: Person
) -> None:
    catalogue = house.kiosk.catalogues.current()
    choosing = Choosing(catalogue, house.kiosk.today(), catalogue.service(SERVICE))
    person.window.go(partial(SecuringScreen, choosing=choosing))
    person.type("pin", "123456")
    person.type("pin_again", "123457")
    person.press("primary")
    assert person.sees("Kedua PIN tidak sama")
    person.type("pin_again", "123456")
    person.press("primary")
    assert person.sees("PIN ini terlalu mudah ditebak")
    assert not person.sees("Kedua PIN tidak sama")
    assert person.focused() is person.line("pin")


def test_a_reason_that_is_typed_counts_for_whoever_goes_on_without_its_button(
    house: House, person: Person
) -> None:
    journey = open_form(house, person, "nik", {**ANSWERS, "kk_number": ""})
    person.press("primary")
    person.press("keep_nik")
    assert person.sees("Alasan belum diisi")
    assert person.focused() is person.line("reason_nik")
    person.type("reason_nik", "Orang contoh")
    person.press("primary")
    assert not person.sees("Alasan belum diisi")
    assert person.sees("Ada 1 hal yang perlu diperbaiki")
    person.type("kk_number", ANSWERS["kk_number"])
    person.leave()
    person.type("reason_kk_number", "Orang contoh")
    person.key(Qt.Key.Key_Return)
    settle(person.window)
    assert not person.has("keep_kk_number")
    kept = drafts.load_draft(house.kiosk, journey.id).overrides
    assert {one.where: one.reason for one in kept} == {
        "nik": "Orang contoh",
        "kk_number": "Orang contoh",
    }


def test_a_reason_typed_for_another_answer_is_not_kept(house: House, person: Person) -> None:
    journey = open_form(house, person, "nik", ANSWERS)
    person.press("primary")
    person.type("reason_nik", "Orang contoh")
    person.line("nik").setFocus()
    # In one go, as a fast hand does: the store has not answered yet.
    person.line("nik").setText("9901014508900009")
    person.button("primary").click()
    settle(person.window)
    assert person.sees("Ini NIK contoh")
    assert drafts.load_draft(house.kiosk, journey.id).overrides == ()


@pytest.mark.parametrize(
    ("screen", "size"),
    [
        ((1920, 1080), (1280, 800)),
        ((1024, 600), (1024, 600)),
        ((1080, 1920), (800, 1280)),
        ((768, 1024), (768, 1024)),
    ],
)
def test_the_window_begins_whole_and_as_the_screen_stands(
    screen: tuple[int, int], size: tuple[int, int]
) -> None:
    assert first_size(QSize(*screen)) == QSize(*size)
