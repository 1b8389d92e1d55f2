"""One paper of the application: its pages are taken, judged, kept, ordered and dropped here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout

from app.domain.catalogue import DocumentNeed
from app.domain.news import PageDeveloped
from app.domain.sources import SourceDescription
from app.ui.applicant import route
from app.ui.applicant.cameras import open_camera, watch_cameras
from app.ui.applicant.journey import Journey
from app.ui.applicant.page_acts import PageWork
from app.ui.applicant.page_card import PageCard, is_settled
from app.ui.applicant.page_loading import load_picture
from app.ui.applicant.sources import (
    SourceCard,
    Sources,
    act_icon,
    act_words,
    again_words,
    find_sources,
    load_sources,
    name_of,
    other_words,
)
from app.ui.applicant.taking import Arrived, Instead, Taken, Taking, Wanted
from app.ui.screen import Screen, empty
from app.ui.widgets.buttons import ChoiceButton
from app.ui.widgets.cards import notice, value_row
from app.ui.widgets.choice_box import choice_box
from app.ui.widgets.labels import restyle
from app.ui.widgets.scrolling import bring_into_sight
from app.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from app.services.drafts import Draft, PageView
    from app.ui.window import Window


class DocumentScreen(Screen):
    """Holds pages of one need; every change is stored at once.

    The primary button does what comes next: take the first page, take again the one that is not
    good, or go on.
    """

    def __init__(self, window: Window, journey: Journey, need_id: str) -> None:
        super().__init__(window, "document")
        self.journey = journey
        self.page = f"document:{need_id}"
        self._need_id = need_id
        self._need = journey.need(need_id) or DocumentNeed(need_id, ())
        self._type = self._first_type()
        # Seldom others than before: what is right at first need not be laid out twice.
        self._sources = journey.sources or Sources()
        self._source_card: SourceCard | None = None
        self._cards: list[PageCard] = []
        self._heading()
        self._kinds = QVBoxLayout()
        self.body.addLayout(self._kinds)
        self._pages = QVBoxLayout()
        self._pages.setSpacing(16)
        self.body.addLayout(self._pages)
        self._place = QVBoxLayout()
        self.body.addLayout(self._place)
        self._work = PageWork(self, journey, self._changed)
        self._taking = Taking(self, self._taken)
        self.setAcceptDrops(True)
        self.set_back(lambda: route.go_back(self.window_, self.journey, self.page))
        self._later = self.add_beside("", self._go_on, role="plain", name="later")
        self._show_pages()
        self._came_at = window.desk.clock.now()
        self._leaves = Event()
        if not self._cards:
            # While the person lays the paper down; a fault is told when a picture comes.
            self.ask_free(lambda desk: desk.kiosk.imaging.warm(), lambda _: None, lambda _: None)
        self.ask(load_sources, self._know_sources)
        watch_cameras(self, self._found_sources)
        window.bridge.news_came.connect(self._heard)

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

    def _show_kinds(self, *, is_asking: bool) -> None:
        """Ask which of several papers it is, or say which one was chosen."""
        empty(self._kinds)
        if len(self._need.one_of) < 2:
            return
        words, catalogue = self.words, self.journey.catalogue
        labels = {
            kind: words.label(catalogue.document_type(kind).label) for kind in self._need.one_of
        }
        asks = words("applicant.document.which")
        if not is_asking:
            change = self.make_button(
                words("ui.change"),
                lambda: self._show_kinds(is_asking=True),
                "link",
                spoken=f"{words('ui.change')}: {asks}",
                name="change_type",
            )
            says = words("pages.page.kind")
            self._kinds.addWidget(value_row(self.theme, says, labels[self._type], change))
            return
        box = choice_box(self.theme, words, f"type_{self._need_id}", asks, tuple(labels.items()))
        box.set_value(self._type)
        box.place()
        self._kinds.addWidget(box)
        self.offer_keypad(box)
        box.changed.connect(lambda: self._choose_type(box.value()))
        self.order_keys()

    def _choose_type(self, kind: str) -> None:
        if not kind or kind == self._type:
            return
        self._type = kind
        if self.journey.pages_of(self._need_id):
            self._work.set_type(self._need_id, kind)
        else:
            self._offer_sources()

    # --- what is there ----------------------------------------------------------------------------

    def _show_pages(self) -> None:
        empty(self._pages)
        self._cards = []
        pages = self.journey.pages_of(self._need_id)
        self._show_kinds(is_asking=not pages)
        acts = self._work.acts(self._ask_again)
        for number, page in enumerate(pages, start=1):
            card = PageCard(self, page, number, len(pages), acts)
            self._pages.addWidget(card)
            self._cards.append(card)
            if not page.is_at_office:
                load_picture(self, page, card.picture, card.side)
        self._offer_sources()

    def _offer_sources(self) -> None:
        """Show where further pages come from, and what comes next."""
        empty(self._place)
        self._source_card = None
        pages = self.journey.pages_of(self._need_id)
        most = self._most_pages()
        present = sum(not page.is_at_office for page in pages)
        if present < most:
            self._source_card = SourceCard(
                self,
                self._sources,
                self._take,
                has_pages=bool(pages),
                may_be_several=self._may_lie_side_by_side(most - present),
            )
            self._place.addWidget(self._source_card)
        self._offer_next(pages)
        self.order_keys()

    def _may_lie_side_by_side(self, room: int) -> bool:
        """Tell whether several of it can be scanned at once; not the two sides of one card."""
        if not self._type or room < 2:
            return False
        kind = self.journey.catalogue.document_type(self._type)
        return kind.look.shape != "card" or kind.max_pages > 2

    def _most_pages(self) -> int:
        return self.journey.catalogue.document_type(self._type).max_pages if self._type else 0

    def _offer_next(self, pages: Sequence[PageView]) -> None:
        """Let the primary button do what comes next."""
        words, chosen = self.words, self._sources.chosen
        bad = next((page for page in pages if not is_settled(page)), None)
        if bad is not None:
            again = partial(self._take, chosen, bad.id)
            self.set_primary(again_words(words, chosen), again, icon=act_icon(chosen))
        elif pages:
            self.set_primary(words("ui.next"), self._go_on)
        else:
            take = partial(self._take, chosen)
            self.set_primary(act_words(words, chosen), take, icon=act_icon(chosen))
        is_done = bool(pages) and bad is None
        says = "skip" if self._need.is_required or pages else "none"
        self._later.setText(words(f"pages.page.{says}"))
        self._later.setAccessibleName(self._later.text())
        self._later.setVisible(not is_done)

    def _know_sources(self, sources: Sources) -> None:
        """Show what was seen last, and ask the devices anew, once in a journey."""
        self._found_sources(sources)
        if not self.journey.has_asked_devices:
            self.journey.has_asked_devices = True
            leaves = self._leaves
            self.ask_free(
                lambda desk: find_sources(desk.kiosk, leaves), self._found_sources, lambda _: None
            )

    def _found_sources(self, sources: Sources) -> None:
        if sources != self._sources:
            self._sources = self.journey.sources = sources
            self._offer_sources()

    def _heard(self, news: object) -> None:
        """Say of a page that it is ready to be sent, once it is."""
        if isinstance(news, PageDeveloped) and news.application_id == self.journey.id:
            from app.services.drafts import load_draft

            self.ask(lambda kiosk: load_draft(kiosk, news.application_id), self._refreshed)

    def _refreshed(self, draft: Draft) -> None:
        self.journey.draft = draft
        known = {page.id: page for page in draft.pages}
        for card in self._cards:
            if card.page.id in known:
                card.refresh(known[card.page.id])

    # --- taking -----------------------------------------------------------------------------------

    def _wanted(self, replaces: str = "") -> Wanted:
        kind = self.journey.catalogue.document_type(self._type)
        return Wanted(
            application_id=self.journey.id,
            need=self._need_id,
            type=self._type,
            label=self.words.label(kind.label),
            replaces=replaces,
            is_several=not replaces
            and self._source_card is not None
            and self._source_card.is_several(),
            since=self._came_at,
        )

    def _take(self, source: SourceDescription, replaces: str = "") -> None:
        wanted, journey = self._wanted(replaces), self.journey
        if source.kind != "camera":
            self._taking.begin(source, wanted)
            return

        def taken(picture: bytes) -> None:
            journey.arrived = Arrived(picture, "camera", wanted)

        def instead(way: SourceDescription) -> None:
            journey.instead = Instead(way, wanted)

        kind, pages = journey.catalogue.document_type(wanted.type), journey.pages_of(wanted.need)
        at = next((at for at, page in enumerate(pages) if page.id == replaces), len(pages))
        look = kind.look.on_page(at)
        open_camera(self, source, wanted.label, look, taken, instead, awaits_change=bool(pages))

    def entered(self) -> None:
        """Look at a picture that was taken on another page, or take it as was chosen there."""
        super().entered()
        arrived, self.journey.arrived = self.journey.arrived, None
        if arrived is not None and arrived.wanted.need == self._need_id:
            self._taking.take_picture(arrived)
        instead, self.journey.instead = self.journey.instead, None
        if instead is not None and instead.wanted.need == self._need_id:
            self._taking.begin(instead.source, instead.wanted)

    def add_files(self, paths: Sequence[Path]) -> None:
        """Add every page of these files after those there are."""
        self._taking.take_files(list(paths), self._wanted())

    def retake_from(self, path: Path, page_id: str) -> None:
        """Take a page again from a file."""
        self._taking.take_files([path], self._wanted(page_id))

    def _ask_again(self, page_id: str) -> None:
        """Ask by which way, when there are several."""
        ways = (self._sources.chosen, *self._sources.others())
        if len(ways) == 1:
            self._take(ways[0], page_id)
            return
        words = self.words
        pages = self.journey.pages_of(self._need_id)
        number = next(at for at, page in enumerate(pages, start=1) if page.id == page_id)
        sheet = Sheet(
            self.window_,
            words("pages.taking.again_title", number=number),
            words("pages.taking.again_body"),
            icon="autorenew",
        )
        for way in ways:
            sheet.column.addWidget(
                ChoiceButton(
                    self.theme,
                    other_words(words, way, ways),
                    partial(self._chose_way, sheet, way, page_id),
                    help_text=name_of(words, way),
                    icon=act_icon(way),
                    name=f"again_{way.kind}",
                )
            )
        sheet.add_closing(words("ui.cancel"))
        sheet.open()

    def _chose_way(self, sheet: Sheet, way: SourceDescription, page_id: str) -> None:
        sheet.close_()
        self._take(way, page_id)

    def _taken(self, taken: Taken) -> None:
        self._changed(taken.draft)
        if taken.is_stopped:
            self.say(self.words("pages.taking.stopped"))
        if taken.error:
            self.window_.show_error(taken.error)
        # What there is to be said of the new page stands lower than what was pressed.
        pages = self.journey.pages_of(self._need_id)
        shown = [at for at, page in enumerate(pages) if not is_settled(page)]
        if taken.stored:
            self._look_at(shown[0] if shown else len(pages) - 1)

    def _look_at(self, at: int) -> None:
        if 0 <= at < len(self._cards):
            bring_into_sight(self.view, self._cards[at])

    def _changed(self, draft: Draft) -> None:
        self.journey.draft = draft
        self.set_busy(False)
        self.say(self.words("ui.saved"))
        self.show_summary([])
        self._show_pages()

    def leaving(self) -> None:
        """End what is under way; pages that came in are stored."""
        self._taking.stop()
        self._leaves.set()

    # --- dropping ---------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take files from the machine itself, nothing from the web."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            self._light_up(is_over=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802
        """Look calm again."""
        self._light_up(is_over=False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Add what was dropped."""
        self._light_up(is_over=False)
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if paths:
            self.add_files(paths)

    def _light_up(self, *, is_over: bool) -> None:
        if self._source_card is not None:
            restyle(self._source_card, is_over=is_over)

    # --- going on ---------------------------------------------------------------------------------

    def _go_on(self) -> None:
        route.go_on(self.window_, self.journey, self.page)
