"""The operator's list: search, filters, a page at a time, the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QListView, QWidget
from pytestqt.qtbot import QtBot

from app.domain.ids import new_id, new_resume_code
from app.services.drafts import start_draft
from app.services.kiosk import Kiosk
from app.storage import catalogues as stored_catalogues
from app.storage import drafts as stored_drafts
from app.ui.operator.listing import ListScreen
from tests.builders import SERVICE, make_kiosk
from tests.fakes import FakeClock
from tests.ui.making import StillRoad
from tests.ui.operating import Stand

COUNT = 120


def fill(kiosk: Kiosk, clock: FakeClock, count: int) -> None:
    """Write drafts of invented people, PERSON 000 the oldest."""
    version = kiosk.catalogues.current().version
    with kiosk.store.write() as session:
        encoded = kiosk.catalogues.encoded(version)
        stored_catalogues.keep(session, version, encoded, clock.now())
        for number in range(count):
            clock.pass_time(60)
            application_id = new_id(clock.now(), kiosk.dice)
            draft = stored_drafts.NewDraft(
                application_id, SERVICE, version, new_resume_code(kiosk.dice), ""
            )
            stored_drafts.add_draft(session, draft, clock.now())
            for field, value in (
                ("full_name", f"PERSON {number:03d}"),
                ("nik", f"9901014508900{number:03d}"),
            ):
                stored_drafts.save_answer(session, application_id, field, value, clock.now())


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path) -> Iterator[Stand]:
    clock = FakeClock()
    kiosk = make_kiosk(tmp_path, clock=clock)
    fill(kiosk, clock, COUNT)
    stand = Stand(qtbot, kiosk, StillRoad())
    yield stand
    stand.close()


def _rows(stand: Stand) -> QListView:
    return stand.find(QListView, "rows")


def _names(stand: Stand) -> list[str]:
    screen = stand.window.screen_
    assert isinstance(screen, ListScreen)
    return [line.name for line in screen.model.lines]


def _search(stand: Stand, typed: str) -> None:
    stand.type("search", typed)
    stand.qtbot.waitUntil(lambda: stand.screen == "operator_list" and _is_searched(stand, typed))
    stand.settle()


def _is_searched(stand: Stand, typed: str) -> bool:
    screen = stand.window.screen_
    return isinstance(screen, ListScreen) and screen.session.list_place.text == typed


def test_the_newest_come_first_and_only_one_page_is_asked_for(stand: Stand) -> None:
    stand.open("list")
    names = _names(stand)
    assert len(names) == 50
    assert names[:2] == ["PERSON 119", "PERSON 118"]


def test_more_rows_come_only_when_asked_for_and_end_with_the_last(stand: Stand) -> None:
    stand.open("list")
    stand.key(Qt.Key.Key_Down)
    for shown in (100, COUNT):
        stand.key(Qt.Key.Key_End)
        stand.key(Qt.Key.Key_Return)
        assert len(_names(stand)) == shown
        assert _rows(stand).hasFocus()
    assert _rows(stand).model().rowCount() == COUNT
    assert len(set(_names(stand))) == COUNT


def test_a_name_a_nik_and_nothing_are_searched_for(stand: Stand) -> None:
    stand.open("list")
    _search(stand, "person 007")
    assert _names(stand) == ["PERSON 007"]
    _search(stand, "9901014508900011")
    assert _names(stand) == ["PERSON 011"]
    _search(stand, "zulkifli")
    assert _names(stand) == []
    assert stand.find(QWidget, "empty_title").isVisible()
    assert stand.sees("Tidak ada yang cocok")
    stand.key(Qt.Key.Key_Escape)
    stand.qtbot.waitUntil(lambda: len(_names(stand)) == 50)


def test_a_nik_is_never_shown_whole(stand: Stand) -> None:
    stand.open("list")
    model = _rows(stand).model()
    screen = stand.window.screen_
    assert isinstance(screen, ListScreen)
    shown = [" ".join(line.numbers) for line in screen.model.lines]
    spoken = [str(model.index(row, 0).data()) for row in range(model.rowCount())]
    assert shown[0] == f"NIK {'•' * 12}0119"
    assert not any("99010145" in said for said in (*shown, *spoken))


def test_an_empty_filter_says_so_and_another_one_shows_its_rows(stand: Stand) -> None:
    stand.open("list")
    stand.press("group_returned")
    assert stand.sees("Tidak ada yang dikembalikan")
    assert stand.find(QAbstractButton, "group_returned").isChecked()
    stand.press("group_drafts")
    assert len(_names(stand)) == 50


def test_the_keyboard_alone_searches_chooses_opens_and_comes_back(stand: Stand) -> None:
    stand.open("list")
    stand.key(Qt.Key.Key_Down)
    assert _rows(stand).hasFocus()
    stand.key(Qt.Key.Key_Slash)
    assert stand.find(QLineEdit, "search").hasFocus()
    QTest.keyClicks(stand.focused, "person 1")
    stand.qtbot.waitUntil(lambda: _is_searched(stand, "person 1"))
    stand.settle()
    stand.key(Qt.Key.Key_Down)
    stand.key(Qt.Key.Key_Down)
    stand.key(Qt.Key.Key_Return)
    assert stand.screen == "operator_application"
    assert stand.sees("PERSON 118")
    stand.key(Qt.Key.Key_Escape)
    assert stand.screen == "operator_list"
    assert stand.find(QLineEdit, "search").text() == "person 1"
    assert _rows(stand).hasFocus()
    assert _rows(stand).currentIndex().row() == 1
    stand.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert stand.find(QLineEdit, "search").hasFocus()


def test_the_list_follows_what_happens_meanwhile(stand: Stand) -> None:
    stand.open("list")
    clock = stand.kiosk.clock
    assert isinstance(clock, FakeClock)
    clock.pass_time(60)
    start_draft(stand.kiosk, SERVICE, "271828")
    stand.qtbot.waitUntil(lambda: _names(stand)[0] == "Belum ada nama")


def test_a_filter_chosen_while_typing_shows_what_matches_both(stand: Stand) -> None:
    stand.open("list")
    stand.type("search", "person 003")
    stand.find(QAbstractButton, "group_drafts").click()
    stand.qtbot.waitUntil(lambda: _names(stand) == ["PERSON 003"])
    stand.settle()
    assert _names(stand) == ["PERSON 003"]
