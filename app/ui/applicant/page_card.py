"""Shows one page of a document with what can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from app.ui.screen import Screen
from app.ui.widgets.cards import Card
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.drafts import PageView

#: Longest side of a thumbnail; asked for at twice that for sharp screens.
THUMB_PX = 200


class PageActs(NamedTuple):
    """What the buttons of a page do; each takes the page's id."""

    turn: Callable[[str], object]
    move: Callable[[str, int], object]
    replace: Callable[[str], object]
    delete: Callable[[str], object]


class PageCard(Card):
    """A thumbnail, which page it is, and its buttons."""

    def __init__(self, screen: Screen, page: PageView, number: int, count: int) -> None:
        super().__init__("card", pad=16, gap=8)
        self.page = page
        self._screen, self._number, self._count = screen, number, count
        words = screen.words
        self.line = QHBoxLayout()
        self.line.setSpacing(24)
        self.picture = thumbnail(words("applicant.document.page", number=number))
        self.line.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        self.column = QVBoxLayout()
        self.column.setSpacing(4)
        title = words("applicant.document.page_of", number=number, count=count)
        self.column.addWidget(text(title, "label"))
        detail = (
            words("applicant.document.at_office")
            if page.is_at_office
            else words.size(page.size_bytes)
        )
        self.column.addWidget(text(detail, "hint"))
        self.line.addLayout(self.column, 1)
        self.rows.addLayout(self.line)

    def add_acts(self, acts: PageActs) -> None:
        """Put the buttons beside the picture."""
        grid = QGridLayout()
        grid.setSpacing(8)
        page, at = self.page, self._number - 1
        offered: list[tuple[str, str, Callable[[], object]]] = []
        if not page.is_at_office:
            offered.append(("turn", "rotate_right", lambda: acts.turn(page.id)))
            if at > 0:
                offered.append(("earlier", "arrow_upward", lambda: acts.move(page.id, at - 1)))
            if at < self._count - 1:
                offered.append(("later", "arrow_downward", lambda: acts.move(page.id, at + 1)))
        offered.append(("replace", "autorenew", lambda: acts.replace(page.id)))
        offered.append(("delete", "delete", lambda: acts.delete(page.id)))
        words = self._screen.words
        columns = 1 if self._screen.theme.scale > 1.3 else 2
        for place, (name, icon, act) in enumerate(offered):
            says = words(f"applicant.document.{name}")
            made = self._screen.make_button(
                says,
                act,
                "plain",
                icon=icon,
                spoken=words("applicant.document.of_page", act=says, number=self._number),
                name=f"{name}_{self._number}",
            )
            grid.addWidget(made, place // columns, place % columns, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(columns, 1)
        self.column.addLayout(grid)
        self.column.addStretch(1)


def thumbnail(spoken: str, side: int = THUMB_PX) -> QLabel:
    """Return an empty frame for a page's picture."""
    label = text("…", "hint")
    label.setFixedSize(side, side)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setAccessibleName(spoken)
    return label


def decode(png: bytes) -> QImage:
    """Return a picture from its PNG; an image, unlike a pixmap, may be made in any thread."""
    return QImage.fromData(png)


def show_picture(label: QLabel, picture: QImage, side: int = THUMB_PX) -> None:
    """Show a page's picture in its frame."""
    pixmap = QPixmap.fromImage(picture)
    pixmap.setDevicePixelRatio(max(1.0, max(picture.width(), picture.height()) / side))
    label.setPixmap(pixmap)
