"""Someone in front of the window: presses, types and looks, as a person would."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from app.domain.catalogue import Field
from app.ui.screen import Screen
from app.ui.widgets.cards import StatusPill
from app.ui.widgets.choice_box import SearchBox
from app.ui.window import Window
from tests.ui.making import settle


class Person:
    """Stands at one window.

    Attributes:
        window: what is in front of the person.
    """

    def __init__(self, window: Window) -> None:
        self.window = window

    @property
    def screen(self) -> Screen:
        assert self.window.screen_ is not None
        return self.window.screen_

    @property
    def place(self) -> str:
        """The name of the screen shown."""
        return self.screen.screen_name

    def sees(self, words: str) -> bool:
        """Tell whether these words stand anywhere in the window."""
        return any(words in shown for shown in self.texts())

    def texts(self) -> list[str]:
        labels = [one.text() for one in self.window.findChildren(QLabel) if one.isVisible()]
        buttons = [
            one.accessibleName()
            for one in self.window.findChildren(QAbstractButton)
            if one.isVisible()
        ]
        pills = [one.words for one in self.window.findChildren(StatusPill) if one.isVisible()]
        return [one for one in (*labels, *buttons, *pills) if one]

    def heading(self) -> str:
        found = [one for one in self.screen.findChildren(QLabel, "heading") if one.isVisible()]
        return found[0].text()

    def has(self, name: str) -> bool:
        """Tell whether something of that name can be pressed."""
        return any(one.isVisible() for one in self.window.findChildren(QAbstractButton, name))

    def button(self, name: str) -> QAbstractButton:
        """Return the button of that name."""
        found = [one for one in self.window.findChildren(QAbstractButton, name) if one.isVisible()]
        assert found, f"nothing called {name} on {self.place}"
        return found[0]

    def primary(self) -> str:
        """Return what the primary button says."""
        return self.button("primary").text().strip()

    def press(self, name: str) -> None:
        """Press the button of that name and wait for what follows."""
        found = [one for one in self.window.findChildren(QAbstractButton, name) if one.isVisible()]
        assert found, f"nothing called {name} on {self.place}"
        assert found[0].isEnabled(), f"{name} is held back"
        found[0].click()
        settle(self.window)

    def line(self, name: str) -> QLineEdit:
        found = [one for one in self.window.findChildren(QLineEdit, name) if one.isVisible()]
        assert found, f"no box called {name} on {self.place}"
        return found[0]

    def type(self, name: str, words: str) -> None:
        """Go to a box and type over what is there."""
        line = self.line(name)
        line.setFocus(Qt.FocusReason.TabFocusReason)
        line.selectAll()
        self.key(Qt.Key.Key_Delete)
        QTest.keyClicks(line, words)
        settle(self.window)

    def leave(self) -> None:
        """Go on to whatever comes next, as the Tab key does."""
        self.key(Qt.Key.Key_Tab)
        settle(self.window)

    def key(self, key: Qt.Key) -> None:
        """Press a key on whatever has the focus."""
        QTest.keyClick(self.focused() or self.window, key)

    def focused(self) -> QWidget | None:
        return QApplication.focusWidget()

    def answer(self, field: Field, value: str) -> None:
        """Answer one question of the catalogue."""
        if field.kind == "date":
            year, month, day = value.split("-")
            for part, digits in (("day", day), ("month", month), ("year", year)):
                self.type(f"{field.id}.{part}", digits)
        elif field.kind == "yes_no":
            self.press(f"{field.id}:{value}")
        elif field.kind == "choice":
            self._choose(field, value)
        elif field.kind == "region":
            self._find_place(field, value)
        elif field.kind == "note":
            box = self.window.findChildren(QWidget, field.id)[0]
            box.setFocus()
            QTest.keyClicks(box, value)
        else:
            self.type(field.id, value)
        settle(self.window)

    def _choose(self, field: Field, value: str) -> None:
        boxes = [one for one in self.screen.findChildren(SearchBox) if one.field_id == field.id]
        if not boxes:
            self.press(f"{field.id}:{value}")
            return
        label = next(one.label for one in field.choices if one.code == value)
        self.type(field.id, self.window.words.label(label))

    def _find_place(self, field: Field, value: str) -> None:
        from app.ui.widgets.region_box import RegionBox

        boxes = [one for one in self.screen.findChildren(RegionBox) if one.field_id == field.id]
        self.type(field.id, "tarempa")
        boxes[0].search_now()
        settle(self.window)
        boxes[0].pick(value)
        settle(self.window)
