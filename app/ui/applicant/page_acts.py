"""What a person does to pages that are there: turn, order, keep, delete, look at, set corners."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.ui.applicant.page_card import PageActs
from app.ui.screen import Screen
from app.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from app.services.drafts import Draft
    from app.services.kiosk import Kiosk
    from app.ui.applicant.journey import Journey


class PageWork:
    """Changes pages behind a screen, one change at a time.

    Args:
        screen: that shows them.
        journey: whose pages they are.
        changed: called with the application as it is stored after a change.
    """

    def __init__(
        self, screen: Screen, journey: Journey, changed: Callable[[Draft], object]
    ) -> None:
        self._screen, self._journey, self._changed = screen, journey, changed

    def acts(self, again: Callable[[str], object]) -> PageActs:
        """Return what the buttons of a page do; taking it again is for the screen."""
        return PageActs(
            again, self._corners, self._view, self._turn, self._move, self._ask_delete, self._keep
        )

    def set_type(self, need: str, kind: str) -> None:
        """Say that a paper is another of those that will do."""
        from app.services.documents import set_document_type

        application_id = self._journey.id
        self._do(lambda kiosk: set_document_type(kiosk, application_id, need, kind))

    def _do(self, work: Callable[[Kiosk], object]) -> None:
        """Change pages behind the screen, then show them as they are stored."""
        from app.services.drafts import load_draft

        screen, application_id = self._screen, self._journey.id
        screen.window_.hide_banner()
        screen.set_busy(True, screen.words("ui.busy"))

        def changed(kiosk: Kiosk) -> Draft:
            work(kiosk)
            return load_draft(kiosk, application_id)

        screen.ask_free(lambda desk: changed(desk.kiosk), self._changed)

    def _turn(self, page_id: str) -> None:
        from app.services.documents import turn_page

        self._do(lambda kiosk: turn_page(kiosk, page_id))

    def _move(self, page_id: str, position: int) -> None:
        from app.services.documents import move_page

        self._do(lambda kiosk: move_page(kiosk, page_id, position))

    def _keep(self, page_id: str, reason: str) -> None:
        from app.services.documents import keep_page

        self._do(lambda kiosk: keep_page(kiosk, page_id, reason))

    def _ask_delete(self, page_id: str) -> None:
        words = self._screen.words
        sheet = Sheet(
            self._screen.window_,
            words("pages.page.delete_title"),
            words("pages.page.delete_body"),
            icon="delete",
        )
        sheet.add_closing(words("ui.cancel"))
        sheet.add(words("ui.delete"), partial(self._delete, sheet, page_id), "danger")
        sheet.open()

    def _delete(self, sheet: Sheet, page_id: str) -> None:
        from app.services.documents import delete_page

        sheet.close_()
        self._do(lambda kiosk: delete_page(kiosk, page_id))

    def _corners(self, page_id: str) -> None:
        from app.ui.applicant.corners import CornersScreen

        self._screen.window_.go(partial(CornersScreen, journey=self._journey, page_id=page_id))

    def _view(self, page_id: str) -> None:
        from app.ui.applicant.page_view import PageViewScreen

        self._screen.window_.go(partial(PageViewScreen, journey=self._journey, page_id=page_id))
