"""Owns the scaffold of every screen: heading, hint, scrolling body, footer with Back and Primary.

A screen shows one state and tells the window where to go; it never opens the store itself, and
never outlives the moment it is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.errors import AppError
from app.ui.desk import OpenDesk
from app.ui.widgets.buttons import ButtonRole, button
from app.ui.widgets.labels import change_text, text
from app.ui.widgets.line import Line
from app.ui.widgets.scrolling import Scrolled

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.widgets.answer_box import AnswerBox
    from app.ui.window import Window

T = TypeVar("T")
#: What a person typed and where they were, by object name; enough to make the screen again.
Kept = dict[str, object]


class Screen(QWidget):
    """One page. Subclasses fill it in their constructor, from state that outlives them.

    Attributes:
        window_: where to go next, the words, the theme, the tasks.
        body: the column between heading and footer.
        is_left: the person went elsewhere; late results are dropped.
    """

    #: Nothing of a person is on it; the idle warning is not needed.
    is_public = False

    def __init__(self, window: Window, name: str, *, column: int = 760) -> None:
        super().__init__()
        self.window_ = window
        self.words = window.words
        self.theme = window.theme
        self.is_left = False
        self._keypad: QWidget | None = None
        self._summary: QWidget | None = None
        self.setObjectName("screen")
        self.screen_name = name
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.body = self._scaffold(outer, column)
        self.below = QVBoxLayout()
        outer.addLayout(self.below)
        self._footer = self._make_footer()
        outer.addWidget(self._footer)

    # --- making -----------------------------------------------------------------------------------

    def _scaffold(self, outer: QVBoxLayout, column: int) -> QVBoxLayout:
        self.view = QScrollArea()
        self.view.setWidgetResizable(True)
        self.view.setFrameShape(QScrollArea.Shape.NoFrame)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(self.view, 1)
        inside = Scrolled()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(24, 32, 24, 32)
        self._rows = rows
        sides = QHBoxLayout()
        # Not an alignment of the column: that would cap its height at what unwrapped words need.
        rows.addLayout(sides)
        rows.addStretch(1)
        middle = QWidget()
        middle.setMaximumWidth(self.theme.column(column))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHorizontalStretch(100)
        middle.setSizePolicy(policy)
        sides.addStretch(1)
        sides.addWidget(middle, 100)
        sides.addStretch(1)
        body = QVBoxLayout(middle)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(24)
        self.view.setWidget(inside)
        return body

    def fill_height(self) -> None:
        """Let the body take all the height there is, for a list that scrolls by itself."""
        self._rows.setStretch(0, 1)
        self._rows.setStretch(1, 0)

    def _make_footer(self) -> QWidget:
        footer = QWidget()
        footer.setObjectName("footer")
        footer.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(footer)
        line.setContentsMargins(24, 12, 24, 12)
        line.setSpacing(16)
        self.back_button: QPushButton | None = None
        self.primary_button: QPushButton | None = None
        self._quiet = text("", "quiet", name="quiet")
        self._quiet.setWordWrap(False)
        self._line = line
        line.addStretch(1)
        line.addWidget(self._quiet)
        footer.hide()
        return footer

    def set_heading(self, title: str, hint: str = "", *, above: str = "") -> None:
        """Put the page's question at the top, with a line above it (the step) and below it."""
        column = QVBoxLayout()
        column.setSpacing(8)
        if above:
            column.addWidget(text(above, "caption", name="step"))
        column.addWidget(text(title, "heading", name="heading"))
        if hint:
            column.addWidget(text(hint, "hint", name="hint"))
        self.body.addLayout(column)
        self.setAccessibleName(title)

    def set_primary(self, words: str, act: Callable[[], object], *, icon: str = "") -> QPushButton:
        """Put the one primary button at the right end of the footer."""
        made = button(words, act, "primary", theme=self.theme, icon=icon, name="primary")
        if self.primary_button:
            self._take_focus_from_primary()
            self._line.replaceWidget(self.primary_button, made)
            self.primary_button.deleteLater()
        else:
            self._line.addWidget(made)
        self.primary_button = made
        self._footer.show()
        return made

    def set_back(self, act: Callable[[], object] | None = None) -> QPushButton:
        """Put Back at the left end of the footer; it goes where the person came from."""
        words = self.words("ui.back")
        made = button(
            words,
            act or self.window_.back,
            "plain",
            theme=self.theme,
            icon="arrow_back",
            name="back",
        )
        if self.back_button:
            self._line.replaceWidget(self.back_button, made)
            self.back_button.deleteLater()
        else:
            self._line.insertWidget(0, made)
        self.back_button = made
        self._footer.show()
        return made

    def add_beside(
        self,
        words: str,
        act: Callable[[], object],
        *,
        icon: str = "",
        role: ButtonRole = "secondary",
        name: str = "",
    ) -> QPushButton:
        """Put a second action into the footer, before the primary button."""
        made = button(words, act, role, theme=self.theme, icon=icon, name=name)
        at = self._line.indexOf(self._quiet) + 1
        self._line.insertWidget(at, made)
        self._footer.show()
        return made

    def make_button(
        self,
        words: str,
        act: Callable[[], object],
        role: ButtonRole = "secondary",
        *,
        icon: str = "",
        spoken: str = "",
        name: str = "",
    ) -> QPushButton:
        """Return a button in this screen's theme."""
        return button(words, act, role, theme=self.theme, icon=icon, spoken=spoken, name=name)

    def clear_body(self) -> None:
        """Take everything out of the body, to fill it anew."""
        empty(self.body)

    def add_box(self, box: AnswerBox) -> None:
        """Put a question into the body; a finger on it opens the keypad."""
        box.place()
        self.body.addWidget(box)
        self.offer_keypad(box)

    def offer_keypad(self, around: QWidget) -> None:
        """Open the keypad at a finger's touch on any one-line box in ``around``."""
        for line in around.findChildren(Line):
            line.touched.connect(lambda at=line: self.open_keypad(at))

    def open_keypad(self, line: Line) -> None:
        """Lay the keypad above the footer."""
        from app.ui.widgets.keypad import Keypad

        self.close_keypad()
        self._keypad = Keypad(self.theme, self.words, line.keypad, self.close_keypad)
        self.below.insertWidget(0, self._keypad)
        QTimer.singleShot(0, lambda: self._bring_into_view(line))

    def _bring_into_view(self, line: Line) -> None:
        if self._is_here() and isValid(line):
            self.view.ensureWidgetVisible(line)

    def close_keypad(self) -> None:
        """Take the keypad away."""
        if self._keypad:
            self._keypad.hide()
            self.below.removeWidget(self._keypad)
            self._keypad.deleteLater()
            self._keypad = None

    def show_summary(self, problems: Sequence[tuple[str, QWidget]]) -> None:
        """List at the top what is wrong, each a link to its box; the first box gets the focus."""
        from app.ui.widgets.summary import Summary

        if self._summary:
            self._summary.hide()
            self.body.removeWidget(self._summary)
            self._summary.deleteLater()
            self._summary = None
        if problems:
            self._summary = Summary(self.theme, self.words, problems)
            self.body.insertWidget(0, self._summary)
            self.order_keys()
            self.view.verticalScrollBar().setValue(0)
            problems[0][1].setFocus(Qt.FocusReason.OtherFocusReason)
            self.keep_focus_in_sight()

    def keep_focus_in_sight(self) -> None:
        """Scroll to the box that has the focus, once what was added above it has its place."""
        QTimer.singleShot(0, self, self._reveal_focus)

    def _reveal_focus(self) -> None:
        focused: QWidget | None = QApplication.focusWidget()
        if focused is not None and self.view.isAncestorOf(focused):
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            self.view.ensureWidgetVisible(focused)

    # --- work -------------------------------------------------------------------------------------

    def ask(
        self,
        work: Callable[[Kiosk], T],
        done: Callable[[T], object],
        failed: Callable[[AppError], object] | None = None,
    ) -> None:
        """Do store work behind the screen; the result is dropped when the person has left."""
        self.window_.tasks.in_store(work, done, failed or self.fail, self._is_here)

    def ask_free(
        self,
        work: Callable[[OpenDesk], T],
        done: Callable[[T], object],
        failed: Callable[[AppError], object] | None = None,
    ) -> None:
        """Do slow work (pictures, printing, the office) behind the screen."""
        self.window_.tasks.in_free(work, done, failed or self.fail, self._is_here)

    def fail(self, error: AppError) -> None:
        """Tell what happened, that nothing is lost, and what to do next; buttons work again."""
        self.set_busy(False)
        self.window_.show_error(error)

    def set_busy(self, is_busy: bool, words: str = "") -> None:
        """Hold the primary button while work is under way, and say so with one quiet word."""
        if self.primary_button:
            if is_busy:
                self._take_focus_from_primary()
            self.primary_button.setEnabled(not is_busy)
        if not is_busy and self.hasFocus():
            self._focus_first()
        self.say(words if is_busy else "")

    def _take_focus_from_primary(self) -> None:
        """Keep the focus on the page: a button that is held or goes would hand it to Back."""
        if self.primary_button and self.primary_button.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, words: str) -> None:
        """Say one quiet word in the footer, such as *Tersimpan*."""
        change_text(self._quiet, words)
        self._footer.show()

    def _is_here(self) -> bool:
        return isValid(self) and not self.is_left

    # --- coming and going -------------------------------------------------------------------------

    def entered(self) -> None:
        """Run after the screen is shown: the focus goes to the first box to type in, else the page.

        A page that begins with something to choose keeps the focus: the Tab key starts there, and
        nothing looks chosen that is not.
        """
        self.order_keys()
        self._focus_first()

    def _focus_first(self) -> None:
        for part in _stops(self.body):
            if part.isVisibleTo(self) and part.isEnabled():
                if isinstance(part, QLineEdit | QPlainTextEdit):
                    part.setFocus(Qt.FocusReason.OtherFocusReason)
                    return
                break
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def order_keys(self) -> None:
        """Let the Tab key follow what the eye sees, then the primary button, then the others.

        Without it, what is added later comes last, wherever it stands.
        """
        footer = [one for one in _stops(self._line) if one is not self.primary_button]
        primary = [self.primary_button] if self.primary_button else []
        order = [*_stops(self.body), *primary, *reversed(footer)]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def leaving(self) -> None:
        """Run before the screen goes: saves what is typed and not yet saved."""

    def kept(self) -> Kept:
        """Return everything typed or chosen and not yet stored, by object name."""
        kept: Kept = {}
        for line in self.findChildren(QLineEdit):
            kept[line.objectName()] = line.text()
        for note in self.findChildren(QPlainTextEdit):
            kept[note.objectName()] = note.toPlainText()
        for choice in self.findChildren(QAbstractButton):
            if choice.isCheckable():
                kept[choice.objectName()] = choice.isChecked()
        focused: QWidget | None = self.focusWidget()
        kept[":focus"] = "" if focused is None else focused.objectName()
        kept[":scroll"] = self.view.verticalScrollBar().value()
        kept.pop("", None)
        return kept

    def restore(self, kept: Kept) -> None:
        """Put back what ``kept`` returned, on the same screen made anew."""
        for line in self.findChildren(QLineEdit):
            if line.objectName() in kept:
                line.setText(str(kept[line.objectName()]))
        for note in self.findChildren(QPlainTextEdit):
            if note.objectName() in kept:
                note.setPlainText(str(kept[note.objectName()]))
        for choice in self.findChildren(QAbstractButton):
            if choice.isCheckable() and kept.get(choice.objectName()):
                choice.setChecked(True)
        for focused in self.findChildren(QWidget, str(kept.get(":focus") or "-")):
            focused.setFocus(Qt.FocusReason.OtherFocusReason)
        scrolled = kept.get(":scroll")
        if isinstance(scrolled, int):
            self.view.verticalScrollBar().setValue(scrolled)

    def spoken(self) -> Sequence[str]:
        """Return what the read-aloud button reads, in order."""
        labels = self.view.findChildren(QLabel)
        return [label.text() for label in labels if label.isVisibleTo(self) and label.text()]

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter does what the primary button does; Escape goes back."""
        target = None
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            target = self.primary_button
        elif event.key() == Qt.Key.Key_Escape:
            target = self.back_button
        if target and target.isEnabled():
            target.click()
        else:
            super().keyPressEvent(event)


def _stops(layout: QLayout) -> Iterator[QWidget]:
    """Yield what the Tab key can visit, in the order in which it is laid out."""
    for place in range(layout.count()):
        item = layout.itemAt(place)
        widget = item.widget() if item else None
        below = widget.layout() if widget is not None else item.layout() if item else None
        if widget is not None and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget
        if below is not None:
            yield from _stops(below)


def empty(layout: QLayout) -> None:
    """Take everything out of a layout, for good."""
    while item := layout.takeAt(0):
        widget, below = item.widget(), item.layout()
        if widget:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif below:
            empty(below)
