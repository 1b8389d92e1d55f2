"""The cards of one application: where it is, what is asked, facts, papers, submissions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.catalogue import Label
from app.services.documents import page_picture
from app.services.lists import ApplicationDetails, SubmissionLine
from app.ui.images import decode
from app.ui.operator.moments import near
from app.ui.operator.sending_words import error_of
from app.ui.operator.states import state_look
from app.ui.screen import Screen
from app.ui.theme.icons import pixmap
from app.ui.truth import truth_of
from app.ui.widgets.cards import Card, FrameRole, PillKind, icon_label, notice, value_row
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import change_text, restyle, rule, text
from app.ui.widgets.page_picture import PagePicture

if TYPE_CHECKING:
    from app.services.drafts import PageView
    from app.ui.desk import OpenDesk
    from app.ui.operator.application import Opened

__all__ = ["Label"]
_THUMB_PX = 120
_FRAMES: dict[PillKind, FrameRole] = {
    "good": "good",
    "warn": "warning",
    "danger": "problem",
    "sea": "sea",
    "quiet": "sand",
}


class TruthCard(Card):
    """One of the three truths; changes in place while the application is on its way."""

    def __init__(self, screen: Screen) -> None:
        super().__init__("sand", pad=16)
        self._screen = screen
        line = QHBoxLayout()
        line.setSpacing(16)
        self._icon = icon_label(screen.theme, "schedule", screen.theme.colours.sea, 32)
        line.addWidget(self._icon)
        column = QVBoxLayout()
        column.setSpacing(4)
        self._title = text("", "title", name="truth")
        self._detail = text("", name="truth_detail")
        column.addWidget(self._title)
        column.addWidget(self._detail)
        line.addLayout(column, 1)
        self.rows.addLayout(line)

    def tell(self, shown: ApplicationDetails, proof: str) -> None:
        """Say what is true now."""
        screen, words = self._screen, self._screen.words
        status = screen.window_.bridge.status()
        now = truth_of(words, shown.state, proof, shown.reference or "", status)
        is_stopped = now.kind == "danger"
        title = words("operator.application.stopped") if is_stopped else now.words
        change_text(self._title, title)
        change_text(self._detail, words(f"operator.application.truth_{now.kind}"))
        colours = screen.theme.colours
        colour = {
            "good": colours.good,
            "warn": colours.warn,
            "danger": colours.danger,
            "sea": colours.sea,
            "quiet": colours.ink_soft,
        }[now.kind]
        self._icon.setPixmap(pixmap(now.icon, colour, screen.theme.text(32), 2.0))
        restyle(self, frame=_FRAMES[now.kind])


def returned_card(screen: Screen, opened: Opened) -> Card:
    """Return what the office wants mended, each with its reason."""
    words, shown = screen.words, opened.details
    title = words("operator.application.returned")
    card = notice(screen.theme, "warning", title, shown.note, icon="undo")
    card.setObjectName("returned")
    fields = {field.id: field.label for field in opened.draft.service.fields()}
    for item in shown.returned:
        known = fields if item.kind == "field" else opened.kinds
        label = words.label(known[item.id]) if item.id in known else item.id
        says = words(f"operator.application.returned_{item.kind}", name=label)
        card.rows.addSpacing(8)
        for shown_text in (text(says, "label"), text(item.reason)):
            line = QHBoxLayout()
            line.addSpacing(screen.theme.text(28) + 16)
            line.addWidget(shown_text, 1)
            card.rows.addLayout(line)
    return card


def last_error_card(screen: Screen, shown: ApplicationDetails) -> Card | None:
    """Return why it did not get through the last time, and what to do."""
    waiting = next((line for line in shown.submissions if line.is_waiting), None)
    if waiting is None or not waiting.last_error:
        return None
    title, detail = error_of(screen.words, waiting.last_error)
    card = notice(screen.theme, "problem" if waiting.is_set_aside else "warning", title, detail)
    card.setObjectName("last_error")
    return card


def facts_card(screen: Screen, opened: Opened) -> Card:
    """Return reference, code, masked NIK, state and times."""
    words, shown = screen.words, opened.details
    now = screen.window_.desk.clock.now()
    card = _titled(screen, "facts", gap=4)
    reference = shown.reference or words("operator.application.no_reference")
    rows = [("reference", reference), ("resume_code", opened.draft.resume_code)]
    if shown.nik:
        rows.append(("nik", shown.nik))
    if shown.office_state:
        look = state_look(words, shown.state, shown.office_state)
        rows.append(("office_state", look.words))
    rows.append(("started", near(words, shown.created_at, now)))
    rows.append(("changed", near(words, shown.updated_at, now)))
    if shown.operator:
        rows.append(("helped_by", shown.operator))
    for name, value in rows:
        card.rows.addWidget(value_row(screen.theme, words(f"operator.application.{name}"), value))
    return card


def documents_card(screen: Screen, opened: Opened) -> Card:
    """Return the papers with small pictures of their pages."""
    words = screen.words
    card = _titled(screen, "documents")
    if not opened.details.documents:
        card.rows.addWidget(text(words("operator.application.documents_empty"), "hint"))
    for number, document in enumerate(opened.details.documents):
        if number:
            card.rows.addWidget(rule())
        label = words.label(opened.kinds[document.need])
        card.rows.addWidget(text(label, "label"))
        size = words.size(document.size_bytes)
        card.rows.addWidget(
            text(words("operator.application.pages", count=document.page_count, size=size), "hint")
        )
        pages = [page for page in opened.draft.pages if page.need == document.need]
        here = [page for page in pages if not page.is_at_office]
        if here:
            pictures = [_picture(screen, page, label) for page in here]
            card.rows.addWidget(flow_of([*pictures], 8))
        if len(here) < len(pages) or not pages:
            card.rows.addWidget(text(words("operator.application.at_office"), "caption"))
    return card


def _picture(screen: Screen, page: PageView, label: str) -> PagePicture:
    """Return a page's frame; its picture comes when the imaging worker has drawn it."""
    spoken = screen.words("operator.application.page", document=label, number=page.position + 1)
    side = screen.theme.text(_THUMB_PX)
    frame = PagePicture(screen.theme, spoken, QSize(side, side))

    def failed(_error: object) -> None:
        frame.say(screen.words("operator.application.picture_failed"))

    screen.ask_free(
        partial(_draw, page_id=page.id, side=side),
        frame.show_picture,
        failed,
    )
    return frame


