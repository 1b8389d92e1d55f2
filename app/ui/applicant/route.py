"""Leads from page to page of a journey, and remembers the page in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui.applicant.journey import CHECK, CONSENT, CORRECTION, Journey
from app.ui.screen import Screen

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


def show(window: Window, journey: Journey, page: str) -> None:
    """Show a page; Back on the first one leads home, and the draft reopens here."""
    page = journey.usable(page)
    application_id = journey.id

    def remember(kiosk: Kiosk) -> None:
        from app.services.drafts import remember_page

        remember_page(kiosk, application_id, page)

    window.tasks.in_store(remember, lambda _none: None, window.show_error)
    window.restart(lambda to: _make(to, journey, page))


def _make(window: Window, journey: Journey, page: str) -> Screen:
    kind, _, name = page.partition(":")
    match kind:
        case "group":
            from app.ui.applicant.form import FormScreen

            return FormScreen(window, journey, name)
        case "document":
            from app.ui.applicant.document import DocumentScreen

            return DocumentScreen(window, journey, name)
        case _ if page == CORRECTION:
            from app.ui.applicant.correction import CorrectionScreen

            return CorrectionScreen(window, journey)
        case _ if page == CONSENT:
            from app.ui.applicant.consent import ConsentScreen

            return ConsentScreen(window, journey)
        case _:
            from app.ui.applicant.check import CheckScreen

            return CheckScreen(window, journey)


def go_on(window: Window, journey: Journey, page: str) -> None:
    """Show the page after this one, or the page that the person came from for one thing."""
    if journey.returns_to:
        to, journey.returns_to = journey.returns_to, ""
        show(window, journey, to)
        return
    if journey.is_from_check:
        journey.is_from_check = False
        show(window, journey, CHECK)
        return
    following = journey.beside(page, 1)
    if following:
        show(window, journey, following)


def go_back(window: Window, journey: Journey, page: str) -> None:
    """Show the page before this one; before the first one is home."""
    if journey.returns_to or journey.is_from_check:
        go_on(window, journey, page)
        return
    before = journey.beside(page, -1)
    if before:
        show(window, journey, before)
    else:
        window.go_home()
