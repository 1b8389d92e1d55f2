"""The way into the operator's desk, and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.services.locking import LOCK_FOR, MOST_FAILURES
from app.services.operators import add_operator, has_operators
from tests.builders import make_kiosk
from tests.fakes import FakeClock
from tests.ui.making import StillRoad
from tests.ui.operating import AYU, Stand


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path, clock: FakeClock) -> Iterator[Stand]:
    stand = Stand(qtbot, make_kiosk(tmp_path, clock=clock), StillRoad())
    yield stand
    stand.close()


def _enter(stand: Stand, name: str, password: str) -> None:
    stand.type("account_name", name)
    stand.type("password", password)
    stand.press("primary")


def test_a_new_kiosk_asks_for_its_first_account_and_opens_the_desk(stand: Stand) -> None:
    stand.press("operator")
    assert stand.screen == "operator_first"
    stand.type("shown_name", "Ayu Lestari")
    stand.type("account_name", "ayu")
    stand.type("password", "perahu biru 7")
    stand.type("again", "perahu biru 7")
    stand.press("primary")
    assert stand.screen == "operator_today"
    assert stand.sees("Ayu Lestari")
    assert has_operators(stand.kiosk)


def test_two_different_passwords_make_no_account_and_say_so_at_the_box(stand: Stand) -> None:
    stand.press("operator")
    for name, typed in (
        ("shown_name", "Ayu Lestari"),
        ("account_name", "ayu"),
        ("password", "perahu biru 7"),
        ("again", "perahu biru 8"),
    ):
        stand.type(name, typed)
    stand.press("primary")
    assert stand.screen == "operator_first"
    assert stand.find(QWidget, "again_problem").isVisible()
    assert stand.find(QWidget, "summary").isVisible()
    assert not has_operators(stand.kiosk)


def test_the_second_time_only_name_and_password_are_asked(stand: Stand) -> None:
    stand.sign_in()
    assert stand.screen == "operator_today"


def test_a_wrong_password_opens_nothing_and_is_not_left_in_its_box(stand: Stand) -> None:
    add_operator(stand.kiosk, *AYU)
    stand.press("operator")
    _enter(stand, "ayu", "salah sekali")
    assert stand.screen == "operator_sign_in"
    assert stand.find(QLineEdit, "password").text() == ""
    assert stand.find(QLineEdit, "password").echoMode() == QLineEdit.EchoMode.Password
    wrong_password = stand.said()
    _enter(stand, "siapa", "salah sekali")
    assert stand.said() == wrong_password


def test_five_wrong_passwords_lock_the_account_for_a_time_that_is_told(
    stand: Stand, clock: FakeClock
) -> None:
    add_operator(stand.kiosk, *AYU)
    stand.press("operator")
    for _ in range(MOST_FAILURES):
        _enter(stand, "ayu", "salah sekali")
    clock.pass_time(1)
    _enter(stand, "ayu", AYU[2])
    assert stand.screen == "operator_sign_in"
    assert stand.sees("15 menit")
    clock.pass_time(LOCK_FOR.total_seconds() + 1)
    _enter(stand, "ayu", AYU[2])
    assert stand.screen == "operator_today"


def test_the_keyboard_alone_leads_in_and_through_the_tabs(stand: Stand) -> None:
    add_operator(stand.kiosk, *AYU)
    stand.press("operator")
    assert stand.find(QLineEdit, "account_name").hasFocus()
    QTest.keyClicks(stand.focused, "ayu")
    stand.key(Qt.Key.Key_Tab)
    assert stand.find(QLineEdit, "password").hasFocus()
    QTest.keyClicks(stand.focused, AYU[2])
    stand.key(Qt.Key.Key_Return)
    assert stand.screen == "operator_today"
    for number, name in ((2, "list"), (3, "sending"), (4, "settings"), (1, "today")):
        stand.key(Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
        assert stand.screen == f"operator_{name}"


def test_the_lock_leaves_nothing_to_go_back_to(stand: Stand) -> None:
    stand.sign_in()
    stand.press("lock")
    assert stand.screen == "home"
    stand.window.back()
    assert stand.screen == "home"
    assert not stand.sees("Ayu Lestari")


def test_a_desk_left_alone_warns_and_then_locks_by_itself(stand: Stand) -> None:
    stand.sign_in()
    idle = stand.window.idle
    idle.warn()
    assert stand.screen == "operator_today"
    assert stand.find(QWidget, "sheet_title").isVisible()
    for _ in range(stand.window.desk.countdown_s):
        idle.tick()
    assert stand.screen == "home"
    assert not stand.sees("Ayu Lestari")
    stand.press("operator")
    assert stand.screen == "operator_sign_in"
    assert stand.find(QLineEdit, "account_name").text() == ""
