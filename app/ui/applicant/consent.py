"""What the person agrees to, in plain words (UU 27/2022 on personal data), and sending.

The wording belongs to ``CONSENT_VERSION`` of ``app.services.finalizing``: change both together.
"""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout
from shiboken6 import isValid

from app.domain.news import PageDeveloped
from app.errors import AppError
from app.ui.applicant import route
from app.ui.applicant.journey import CHECK, CONSENT, Journey
from app.ui.applicant.page_card import is_ready
from app.ui.screen import Screen
from app.ui.widgets.buttons import CheckCard
from app.ui.widgets.cards import Card
from app.ui.widgets.labels import text
from app.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from app.services.finalizing import Finalized
    from app.ui.window import Window

_PARTS = ("who", "why", "what", "how_long", "rights")


class ConsentScreen(Screen):
    """One tick, then the application is frozen, sealed and queued."""

    def __init__(self, window: Window, journey: Journey) -> None:
        super().__init__(window, "consent")
        self.journey = journey
        words = self.words
        step, steps = journey.step(CONSENT)
        self.set_heading(
            words("applicant.consent.heading"),
            words("applicant.consent.hint"),
            above=words("ui.step", step=step, steps=steps),
        )
        card = Card(gap=24)
        for part in _PARTS:
            pair = QVBoxLayout()
            pair.setSpacing(4)
            pair.addWidget(text(words(f"applicant.consent.{part}"), "label"))
            pair.addWidget(text(words(f"applicant.consent.{part}_body")))
            card.rows.addLayout(pair)
        self.body.addWidget(card)
        self._tick = CheckCard(self.theme, words("applicant.consent.agree"), name="agree")
        self._truth = CheckCard(self.theme, words("applicant.consent.truth"), name="truth")
        self._asks = {tick: self._add_tick(tick) for tick in (self._truth, self._tick)}
        self.body.addWidget(text(words("applicant.consent.version"), "caption"))
        self.set_back(lambda: route.show(self.window_, journey, CHECK))
        self.set_primary(words("applicant.consent.send"), self._send, icon="send")
        #: Set when the person stops it, or goes elsewhere, before everything was made small.
        self._stop = Event()
        self._sheet: Sheet | None = None
        self._waiting: set[str] = set()
        self._ready: set[str] = set()
        window.bridge.news_came.connect(self._heard)

    def _add_tick(self, tick: CheckCard) -> QLabel:
        """Add a tick; return what says above it that it is missing, where the summary is far up."""
        asks = text(self.words("applicant.consent.tick_first"), "problem")
        asks.hide()
        tick.toggled.connect(lambda _is_on: asks.hide())
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(asks)
        column.addWidget(tick)
        self.body.addLayout(column)
        return asks

    def leaving(self) -> None:
        """Let what was begun end; nothing was frozen yet, or it is already."""
        self._stop.set()

    def _send(self) -> None:
        unticked = [tick for tick in self._asks if not tick.isChecked()]
        for tick, asks in self._asks.items():
            asks.setVisible(tick in unticked)
        says = self.words
        self.show_summary(
            [(says("applicant.consent.tick_missing", statement=one.title), one) for one in unticked]
        )
        if unticked:
            return
        from app.services.finalizing import finalize

        application_id, language = self.journey.id, self.words.language
        self._stop = Event()
        stop = self._stop
        self.set_busy(True, self.words("applicant.consent.sending"))
        self.show_waiting()
        self.ask_free(
            lambda desk: finalize(desk.kiosk, application_id, language, stop),
            self._sent,
            self._failed,
        )

    # --- waiting for papers -----------------------------------------------------------------------

    def show_waiting(self) -> None:
        """Say that papers are prepared first, where some are not, and let the person stop it."""
        waiting = {page.id for page in self.journey.draft.pages if not is_ready(page)}
        self._waiting = waiting - self._ready
        if not self._waiting:
            return
        words = self.words
        body = words("pages.finishing.body", count=len(self._waiting))
        title = words("pages.finishing.title")
        self._sheet = Sheet(self.window_, title, body, icon="hourglass_top")
        self._sheet.add(words("pages.finishing.stop"), self._stop.set, name="stop_finishing")
        self._sheet.open(escape=self._stop.set)

    def _heard(self, news: object) -> None:
        if not isinstance(news, PageDeveloped) or news.application_id != self.journey.id:
            return
        self._ready.add(news.page_id)
        self._waiting.discard(news.page_id)
        if self._sheet is not None:
            self.window_.idle.stir()
            self._sheet.say(self.words("pages.finishing.body", count=len(self._waiting)))

    def _close_sheet(self) -> None:
        if self._sheet is not None and isValid(self._sheet):
            self._sheet.close_()
        self._sheet = None

    def _sent(self, finalized: Finalized) -> None:
        from app.ui.applicant.done import DoneScreen

        self._close_sheet()
        open_desk = self.window_.tasks.open_desk
        if open_desk:
            open_desk.sending.wake()
        self.window_.restart(partial(DoneScreen, application_id=finalized.application_id))

    def _failed(self, error: AppError) -> None:
        self._close_sheet()
        if error.code == "stopped":
            self.set_busy(False)
            return
        self.fail(error)
        if error.code == "not_complete":
            route.show(self.window_, self.journey, CHECK)
            self.window_.show_error(error)
