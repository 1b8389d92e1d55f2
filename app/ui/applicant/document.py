"""One paper of the application: its pages are chosen or dropped here, seen, turned and ordered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QLabel, QVBoxLayout
from shiboken6 import isValid

from app.domain.catalogue import DocumentNeed
from app.ui.applicant import route
from app.ui.applicant.files import choose_files, read_files
from app.ui.applicant.journey import Journey
from app.ui.applicant.page_card import THUMB_PX, PageActs, PageCard, decode, show_picture
from app.ui.screen import Screen, empty
from app.ui.widgets.cards import Card, icon_label, notice
from app.ui.widgets.choice_box import choice_box
from app.ui.widgets.labels import restyle, text
from app.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from app.services.drafts import Draft, PageView
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

T = TypeVar("T")


class DocumentScreen(Screen):
    """Holds pages of one need; every change is stored at once."""

    def __init__(self, window: Window, journey: Journey, need_id: str) -> None:
        super().__init__(window, "document")
        self.journey = journey
        self.page = f"document:{need_id}"
        self._need_id = need_id
        need = journey.need(need_id) or DocumentNeed(need_id, ())
        self._need = need
        self._type = self._first_type()
        self._heading()
        self._kinds()
        self._pages = QVBoxLayout()
        self._pages.setSpacing(16)
        self.body.addLayout(self._pages)
        self._drop = self._drop_zone()
        self.body.addWidget(self._drop)
        self.setAcceptDrops(True)
        self.set_back(lambda: route.go_back(self.window_, self.journey, self.page))
        self.set_primary(self.words("ui.next"), self._next)
        if need.is_required and not journey.is_from_check:
            self.add_beside(
                self.words("applicant.document.skip"), self._go_on, role="plain", name="later"
            )
        self._show_pages()

    # --- making -----------------------------------------------------------------------------------

    def _first_type(self) -> str:
        pages = self.journey.pages_of(self._need_id)
        if pages:
            return pages[0].type
        return self._need.one_of[0] if self._need.one_of else ""

    def _heading(self) -> None:
        words, journey = self.words, self.journey
        step, steps = journey.step(self.page)
        kinds = [journey.catalogue.document_type(kind) for kind in self._need.one_of]
        single = len(kinds) == 1
        title = words.label(kinds[0].label) if single else words("applicant.document.one_of")
        if not self._need.is_required:
            title = f"{title} ({words('applicant.bringing.if_any')})"
        hint = words.label(kinds[0].help) if single else ""
        if self._need.note:
            hint = "\n".join(part for part in (hint, words.label(self._need.note)) if part)
        self.set_heading(title, hint, above=words("ui.step", step=step, steps=steps))
        item = journey.returned("document", self._need_id)
        if item:
            said = words("applicant.correction.office_says")
            self.body.addWidget(notice(self.theme, "warning", said, item.reason, icon="mail"))

    def _kinds(self) -> None:
        if len(self._need.one_of) < 2:
            return
        words, catalogue = self.words, self.journey.catalogue
        choices = [
            (kind, words.label(catalogue.document_type(kind).label)) for kind in self._need.one_of
        ]
        asks = words("applicant.document.which")
        box = choice_box(self.theme, words, f"type_{self._need_id}", asks, choices)
        box.set_value(self._type)
        self.add_box(box)
        box.changed.connect(lambda: self._choose_type(box.value()))

    def _choose_type(self, kind: str) -> None:
        if not kind or kind == self._type:
            return
        self._type = kind
        pages = self.journey.pages_of(self._need_id)
        if pages:
            from app.services.documents import set_document_type

            application_id, need = self.journey.id, self._need_id
            self._change(lambda kiosk: set_document_type(kiosk, application_id, need, kind))

    def _drop_zone(self) -> Card:
        words = self.words
        zone = Card("drop", pad=24, gap=12)
        line = icon_label(self.theme, "upload_file", self.theme.colours.sea, 40)
        zone.rows.addWidget(line, 0, Qt.AlignmentFlag.AlignHCenter)
        says = text(words("applicant.document.drop"), "hint")
        says.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        zone.rows.addWidget(says)
        self._choose_button = self.make_button(
            words("applicant.document.choose"), self._choose, icon="folder_open", name="choose"
        )
        zone.rows.addWidget(self._choose_button, 0, Qt.AlignmentFlag.AlignHCenter)
        return zone

    # --- pages ------------------------------------------------------------------------------------

    def _show_pages(self) -> None:
        empty(self._pages)
        pages = self.journey.pages_of(self._need_id)
        acts = PageActs(self._turn, self._move, self._replace, self._ask_delete)
        for number, page in enumerate(pages, start=1):
            card = PageCard(self, page, number, len(pages))
            card.add_acts(acts)
            self._pages.addWidget(card)
            if not page.is_at_office:
                load_picture(self, page, card.picture)

    def _change(self, work: Callable[[Kiosk], object]) -> None:
        """Change pages behind the screen, then show them as they are stored."""
        from app.services.drafts import load_draft

        application_id = self.journey.id
        self.window_.hide_banner()
        self.set_busy(True, self.words("ui.busy"))

        def changed(kiosk: Kiosk) -> Draft:
            work(kiosk)
            return load_draft(kiosk, application_id)

        self.ask_free(lambda desk: changed(desk.kiosk), self._changed)

    def _changed(self, draft: Draft) -> None:
        self.journey.draft = draft
        self.set_busy(False)
        self.say(self.words("ui.saved"))
        self.show_summary([])
        self._show_pages()

    def _choose(self) -> None:
        choose_files(self, self.add_files, is_several=True)

    def add_files(self, paths: Sequence[Path]) -> None:
        """Add every page of these files after those there are."""
        from app.services.documents import add_pages

        application_id, need, kind = self.journey.id, self._need_id, self._type

        def work(kiosk: Kiosk) -> None:
            for untrusted in read_files(paths):
                add_pages(kiosk, application_id, need, kind, untrusted)

        self._change(work)

    def _turn(self, page_id: str) -> None:
        from app.services.documents import turn_page

        self._change(lambda kiosk: turn_page(kiosk, page_id))

    def _move(self, page_id: str, position: int) -> None:
        from app.services.documents import move_page

        self._change(lambda kiosk: move_page(kiosk, page_id, position))

    def _replace(self, page_id: str) -> None:
        def chosen(paths: list[Path]) -> None:
            from app.services.documents import replace_page

            self._change(lambda kiosk: replace_page(kiosk, page_id, read_files(paths[:1])[0]))

        choose_files(self, chosen, is_several=False)

    def _ask_delete(self, page_id: str) -> None:
        words = self.words
        sheet = Sheet(
            self.window_,
            words("applicant.document.delete_title"),
            words("applicant.document.delete_body"),
            icon="delete",
        )
        sheet.add_closing(words("ui.cancel"))
        sheet.add(words("ui.delete"), partial(self._delete, sheet, page_id), "danger")
        sheet.open()

    def _delete(self, sheet: Sheet, page_id: str) -> None:
        from app.services.documents import delete_page

        sheet.close_()
        self._change(lambda kiosk: delete_page(kiosk, page_id))

    # --- dropping ---------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take files from the machine itself, nothing from the web."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            restyle(self._drop, is_over=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802
        """Look calm again."""
        restyle(self._drop, is_over=False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Add what was dropped."""
        restyle(self._drop, is_over=False)
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if paths:
            self.add_files(paths)

    # --- going on ---------------------------------------------------------------------------------

    def _next(self) -> None:
        if self._need.is_required and not self.journey.pages_of(self._need_id):
            self.show_summary([(self.words("applicant.document.missing"), self._choose_button)])
            return
        self._go_on()

    def _go_on(self) -> None:
        route.go_on(self.window_, self.journey, self.page)


def load_picture(screen: Screen, page: PageView, label: QLabel, side: int = THUMB_PX) -> None:
    """Bring a page's picture into its frame, when it is ready and the frame still there."""
    from app.services.documents import page_picture

    page_id = page.id

    def shown(picture: QImage) -> None:
        if isValid(label):
            show_picture(label, picture, side)

    screen.ask_free(lambda desk: decode(page_picture(desk.kiosk, page_id, 2 * side)), shown)
