"""Four corners on the picture as it was taken: by mouse, by keys, in words, and back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.judgement import Outline
from app.services import documents
from app.ui.applicant import route
from app.ui.applicant.corners import CornersScreen
from app.ui.applicant.journey import Journey, journey_of
from app.ui.theme.tokens import Appearance, theme_of
from app.ui.widgets.corner_editor import CornerEditor, is_convex
from tests.ui.making import House, settle, started, words_of
from tests.ui.papers import photographed
from tests.ui.person import Person


@pytest.fixture
def editor(qtbot: QtBot) -> CornerEditor:
    made = CornerEditor(theme_of(Appearance()), words_of("id"))
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    made.show_picture(QImage(1600, 1200, QImage.Format.Format_RGB32), _outline(0.2))
    return made


def _outline(margin: float) -> Outline:
    low, high = margin, 1 - margin
    return Outline(((low, low), (high, low), (high, high), (low, high)))


def test_a_corner_follows_the_finger_without_a_jump(editor: CornerEditor) -> None:
    handle = editor.handles[0]
    grip = QPoint(10, 12)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=grip)
    QTest.mouseMove(handle, grip)
    assert editor.outline().corners[0] == pytest.approx((0.2, 0.2), abs=0.002)
    QTest.mouseMove(handle, grip + QPoint(40, 30))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton)
    lies = editor.picture_rect()
    moved = (0.2 + 40 / lies.width(), 0.2 + 30 / lies.height())
    assert editor.outline().corners[0] == pytest.approx(moved, abs=0.003)
    assert editor.outline().corners[1:] == _outline(0.2).corners[1:]


def test_a_corner_moves_by_arrow_keys_and_farther_with_shift(editor: CornerEditor) -> None:
    handle = editor.handles[2]
    QTest.keyClick(handle, Qt.Key.Key_Left)
    x, y = editor.outline().corners[2]
    assert 0.79 < x < 0.8
    assert y == 0.8
    QTest.keyClick(handle, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert editor.outline().corners[2][1] < 0.8 - 9 * (0.8 - x)


def test_the_tab_key_goes_from_corner_to_corner_and_each_has_a_name(editor: CornerEditor) -> None:
    names = [handle.accessibleName() for handle in editor.handles]
    assert names == [
        "Sudut kiri atas", "Sudut kanan atas", "Sudut kanan bawah", "Sudut kiri bawah"
    ]  # fmt: skip
    editor.handles[0].setFocus()
    QTest.keyClick(editor.handles[0], Qt.Key.Key_Tab)
    assert editor.handles[1].hasFocus()
    assert editor.handles[0].accessibleDescription() == "20 persen dari kiri, 20 persen dari atas"
    assert all(min(one.width(), one.height()) >= 48 for one in editor.handles)


def test_a_paper_that_lies_on_its_head_keeps_its_own_first_corner(editor: CornerEditor) -> None:
    corners = _outline(0.2).corners
    editor.set_outline(Outline((corners[2], corners[3], corners[0], corners[1])))
    assert editor.handles[0].accessibleName() == "Sudut kanan bawah"
    assert editor.outline().corners[0] == corners[2]


def test_no_corner_leaves_the_picture_far(editor: CornerEditor) -> None:
    editor.handles[0].dragged.emit(QPointF(-5000, -5000))
    x, y = editor.outline().corners[0]
    assert -0.1 <= x < 0
    assert -0.1 <= y < 0
    assert editor.rect().contains(editor.handles[0].geometry())


def test_lines_that_cross_make_no_paper() -> None:
    assert is_convex([(0, 0), (1, 0), (1, 1), (0, 1)])
    assert not is_convex([(1, 0), (0, 0), (1, 1), (0, 1)]), "crossed"
    assert not is_convex([(0, 0), (1, 0), (0.2, 0.2), (0, 1)]), "bent inwards"
    assert not is_convex([(0, 0), (0, 1), (1, 1), (1, 0)]), "the wrong way round"


def _at_corners(house: House, person: Person) -> tuple[Journey, CornersScreen]:
    draft = started(house.kiosk, {})
    documents.add_pages(house.kiosk, draft.application_id, "ktp", "ktp", photographed("ktp"))
    journey = journey_of(house.kiosk, draft)
    from app.services.drafts import load_draft

    journey.take(load_draft(house.kiosk, draft.application_id))
    route.show(person.window, journey, "document:ktp")
    settle(person.window)
    person.press("corners_1")
    screen = person.screen
    assert isinstance(screen, CornersScreen)
    return journey, screen


def test_what_lies_between_the_corners_becomes_the_page(house: House, person: Person) -> None:
    journey, screen = _at_corners(house, person)
    before = journey.pages_of("ktp")[0]
    assert before.outline is not None
    assert screen.editor.outline() == before.outline
    QTest.keyClick(screen.editor.handles[0], Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    wanted = screen.editor.outline()
    person.press("primary")
    assert person.place == "document"
    after = journey.pages_of("ktp")[0]
    assert after.id == before.id
    assert after.outline == wanted
    assert after.tries == before.tries, "no further picture was taken"


def test_corners_survive_another_language_and_are_put_back_at_a_press(
    house: House, person: Person
) -> None:
    _journey, screen = _at_corners(house, person)
    first = screen.editor.outline()
    QTest.keyClick(screen.editor.handles[1], Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    moved = screen.editor.outline()
    person.press("language")
    again = person.screen
    assert isinstance(again, CornersScreen)
    assert again.editor.outline() == moved
    assert person.sees("Move the four points to the corners of the paper")
    person.press("reset")
    assert again.editor.outline() == first


def test_crossed_lines_are_refused_in_words(house: House, person: Person) -> None:
    journey, screen = _at_corners(house, person)
    corners = screen.editor.outline().corners
    screen.editor.set_outline(Outline((corners[1], corners[0], corners[2], corners[3])))
    person.press("primary")
    assert person.screen is screen
    assert person.sees("Garisnya bersilangan")
    assert journey.pages_of("ktp")[0].outline == journey.draft.pages[0].outline
