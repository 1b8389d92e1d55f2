"""Done: the reference, where the application is (live), the slip, and what comes next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from app.domain.news import ApplicationChanged
from app.ui.applicant.slip_buttons import SlipButtons
from app.ui.screen import Screen
from app.ui.truth import truth_of
from app.ui.widgets.cards import Card, icon_label
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.domain.catalogue import Service
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


class _Standing(NamedTuple):
    """What the store says of a finalized application."""

    reference: str
    resume_code: str
    service: Service
    state: str
    proof: str


class DoneScreen(Screen):
    """The confirmation page; follows the sending until the person leaves."""

    def __init__(self, window: Window, application_id: str) -> None:
        super().__init__(window, "done")
        self._id = application_id
        self._standing: _Standing | None = None
        self.set_primary(self.words("applicant.done.finish"), window.lock)
        self.ask(partial(_stand, application_id=application_id), self._loaded)
        window.bridge.news_came.connect(self._news)
        window.bridge.sending_changed.connect(self._show_truth)

    def _loaded(self, standing: _Standing) -> None:
        self._standing = standing
        words, colours = self.words, self.theme.colours
        self.set_primary(words("applicant.done.finish"), self._finish)
        self.clear_body()
        head = Card("good", pad=32, gap=8)
        centre = Qt.AlignmentFlag.AlignHCenter
        head.rows.addWidget(icon_label(self.theme, "task_alt", colours.good, 56), 0, centre)
        for says, role in (
            (words("applicant.done.heading"), "heading"),
            (words("applicant.done.reference"), "hint"),
            (standing.reference, "code"),
        ):
            label = text(says, role, name=role)  # type: ignore[arg-type]
            label.setAlignment(centre)
            head.rows.addWidget(label)
        self.body.addWidget(head)
        self._truth = QVBoxLayout()
        self.body.addLayout(self._truth)
        self._show_truth()
        slip = Card()
        slip.rows.addWidget(text(words("applicant.done.slip"), "title"))
        slip.rows.addWidget(text(words("applicant.done.slip_body")))
        slip.rows.addLayout(SlipButtons(self, self._id, standing.reference, "receipt"))
        self.body.addWidget(slip)
        self.body.addWidget(self._next_steps(standing))

    def _finish(self) -> None:
        """Leave the application behind; what one thinks of the service is asked without it."""
        from app.ui.applicant.opinion import OpinionScreen

        if self._standing is not None:
            service_id = self._standing.service.id
            self.window_.restart(partial(OpinionScreen, service_id=service_id, occasion="slip"))

    def _next_steps(self, standing: _Standing) -> Card:
        words = self.words
        card = Card("sea")
        card.rows.addWidget(text(words("applicant.done.next"), "title"))
        for number, step in enumerate(standing.service.steps, start=1):
            card.rows.addWidget(text(f"{number}.  {words.label(step)}"))
        return card

    def _show_truth(self, _status: object = None) -> None:
        standing = self._standing
        if standing is None or self.is_left:
            return
        from app.ui.screen import empty
        from app.ui.widgets.cards import notice

        status = self.window_.bridge.status()
        now = truth_of(self.words, standing.state, standing.proof, standing.reference, status)
        empty(self._truth)
        role = "good" if now.kind == "good" else "warning" if now.kind == "danger" else "sea"
        detail = self.words(f"ui.truth.detail_{now.kind}")
        self._truth.addWidget(notice(self.theme, role, now.words, detail, icon=now.icon))  # type: ignore[arg-type]

    def _news(self, news: object) -> None:
        if isinstance(news, ApplicationChanged) and news.application_id == self._id:
            self.ask(partial(_stand, application_id=self._id), self._restand)

    def _restand(self, standing: _Standing) -> None:
        self._standing = standing
        self._show_truth()


def _stand(kiosk: Kiosk, application_id: str) -> _Standing:
    from app.services.drafts import load_draft
    from app.services.lists import details

    draft = load_draft(kiosk, application_id)
    newest = details(kiosk, application_id).submissions[:1]
    proof = newest[0].proof if newest else ""
    return _Standing(draft.reference or "", draft.resume_code, draft.service, draft.state, proof)
