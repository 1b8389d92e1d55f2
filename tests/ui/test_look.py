"""What a person sees: contrast, icons, room for every word, targets for every finger."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QLineEdit,
    QListView,
    QMessageBox,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

import app.ui
from app.resources import resources_path
from app.ui.theme.icons import icon_path
from app.ui.theme.stylesheet import stylesheet
from app.ui.theme.tokens import CONTRAST, LIGHT, TEXT_SCALES, Appearance, Colours, theme_of
from app.ui.window import Window
from tests.ui.applicant_shots import SHOTS
from tests.ui.life_shots import SHOTS as LIFE_SHOTS
from tests.ui.making import House, look, settle
from tests.ui.page_shots import SHOTS as PAGE_SHOTS
from tests.ui.shots import Shot

_INKS = ("ink", "ink_soft", "sea", "sea_deep", "accent", "danger", "good", "warn")
_GROUNDS = ("ground", "paper", "sand", "sea_soft")
_OWN_GROUND = {"danger": "danger_soft", "good": "good_soft", "warn": "warn_soft"}
#: A few screens of every kind; the gallery shows the rest to whoever looks.
_LOOKED_AT = tuple(
    shot
    for shot in (*SHOTS, *PAGE_SHOTS, *LIFE_SHOTS)
    if shot.name
    in ("home", "choose", "bring", "form_numbers", "form_birth", "form_empty_wrong", "check_open")
    or shot.name in ("consent", "done", "correction", "timeline", "help", "idle", "banner")
    or shot.name in ("page_scanner", "page_scanner_needs", "page_bad_second", "page_corners")
    or shot.name in ("page_offer", "page_scanning", "life_pay_code", "life_wishing")
)


def _light(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    made = QColor(colour)
    red, green, blue = (linear(part) for part in (made.redF(), made.greenF(), made.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of WCAG 2.2, 1 to 21."""
    dark, bright = sorted((_light(one), _light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("colours", "least"), [(LIGHT, 4.5), (CONTRAST, 7.0)])
def test_every_ink_is_read_on_every_ground(colours: Colours, least: float) -> None:
    pairs = [(ink, ground) for ink in _INKS[:4] for ground in _GROUNDS]
    pairs += [(ink, "paper") for ink in _INKS]
    pairs += [(ink, ground) for ink, ground in _OWN_GROUND.items()]
    pairs += [("on_sea", "sea"), ("on_sea", "sea_deep"), ("ink", "danger_soft")]
    weak = {
        pair: round(contrast(getattr(colours, pair[0]), getattr(colours, pair[1])), 2)
        for pair in pairs
        if contrast(getattr(colours, pair[0]), getattr(colours, pair[1])) < least
    }
    assert weak == {}


@pytest.mark.parametrize("colours", [LIGHT, CONTRAST])
def test_the_edge_of_a_box_and_the_focus_are_seen(colours: Colours) -> None:
    for mark in (colours.edge, colours.accent):
        assert contrast(mark, colours.paper) >= 3
        assert contrast(mark, colours.ground) >= 3


def test_every_shipped_icon_can_be_drawn(qtbot: QtBot) -> None:
    names = [path.stem for path in (resources_path() / "icons").glob("*.svg")]
    assert len(names) > 40
    for name in names:
        box = icon_path(name).boundingRect()
        assert 300 < max(box.width(), box.height()) <= 961, name
        assert -960 <= box.top() <= 1, name


def test_no_icon_is_shipped_for_nothing() -> None:
    folder = Path(app.ui.__file__).parent
    sources = "".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
    names = [path.stem for path in (resources_path() / "icons").glob("*.svg")]
    assert [name for name in names if f'"{name}"' not in sources] == []
    assert (resources_path() / "icons" / "LICENSE").exists()
    assert (resources_path() / "fonts" / "OFL.txt").exists()


def test_text_never_gets_below_eighteen_pixels_but_for_captions() -> None:
    for scale in TEXT_SCALES:
        theme = theme_of(Appearance(text_scale=scale))
        assert theme.text(18) == round(18 * scale / 100)
        assert theme.target(48) >= 48


@pytest.mark.parametrize("shot", _LOOKED_AT, ids=lambda shot: shot.name)
def test_a_screen_has_room_for_its_words_and_names_for_its_parts(
    shot: Shot, tmp_path: Path, qtbot: QtBot
) -> None:
    house = House(tmp_path / "kiosk")
    window = house.window()
    shot.bring(house, window)
    settle(window)
    found: dict[str, list[str]] = {}
    for size, scale in (((1280, 800), 100), ((1080, 1920), 200), ((1280, 800), 200)):
        window.resize(*size)
        if shot.name not in ("idle", "page_scanning"):  # a sheet goes when the page is made anew
            window.change_look(look("light", scale))
        settle(window)
        wrong = [*clipped(window), *unnamed(window), *small(window)]
        wrong += [*grey(window), *empty_below(window)]
        if wrong:
            found[f"{size} {scale}"] = wrong
    house.close()
    assert found == {}


def clipped(window: Window) -> list[str]:
    """Return the words that have less room than they need."""
    wrong = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or not label.text():
            continue
        if label.wordWrap():
            wanted = label.heightForWidth(label.width())
            if label.height() < wanted:
                wrong.append(f"cut at the foot: {label.text()[:60]}")
        elif label.width() < label.sizeHint().width():
            wrong.append(f"cut at the side: {label.text()[:60]}")
    for made in window.findChildren(QPushButton):
        if made.isVisible() and made.text() and made.width() < made.sizeHint().width() - 1:
            wrong.append(f"button cut: {made.text()}")
    for card in window.findChildren(QAbstractButton):
        if card.isVisible() and card.hasHeightForWidth():
            wanted = card.heightForWidth(card.width())
            if card.height() < wanted:
                wrong.append(f"card cut: {card.accessibleName()[:60]}")
    for part in window.findChildren(QWidget):
        if part.isVisible() and part.parentWidget() and part.objectName() != "screen":
            beyond = part.mapTo(window, part.rect().topRight()).x() - window.width()
            if beyond > 0:
                wrong.append(f"beyond the edge by {beyond}: {part.objectName()}")
    return wrong


def unnamed(window: Window) -> list[str]:
    """Return what the Tab key reaches and a screen reader cannot name."""
    return [
        f"no name: {type(part).__name__} {part.objectName()}"
        for part in window.findChildren(QWidget)
        if part.isVisible()
        and part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not part.accessibleName()
    ]


def small(window: Window) -> list[str]:
    """Return what a finger can hardly hit."""
    kinds = (QAbstractButton, QLineEdit)
    return [
        f"low: {part.objectName()} {part.height()}"
        for kind in kinds
        for part in window.findChildren(kind)
        if part.isVisible() and (part.height() < 48 or part.width() < 48)
    ]


def empty_below(window: Window) -> list[str]:
    """Return by how much a page scrolls on after the last thing on it."""
    assert window.screen_ is not None
    view = window.screen_.view
    inside = view.widget()
    assert inside is not None
    rows = inside.layout()
    assert rows is not None
    needed = max(rows.heightForWidth(inside.width()), view.viewport().height())
    return [f"nothing below: {inside.height() - needed}"] if inside.height() > needed else []


def grey(window: Window) -> list[str]:
    """Return parts that Qt would paint in its own way."""
    wrong = [str(type(part)) for part in window.findChildren(QMessageBox)]
    for made in window.findChildren(QPushButton):
        if made.isVisible() and not made.property("role") and type(made) is QPushButton:
            wrong.append(f"button without a role: {made.text()}")
    for part in window.findChildren(QWidget):
        if type(part) in (QListView,) and not part.objectName():
            wrong.append("a list without a name")
    return wrong


def test_a_button_in_focus_shows_its_border_and_no_second_frame(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    other, button = QPushButton("A", window), QPushButton("B", window)
    other.move(0, 200)
    for one in (button, other):
        one.setProperty("role", "secondary")
    window.setStyleSheet(stylesheet(theme_of(look())))
    with qtbot.waitActive(window):
        window.show()
    other.setFocus()
    inside = button.rect().adjusted(6, 6, -6, -6)
    before = button.grab(inside).toImage()
    # Only a key makes Qt draw a frame of its own.
    QTest.keyClick(other, Qt.Key.Key_Tab)
    assert button.hasFocus()
    assert button.grab(inside).toImage() == before
