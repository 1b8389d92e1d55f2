"""Where an application is, what comes next and by when, what can be done, what happened to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.lifecycle import DRAFT, NEEDS_ATTENTION, RECEIVED
from app.ui.applicant.life.life_screen import Followed, LifeScreen
from app.ui.applicant.life.proving import behind_pin
from app.ui.applicant.status import entry_words
from app.ui.screen import Screen
from app.ui.widgets.buttons import ChoiceButton
from app.ui.widgets.cards import Card, icon_label, notice
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.following import Following, TimelineEntry
    from app.ui.window import Window

NoticeRole = Literal["sand", "sea", "problem", "warning", "good"]
_ICONS = {
    "pay": "payments",
    "interview": "event",
    "messages": "mail",
    "proof": "verified",
    "collect": "badge",
    "notices": "info",
    "earlier": "history",
    "withdraw": "cancel",
}
#: In these the applicant has to act, or it ends.
_ACT = frozenset({"returned", "accepted", "payment_expired", "awaiting_payment", "paid", "ready"})
_BAD = frozenset({"rejected", "suspended", "under_examination", "cancelled"})


class FollowScreen(LifeScreen):
    """The status page; what it offers opens with the PIN."""

    def __init__(self, window: Window, followed: Followed) -> None:
        super().__init__(window, "timeline", followed)

    def fill(self, found: Following) -> None:
        words = self.words
        is_there = found.state == RECEIVED and bool(found.office_state)
        state = f"office_state.{found.office_state}" if is_there else f"state.{found.state}"
        self.set_heading(words(state), words.label(found.service), above=found.reference)
        self.body.addWidget(self._next(found))
        self._offers(found)
        self.body.addWidget(self._timeline(found.timeline))
        urgent = _urgent(found)
        if found.returned:
            self.set_primary(words("applicant.status.mend"), self._mend)
        elif urgent:
            self.set_primary(words(f"life.act.{urgent}"), partial(self._open, urgent))
        elif found.office_state == "handed_over":
            self.set_primary(words("applicant.done.finish"), self._finish)
        else:
            self.set_primary(words("applicant.done.finish"), self.window_.lock)

    def _next(self, found: Following) -> Card:
        """Say what comes next, by when, and what the office said beside it."""
        words = self.words
        name = next_step(found)
        body = [words(f"life.next.{name}.body")]
        if found.deadline:
            is_over = found.deadline < self.window_.desk.clock.now().date()
            key = "life.deadline_over" if is_over else "life.deadline"
            body.append(words(key, day=words.date(found.deadline)))
        said = found.note if found.returned else found.reason
        if said:
            body.append(words("life.reason", reason=said))
        role: NoticeRole = "warning" if name in _ACT else "problem" if name in _BAD else "sea"
        title = words(f"life.next.{name}.title")
        return notice(self.theme, role, title, "\n".join(body), icon=_next_icon(role))

    def _offers(self, found: Following) -> None:
        words = self.words
        if found.acts:
            self.body.addWidget(text(words("life.acts"), "title"))
        offers: list[QWidget] = []
        for name in found.acts:
            help_text = words(f"life.act.{name}_help")
            if name == "messages" and found.unread:
                key = "life.unread_one" if found.unread == 1 else "life.unread_many"
                help_text = words(key, count=found.unread)
            offers.append(
                ChoiceButton(
                    self.theme,
                    words(f"life.act.{name}"),
                    partial(self._open, name),
                    help_text=help_text,
                    icon=_ICONS[name],
                    name=f"act_{name}",
                )
            )
        if offers:
            self.body.addWidget(flow_of(offers, 16, least=self.theme.column(360)))

    def _timeline(self, entries: Sequence[TimelineEntry]) -> Card:
        words = self.words
        card = Card(gap=0)
        card.rows.addWidget(text(words("applicant.status.timeline"), "title"))
        card.rows.addSpacing(16)
        for number, entry in enumerate(reversed(entries)):
            says = entry_words(words, entry.what, entry.params)
            card.rows.addLayout(self._entry(says, words.moment(entry.at), is_newest=not number))
            card.rows.addSpacing(16)
        return card

    def _entry(self, says: str, when: str, *, is_newest: bool) -> QHBoxLayout:
        colours = self.theme.colours
        line = QHBoxLayout()
        line.setSpacing(16)
        icon = "radio_button_checked" if is_newest else "check_circle"
        colour = colours.accent if is_newest else colours.ink_soft
        mark = icon_label(self.theme, icon, colour, 24)
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        words = text(says, "label" if is_newest else "body")
        line.addWidget(words, 1, Qt.AlignmentFlag.AlignTop)
        at = text(when, "caption")
        at.setWordWrap(False)
        line.addWidget(at, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _open(self, name: str) -> None:
        behind_pin(self.window_, self.followed, lambda window: _maker(name)(window, self.followed))

    def _finish(self) -> None:
        """Leave the application behind; what one thinks of the service is asked without it."""
        from app.ui.applicant.opinion import OpinionScreen

        if self.shown is not None:
            service_id = self.shown.service_id
            self.window_.restart(partial(OpinionScreen, service_id=service_id, occasion="handover"))

    def _mend(self) -> None:
        from app.ui.applicant.resuming import ResumeScreen

        self.window_.go(ResumeScreen)


def next_step(found: Following) -> str:
    """Return the name under ``life.next`` of what comes next."""
    if found.state == NEEDS_ATTENTION:
        return "attention"
    if found.state not in (RECEIVED, DRAFT) or not found.office_state:
        return "waiting"
    return found.office_state


def _urgent(found: Following) -> str:
    """Return the act that the applicant should do next, empty when none waits for them."""
    if "pay" in found.acts:
        return "pay"
    if found.scheduling.may_wish and found.scheduling.slot is None:
        return "interview"
    return "messages" if found.unread else ""


def _next_icon(role: NoticeRole) -> str:
    return {"sea": "schedule", "warning": "arrow_forward"}.get(role, "")


def _maker(name: str) -> Callable[[Window, Followed], Screen]:
    """Return the screen of an act; imported when somebody opens it."""
    if name in ("pay", "proof"):
        from app.ui.applicant.life.paying import PayingScreen

        return PayingScreen
    if name == "interview":
        from app.ui.applicant.life.interview import InterviewScreen

        return InterviewScreen
    if name == "messages":
        from app.ui.applicant.life.writing import MessagesScreen

        return MessagesScreen
    if name == "collect":
        from app.ui.applicant.life.collecting import CollectScreen

        return CollectScreen
    if name == "notices":
        from app.ui.applicant.life.notices import NoticesScreen

        return NoticesScreen
    if name == "earlier":
        from app.ui.applicant.life.earlier import EarlierScreen

        return EarlierScreen
    from app.ui.applicant.life.withdrawing import WithdrawScreen

    return WithdrawScreen
