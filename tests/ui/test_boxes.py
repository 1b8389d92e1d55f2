"""The boxes in which answers are typed and chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.regions import Region, Regions
from app.resources import load_regions
from app.ui.theme.tokens import Appearance, theme_of
from app.ui.widgets.answer_box import AnswerBox, DigitsBox
from app.ui.widgets.choice_box import PickList, RadioBox, SearchBox, choice_box, yes_no_box
from app.ui.widgets.date_box import DateBox
from app.ui.widgets.region_box import RegionBox
from tests.ui.making import words_of

THEME = theme_of(Appearance())
WORDS = words_of("id")
_regions = cache(load_regions)


def shown(qtbot: QtBot, box: AnswerBox) -> AnswerBox:
    box.place()
    qtbot.addWidget(box)
    with qtbot.waitActive(box):
        box.show()
        box.activateWindow()
    return box


def test_a_nik_is_shown_in_fours_and_read_without_spaces(qtbot: QtBot) -> None:
    box = DigitsBox(THEME, WORDS, "nik", "NIK", most=16, group=4)
    shown(qtbot, box)
    QTest.keyClicks(box.line, "99.0101-4508x90")
    assert box.line.text() == "9901 0145 0890"
    assert box.value() == "990101450890"
    QTest.keyClicks(box.line, "0001")
    assert box.value() == "9901014508900001"


def test_a_digit_put_into_the_middle_keeps_the_cursor_behind_it(qtbot: QtBot) -> None:
    box = DigitsBox(THEME, WORDS, "nik", "NIK", most=16, group=4)
    shown(qtbot, box)
    QTest.keyClicks(box.line, "99011")
    box.line.setCursorPosition(2)
    QTest.keyClicks(box.line, "77")
    assert box.line.text() == "9977 011"
    assert box.line.cursorPosition() == 4


def test_a_date_goes_on_from_box_to_box_and_is_read_back_in_words(qtbot: QtBot) -> None:
    box = DateBox(THEME, WORDS, "birth_date", "Tanggal lahir")
    shown(qtbot, box)
    day = box.focus_target()
    day.setFocus()
    for digit in "05081990":
        focused = box.focusWidget()
        QTest.keyClicks(focused, digit)
    assert box.value() == "1990-08-05"
    texts = [child.text() for child in box.findChildren(type(box._read))]
    assert "5 Agustus 1990" in texts


@pytest.mark.parametrize(
    ("stored", "value"), [("1990-08-05", "1990-08-05"), ("31-2-1990", "31-2-1990"), ("", "")]
)
def test_a_stored_date_comes_back_as_it_was_typed(qtbot: QtBot, stored: str, value: str) -> None:
    box = DateBox(THEME, WORDS, "birth_date", "Tanggal lahir")
    shown(qtbot, box)
    box.set_value(stored)
    assert box.value() == value


def test_seven_choices_are_cards_and_eight_a_list_to_search(qtbot: QtBot) -> None:
    few = [(str(number), f"Pilihan {number}") for number in range(7)]
    assert isinstance(choice_box(THEME, WORDS, "f", "F", few), RadioBox)
    many = [*few, ("x", "Pilihan terakhir")]
    assert isinstance(choice_box(THEME, WORDS, "f", "F", many), SearchBox)


def test_a_list_is_searched_and_picked_with_the_keys(qtbot: QtBot) -> None:
    many = [(f"c{number}", name) for number, name in enumerate(("Malaysia", "Singapura", "Arab"))]
    box = SearchBox(THEME, WORDS, "country", "Negara", many)
    shown(qtbot, box)
    QTest.keyClicks(box.line, "pura")
    assert box.value() == "", "half a word chooses nothing"
    found = box.findChildren(PickList)[0]
    assert found.count() == 1
    found.setCurrentRow(0)
    QTest.keyClick(found, Qt.Key.Key_Return)
    assert box.value() == "c1"
    assert box.line.text() == "Singapura"


def test_yes_and_no_are_stored_as_such_in_every_language(qtbot: QtBot) -> None:
    box = yes_no_box(THEME, words_of("en"), "alias", "Alias?")
    shown(qtbot, box)
    assert box.value() == ""
    box.set_value("no")
    assert box.value() == "no"


def at_once(
    work: Callable[[Regions], Sequence[Region]], done: Callable[[Sequence[Region]], None]
) -> None:
    done(work(_regions()))


def test_a_village_is_found_by_its_everyday_name(qtbot: QtBot) -> None:
    box = RegionBox(THEME, WORDS, "village", "Desa", at_once)
    shown(qtbot, box)
    QTest.keyClicks(box.line, "tarempa")
    box.search_now()
    found = box.findChildren(PickList)[0]
    rows = [found.item(row).text() for row in range(found.count())]
    assert any(row.startswith("Terempa,") for row in rows)
    assert box.value() == "tarempa", "nothing is chosen yet"
    box.pick("21.05.01.1001")
    assert box.value() == "21.05.01.1001"
    assert box.line.text().startswith("Terempa")


def test_the_arrow_down_goes_from_the_letters_into_the_list(qtbot: QtBot) -> None:
    box = RegionBox(THEME, WORDS, "village", "Desa", at_once)
    shown(qtbot, box)
    QTest.keyClicks(box.line, "terempa")
    box.search_now()
    found = box.findChildren(PickList)[0]
    QTest.keyClick(box.line, Qt.Key.Key_Down)
    assert found.hasFocus()
    QTest.keyClick(found, Qt.Key.Key_Return)
    assert box.value() == "21.05.01.1001"


def test_a_village_is_reached_step_by_step(qtbot: QtBot) -> None:
    box = RegionBox(THEME, WORDS, "village", "Desa", at_once)
    shown(qtbot, box)
    left: list[bool] = []
    box.left.connect(lambda: left.append(True))
    box.start_steps()
    for code in ("21", "21.05", "21.05.01", "21.05.01.1001"):
        assert box.value() == ""
        box.pick(code)
    assert box.value() == "21.05.01.1001"
    assert left


def test_typing_another_place_forgets_the_one_chosen(qtbot: QtBot) -> None:
    box = RegionBox(THEME, WORDS, "village", "Desa", at_once)
    shown(qtbot, box)
    box.set_value("21.05.01.1001")
    box.line.setFocus()
    box.line.selectAll()
    QTest.keyClicks(box.line, "Letung")
    assert box.value() == "Letung"


def test_a_problem_stands_beside_its_box_and_is_read_with_it(qtbot: QtBot) -> None:
    box = DigitsBox(THEME, WORDS, "nik", "NIK", most=16, group=4)
    shown(qtbot, box)
    box.show_problems(["NIK harus 16 angka."])
    (said,) = box.findChildren(QWidget, "problem_nik")
    assert said.accessibleName() == "NIK harus 16 angka."
    assert box.line.accessibleDescription() == "NIK harus 16 angka."
    box.show_problems([])
    assert box.line.accessibleDescription() == ""
