"""Walks through the real window as a person would, and keeps a picture of every screen.

For the demo on a machine without a display. Presses buttons and fills boxes; never calls a service.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QLoggingCategory
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from app.errors import BugError
from app.ui.applicant.document import DocumentScreen
from app.ui.applicant.home import HomeScreen
from app.ui.applicant.page_card import is_settled
from app.ui.desk import Desk, OpenDesk
from app.ui.widgets.answer_box import AnswerBox
from app.ui.window import Window, make_application

#: How long anything may take that the walk waits for.
_PATIENCE_S = 60.0
_QUIET = (
    "default.warning=false\nqt.multimedia.symbolsresolver=false\nqt.multimedia.ffmpeg.info=false"
)
#: More pages than any journey has; a walk that goes in circles ends here.
_MOST_PAGES = 60


class Walk:
    """One window, walked through.

    Args:
        desk: as for the window.
        pictures: folder for the pictures, numbered in the order of the walk.
        answers: what to say in each field's box.
        papers: document need to the files that are chosen for it.
        reason: why a warning is kept.
    """

    def __init__(
        self,
        desk: Desk,
        pictures: Path,
        answers: Mapping[str, str],
        papers: Mapping[str, list[Path]],
        reason: str,
    ) -> None:
        # The offscreen platform tells at each picture what it cannot do. A rule and no function of
        # ours: Qt would call that while a thread loads a library, and both could wait for ever.
        QLoggingCategory.setFilterRules(_QUIET)
        make_application(["loket"])
        self._window = Window(desk, HomeScreen)
        self._pictures = pictures
        self._answers = dict(answers)
        self._papers = papers
        self._reason = reason
        self._count = 0
        self._window.resize(1280, 800)
        self._window.show()
        self._window.tasks.start()
        self.settle()
        self._keep_picture()

    @property
    def open_desk(self) -> OpenDesk:
        """What stands behind the screens."""
        if self._window.tasks.open_desk is None:
            raise BugError("store_not_open")
        return self._window.tasks.open_desk

    def close(self) -> None:
        """Close the window and with it the desk."""
        self._window.close()

    def mend(self, field_id: str, value: str) -> None:
        """Say something else in a field from now on."""
        self._answers[field_id] = value

    def apply(self, way: tuple[str, ...], pin: str) -> str:
        """Go from home through the decision tree, set the PIN; return the resume code.

        Args:
            way: names of the choices in the tree, one for each question.
            pin: six digits.
        """
        self.press("apply")
        for choice in way:
            self.press(f"choice_{choice}")
        while self._name != "securing":
            self._fill()
            self.press("primary")
        for box in self._boxes():
            box.set_value(pin)
        self.press("primary")
        code = self._window.findChild(QLabel, "resume_code")
        if not isinstance(code, QLabel):
            raise BugError("walk_lost", screen=self._name)
        self.press("primary")
        return code.text()

    def fill_and_send(self) -> None:
        """Fill page after page to the end, agree, send."""
        for _ in range(_MOST_PAGES):
            if self._name == "done":
                return
            self._fill()
            self._give_papers()
            self.press("primary")
            self._keep_warnings()
        raise BugError("walk_lost", screen=self._name)

    def resume(self, code: str, pin: str) -> None:
        """From home, open an application again."""
        self._window.go_home()
        self.press("resume")
        self._put("resume_code", code)
        self._put("pin", pin)
        self.press("primary")

    def look_up(self, reference: str, birth_date: str) -> None:
        """From home, look at the status."""
        self._window.go_home()
        self.press("status")
        self._put("reference", reference)
        self._put("birth_date", birth_date)
        self.press("primary")

    def wait_until(self, is_true: Callable[[], bool], what: str) -> None:
        """Let the window live until something has happened behind it."""
        deadline = time.monotonic() + _PATIENCE_S
        while not is_true():
            if time.monotonic() > deadline:
                raise BugError("walk_waited", what=what)
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        self.settle()
        self._keep_picture()

    def press(self, name: str) -> None:
        """Press a button of the screen, and keep a picture of what follows."""
        found = [
            button
            for button in self._window.findChildren(QAbstractButton, name)
            if button.isVisible() and button.isEnabled()
        ]
        if not found:
            raise BugError("walk_lost", screen=self._name)
        found[-1].click()
        self.settle()
        self._keep_picture()

    def settle(self) -> None:
        """Let everything that is under way come to its end."""
        flags = QEventLoop.ProcessEventsFlag.AllEvents
        for _ in range(3):
            QCoreApplication.processEvents(flags)
            while not self._window.tasks.is_idle:
                # Nobody touches this screen, and a kiosk locks itself when a person is gone.
                self._window.idle.stir()
                QCoreApplication.processEvents(flags, 20)

    @property
    def _name(self) -> str:
        return self._window.screen_.screen_name if self._window.screen_ else ""

    def _boxes(self) -> list[AnswerBox]:
        return [box for box in self._window.findChildren(AnswerBox) if box.isVisible()]

    def _put(self, field_id: str, value: str) -> None:
        for box in self._boxes():
            if box.field_id == field_id:
                box.set_value(value)

    def _fill(self) -> None:
        # An answer may bring further questions onto the page, so once more.
        for _ in range(2):
            for box in self._boxes():
                if box.field_id in self._answers:
                    box.set_value(self._answers[box.field_id])
            self.settle()
        for tick in ("truth", "agree"):
            for button in self._window.findChildren(QAbstractButton, tick):
                button.setChecked(True)
        self.settle()
        self._keep_picture()

    def _give_papers(self) -> None:
        """On a paper's page: give its files, and keep with a reason what is not good twice."""
        screen = self._window.screen_
        if not isinstance(screen, DocumentScreen):
            return
        need = screen.page.removeprefix("document:")
        files = self._papers.get(need, [])
        if not files:
            self.press("later")
            self._give_papers()
            return
        if not screen.journey.pages_of(need):
            screen.add_files(files)
            self.settle()
            self._keep_picture()
        is_returned = screen.journey.returned("document", need) is not None
        for page, file in zip(screen.journey.pages_of(need), files, strict=False):
            if is_returned or not is_settled(page):
                screen.retake_from(file, page.id)
                self.settle()
                self._keep_picture()
        self._give_reasons()

    def _keep_warnings(self) -> None:
        """Give the reason for every warning that holds the page, and go on."""
        if self._give_reasons():
            self.press("primary")

    def _give_reasons(self) -> bool:
        """Give the reason wherever one is asked for; tell whether one was."""
        given = 0
        while line := self._reason_line():
            line.setText(self._reason)
            self.press("keep_" + line.objectName().removeprefix("reason_"))
            given += 1
            if given > _MOST_PAGES:
                raise BugError("walk_lost", screen=self._name)
        return bool(given)

    def _reason_line(self) -> QLineEdit | None:
        lines = (
            line
            for line in self._window.findChildren(QLineEdit)
            if line.objectName().startswith("reason_") and line.isVisible()
        )
        return next(lines, None)

    def _keep_picture(self) -> None:
        self._count += 1
        name = f"{self._count:02d}-{self._name}.png"
        self._window.grab().save(str(self._pictures / name))
