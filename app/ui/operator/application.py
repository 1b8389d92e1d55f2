"""One application: where it is, what can be done, what happened to it, its papers and submissions.

Shows no answer beyond the name and a masked NIK: those open with the applicant's PIN.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.domain.lifecycle import RECEIVED
from app.domain.news import ApplicationChanged
from app.errors import AppError
from app.services.drafts import Draft, load_draft
from app.services.lists import ApplicationDetails, details
from app.ui.operator import application_cards as cards
from app.ui.operator.application_acts import acts_card
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.operator.timeline import timeline_card
from app.ui.widgets.cards import notice

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

_NEWS_PAUSE_MS = 250
#: From this width on, two columns.
_TWO_COLUMNS = 940


@dataclass(frozen=True)
class Opened:
    """One application as the store has it now.

    Attributes:
        kinds: label of every paper it has or needs, by need.
    """

    details: ApplicationDetails
    draft: Draft
    kinds: dict[str, cards.Label]

    @property
    def proof(self) -> str:
        """The newest receipt's eight letters, when the newest submission has one."""
        lines = self.details.submissions
        return lines[0].proof if lines and self.details.state == RECEIVED else ""


class ApplicationScreen(DeskScreen):
    """Filled when the store answers, and again with every news of this application."""

    def __init__(self, window: Window, session: Session, application_id: str) -> None:
        super().__init__(window, "application", session, "list")
        self.application_id = application_id
        self._opened: Opened | None = None
        self._truth: cards.TruthCard | None = None
        self._columns: QBoxLayout | None = None
        self._news = QTimer(self)
        self._news.setSingleShot(True)
        self._news.setInterval(_NEWS_PAUSE_MS)
        self._news.timeout.connect(self.look)
        self.set_back()
        self.listen(news=self._heard, sending=self._changed)
        self.look()

    # --- asking -----------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask the store anew."""
        self.ask(partial(_look, application_id=self.application_id), self._show, self._gone)

    def _heard(self, news: object) -> None:
        is_ours = (
            isinstance(news, ApplicationChanged) and news.application_id == self.application_id
        )
        if is_ours and self._is_here():
            self._news.start()

    def _changed(self, _status: object) -> None:
        if self._is_here() and self._opened and self._truth:
            self._truth.tell(self._opened.details, self._opened.proof)

    # --- showing ----------------------------------------------------------------------------------

    def _gone(self, error: AppError) -> None:
        if error.code != "application_unknown":
            self.fail(error)
            return
        self.clear_body()
        words = self.words
        self.set_heading(
            words("operator.application.gone"), words("operator.application.gone_body")
        )

    def _show(self, opened: Opened) -> None:
        scrolled = self.view.verticalScrollBar().value()
        focused: QWidget | None = self.focusWidget()
        name = focused.objectName() if focused is not None else ""
        self.clear_body()
        self._opened = opened
        self._fill(opened)
        again = self.findChild(QWidget, name) if name else None
        if again:
            again.setFocus()
        self.view.verticalScrollBar().setValue(scrolled)
        self.filled()

    def _fill(self, opened: Opened) -> None:
        shown, words = opened.details, self.words
        title = shown.name or words("operator.list.no_name")
        self.set_heading(title, words.label(shown.service), above=shown.reference or "")
        if shown.is_training:
            self.body.addWidget(notice(self.theme, "sand", words("operator.list.training")))
        self._truth = cards.TruthCard(self)
        self._truth.tell(shown, opened.proof)
        self.body.addWidget(self._truth)
        if shown.returned:
            self.body.addWidget(cards.returned_card(self, opened))
        error = cards.last_error_card(self, shown)
        if error:
            self.body.addWidget(error)
        acts = acts_card(self, opened)
        if acts:
            self.body.addWidget(acts)
        self._two_columns(opened)

    def _two_columns(self, opened: Opened) -> None:
        self._columns = QBoxLayout(self._direction())
        self._columns.setSpacing(24)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(24)
            self._columns.addLayout(column, 1)
        left.addWidget(timeline_card(self, opened.details.timeline))
        left.addStretch(1)
        right.addWidget(cards.facts_card(self, opened))
        right.addWidget(cards.documents_card(self, opened))
        right.addWidget(cards.submissions_card(self, opened.details.submissions))
        right.addStretch(1)
        self.body.addLayout(self._columns)

    def _direction(self) -> QBoxLayout.Direction:
        is_wide = self.width() >= self.theme.column(_TWO_COLUMNS)
        return QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """One column where two would be narrow."""
        super().resizeEvent(event)
        if self._columns:
            self._columns.setDirection(self._direction())


def _look(kiosk: Kiosk, application_id: str) -> Opened:
    found, draft = details(kiosk, application_id), load_draft(kiosk, application_id)
    catalogue = kiosk.catalogues.of(draft.catalogue_version)
    kinds = {}
    for document in found.documents:
        kinds[document.need] = catalogue.document_type(document.type).label
    for need in draft.service.documents:
        kinds.setdefault(need.id, catalogue.document_type(need.one_of[0]).label)
    return Opened(found, draft, kinds)
