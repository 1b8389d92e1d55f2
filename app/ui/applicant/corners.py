"""A page as it was taken, with four corners to put right; what lies between them becomes the page.

Never changes the original.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from app.errors import AppError
from app.ui.applicant.journey import Journey
from app.ui.images import decode
from app.ui.screen import Kept, Screen
from app.ui.widgets.cards import notice
from app.ui.widgets.corner_editor import CornerEditor
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.drafts import Draft
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

#: Longest side of the picture that is worked on; the corners are kept in parts of the original.
_PICTURE_PX = 1600
#: Among what is kept when the screen is made anew.
_CORNERS = ":corners"


class CornersScreen(Screen):
    """Shows the original and takes the four corners from the person."""

    def __init__(self, window: Window, journey: Journey, page_id: str) -> None:
        super().__init__(window, "corners", column=1100)
        self._journey, self._page_id = journey, page_id
        self._page = next((page for page in journey.draft.pages if page.id == page_id), None)
        words = self.words
        self.set_heading(words("pages.corners.heading"), words("pages.corners.hint"))
        self.editor = CornerEditor(self.theme, words)
        self.editor.changed.connect(self._moved)
        self.body.addWidget(self.editor, 1)
        self._bent = text(words("pages.corners.bent"), "problem", name="bent")
        self._bent.hide()
        self.body.addWidget(self._bent)
        self.fill_height()
        self.set_back()
        self.add_beside(
            words("pages.corners.reset"), self._reset, role="plain", icon="undo", name="reset"
        )
        self.set_primary(words("pages.corners.use"), self._use, icon="check")
        self._wanted: object = None
        self.set_busy(True, words("ui.busy"))
        self.ask_free(lambda desk: _original(desk.kiosk, page_id), self._loaded, self._gone)

    # --- the picture ------------------------------------------------------------------------------

    def _loaded(self, picture: QImage) -> None:
        if picture.isNull():
            self._say_gone()
            return
        self.set_busy(False)
        self.editor.show_picture(picture, self._page.outline if self._page else None)
        if self._wanted is not None:
            self._put_back(self._wanted)
        self.order_keys()
        self.editor.handles[0].setFocus()

    def _gone(self, error: AppError) -> None:
        self._say_gone()
        self.fail(error)
        self._hold_primary()

    def _say_gone(self) -> None:
        self.editor.hide()
        says = self.words("pages.corners.gone")
        self.body.insertWidget(1, notice(self.theme, "warning", says))
        self.say("")
        self._hold_primary()

    def _hold_primary(self) -> None:
        if self.primary_button:
            self.primary_button.setEnabled(False)

    # --- the corners ------------------------------------------------------------------------------

    def _moved(self) -> None:
        self._bent.setVisible(not self.editor.is_whole())

    def _reset(self) -> None:
        self.editor.set_outline(self._page.outline if self._page else None)
        self._moved()

    def kept(self) -> Kept:
        """Remember the corners, too."""
        return {**super().kept(), _CORNERS: self.editor.outline()}

    def restore(self, kept: Kept) -> None:
        """Put the corners back, as soon as there is a picture to put them on."""
        super().restore(kept)
        self._wanted = kept.get(_CORNERS)

    def _put_back(self, wanted: object) -> None:
        from app.domain.judgement import Outline

        if isinstance(wanted, Outline):
            self.editor.set_outline(wanted)
            self._moved()

    def _use(self) -> None:
        if not self.editor.is_whole():
            self._moved()
            return
        outline, page_id, application_id = self.editor.outline(), self._page_id, self._journey.id
        self.window_.hide_banner()
        self.set_busy(True, self.words("pages.corners.working"))

        def straightened(kiosk: Kiosk) -> Draft:
            from app.services.documents import set_outline
            from app.services.drafts import load_draft

            set_outline(kiosk, page_id, outline)
            return load_draft(kiosk, application_id)

        self.ask_free(lambda desk: straightened(desk.kiosk), self._done)

    def _done(self, draft: Draft) -> None:
        self._journey.draft = draft
        self.window_.back()


def _original(kiosk: Kiosk, page_id: str) -> QImage:
    from app.services.documents import original_picture

    return decode(original_picture(kiosk, page_id, _PICTURE_PX))