def _draw(open_desk: OpenDesk, page_id: str, side: int) -> QImage:
    return decode(page_picture(open_desk.kiosk, page_id, 2 * side))


def submissions_card(screen: Screen, lines: Sequence[SubmissionLine]) -> Card:
    """Return every revision sent: its proof, or how its sending goes."""
    words = screen.words
    card = _titled(screen, "submissions")
    if not lines:
        card.rows.addWidget(text(words("operator.application.submissions_empty"), "hint"))
    for number, line in enumerate(lines):
        if number:
            card.rows.addWidget(rule())
        card.rows.addWidget(_submission(screen, line))
    return card


def _submission(screen: Screen, line: SubmissionLine) -> QWidget:
    words, now = screen.words, screen.window_.desk.clock.now()
    holder = QWidget()
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(4)
    rows.addWidget(text(words("operator.application.revision", revision=line.revision), "label"))
    moment = near(words, line.finalized_at, now)
    rows.addWidget(text(words("operator.application.finalized", moment=moment), "hint"))
    if line.received_at and line.proof:
        moment = near(words, line.received_at, now)
        says = words("operator.application.received", moment=moment, proof=line.proof)
        rows.addWidget(text(says, name=f"proof_{line.revision}"))
    elif line.is_waiting:
        rows.addWidget(text(words("operator.application.waiting")))
    if line.is_waiting and line.attempts:
        rows.addWidget(text(words("operator.application.attempts", count=line.attempts), "hint"))
    if line.is_waiting and line.next_attempt_at and line.next_attempt_at > now:
        moment = near(words, line.next_attempt_at, now)
        rows.addWidget(text(words("operator.application.next_attempt", moment=moment), "hint"))
    if line.is_waiting and line.last_error and line.last_error_at:
        moment = near(words, line.last_error_at, now)
        title = error_of(words, line.last_error)[0]
        rows.addWidget(
            text(words("operator.application.last_error", moment=moment, error=title), "hint")
        )
    return holder


def _titled(screen: Screen, name: str, gap: int = 12) -> Card:
    card = Card("card", gap=gap)
    card.setObjectName(name)
    card.rows.addWidget(text(screen.words(f"operator.application.{name}"), "title"))
    return card
