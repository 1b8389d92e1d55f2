"""One page as large as the screen, so that a person can see whether everything can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

from app.ui.applicant.journey import Journey
from app.ui.applicant.page_card import numbered
from app.ui.applicant.page_loading import load_picture
from app.ui.screen import Screen
from app.ui.widgets.page_picture import PagePicture

if TYPE_CHECKING:
    from app.ui.window import Window

#: Half of the longest side that is asked for.
_SIDE_PX = 900


class PageViewScreen(Screen):
    """Shows the page and leads back."""

    def __init__(self, window: Window, journey: Journey, page_id: str) -> None:
        super().__init__(window, "page_view", column=1800)
        words = self.words
        self.set_heading(words("pages.page.view_heading"), words("pages.page.view_hint"))
        page = next((one for one in journey.draft.pages if one.id == page_id), None)
        spoken = words("pages.page.picture", number=page.position + 1 if page else 1)
        self.picture = PagePicture(self.theme, spoken, QSize(400, 360))
        self.picture.let_grow()
        self.body.addWidget(self.picture, 1)
        self.fill_height()
        self.set_back()
        if page is not None:
            self.picture.mark(numbered(page.verdict))
            load_picture(self, page, self.picture, _SIDE_PX)
