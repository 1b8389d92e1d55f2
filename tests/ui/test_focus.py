"""Where the focus goes while a page changes under it: never past a question, never out of sight."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from app.ui.widgets.buttons import RadioCard
from app.ui.widgets.summary import line_of
from tests.ui.making import ANSWERS, House, settle
from tests.ui.person import Person
from tests.ui.test_screens import open_form


def test_the_tab_key_stops_at_a_question_that_comes_up(house: House, person: Person) -> None:
    open_form(house, person, "father_name", {})
    person.type("father_name", "HASAN CONTOH")
    person.leave()
    focused = person.focused()
    assert isinstance(focused, RadioCard)
    assert focused.objectName().startswith("father_nationality")


def test_a_warning_above_does_not_push_what_is_typed_out_of_sight(
    house: House, person: Person
) -> None:
    open_form(house, person, "nik", {})
    person.window.resize(1280, 640)
    person.type("nik", ANSWERS["nik"])
    person.leave()
    settle(person.window)
    line = person.line("kk_number")
    assert line.hasFocus()
    assert line.visibleRegion().boundingRect().height() == line.height()


def test_a_question_answered_after_all_is_not_called_empty_any_more(
    house: House, person: Person
) -> None:
    person.press("apply")
    person.press("choice_new_for_whom")
    person.press("choice_passport_new_adult")
    person.press("primary")
    assert _problem(person, "born_abroad")
    person.press("born_abroad:no")
    assert not _problem(person, "born_abroad")
    assert _problem(person, "has_changed_name")


def _problem(person: Person, field: str) -> bool:
    found: list[QWidget] = person.window.findChildren(QLabel, f"problem_{field}")
    return any(one.isVisible() for one in found)


def test_a_question_mark_is_followed_by_no_colon() -> None:
    assert line_of("Apa pekerjaan Anda?", "Belum diisi.") == "Apa pekerjaan Anda? Belum diisi."
    assert line_of("NIK", "Belum diisi.") == "NIK: Belum diisi."


def test_the_first_wrong_box_is_in_sight_though_the_list_stands_above_it(
    house: House, person: Person
) -> None:
    known = {name: ANSWERS[name] for name in ("birth_place", "birth_date", "sex")}
    open_form(house, person, "height_cm", known)
    person.window.resize(1280, 560)
    settle(person.window)
    person.press("primary")
    settle(person.window)
    line = person.line("height_cm")
    assert line.hasFocus()
    assert line.visibleRegion().boundingRect().height() == line.height()
