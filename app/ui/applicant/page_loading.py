"""Brings pictures of pages into their frames, made and decoded in free threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage
from shiboken6 import isValid

from app.errors import AppError
from app.ui.images import decode
from app.ui.screen import Screen
from app.ui.widgets.page_picture import PagePicture

if TYPE_CHECKING:
    from app.services.drafts import PageView


def load_picture(screen: Screen, page: PageView, frame: PagePicture, side: int) -> None:
    """Bring a page's picture into its frame, when it is ready and the frame still there.

    A picture that the disk lost is said in its frame: the page can be taken again all the same.
    """
    from app.services.documents import page_picture

    page_id = page.id

    def shown(picture: QImage) -> None:
        if isValid(frame):
            frame.show_picture(picture)

    def failed(_error: AppError) -> None:
        if isValid(frame):
            frame.say(screen.words("pages.page.no_picture"))

    screen.ask_free(lambda desk: decode(page_picture(desk.kiosk, page_id, 2 * side)), shown, failed)
