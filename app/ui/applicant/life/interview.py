"""The interview: the slot given, waiting for one, or choosing; never promises what is only wished.

Says when the office made the list of free slots, because it grows old.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.domain.slots import Slot, may_still_move
from app.services.life_slips import clock_words, day_words, paper_words
from app.ui.applicant.life.life_screen import Followed, LifeScreen
from app.ui.applicant.life.wishing import Wishing, WishScreen
from app.ui.applicant.slip_buttons import SlipButtons
from app.ui.widgets.cards import Card, notice
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.following import Following
    from app.services.scheduling import Scheduling
    from app.ui.window import Window


class InterviewScreen(LifeScreen):
    """One application's interview as it stands now."""

    def __init__(self, window: Window, followed: Followed) -> None:
        super().__init__(window, "interview", followed)
        self._wishing = Wishing()

    def fill(self, found: Following) -> None:
        words, standing = self.words, found.scheduling
        self.set_heading(
            words("life.interview.heading"), words.label(found.service), above=found.reference
        )
        self.set_primary(words("applicant.done.finish"), self.window_.lock)
        if standing.is_asking:
            body = f"{words('life.interview.asking_body')} {self.road_words()}"
            title = words("life.interview.asking")
            self.body.addWidget(notice(self.theme, "sea", title, body, icon="hourglass_top"))
        elif standing.refused:
            self.body.addWidget(self.refusal("life.interview.refused", standing.refused))
        elif standing.is_offered:
            key = "offered" if standing.slot or not _was_given(found) else "released"
            title, body = words(f"life.interview.{key}"), words(f"life.interview.{key}_body")
            if key == "released" and found.reason:
                body += "\n" + words("life.reason", reason=found.reason)
            self.body.addWidget(notice(self.theme, "warning", title, body))
        if standing.slot:
            self._fill_given(found, standing, standing.slot)
        elif standing.may_wish:
            self.set_primary(words("life.interview.choose"), self._choose, icon="event")
        elif not standing.is_asking:
            title = words("life.interview.not_now")
            body = words("life.interview.not_now_body")
            self.body.addWidget(notice(self.theme, "sand", title, body))
        self.body.addWidget(self._bring(found))

    def _fill_given(self, found: Following, standing: Scheduling, slot: Slot) -> None:
        words = self.words
        card = Card("good", gap=8)
        card.rows.addWidget(text(words("life.interview.given"), "label"))
        card.rows.addWidget(text(day_words(words, slot.starts_at), "heading", name="slot_day"))
        hour = clock_words(words, slot.starts_at)
        time = words("life.interview.time", time=hour, minutes=slot.minutes)
        card.rows.addWidget(text(time, "title"))
        card.rows.addWidget(text(slot.place))
        self.body.addWidget(card)
        slip = Card(gap=8)
        slip.rows.addWidget(text(words("life.interview.slip"), "title"))
        slip.rows.addWidget(text(words("life.interview.slip_body"), "hint"))
        slip.rows.addSpacing(8)
        slip.rows.addLayout(
            SlipButtons(self, found.application_id, f"{found.reference}-wawancara", "interview")
        )
        self.body.addWidget(slip)
        if not standing.is_asking:
            self.body.addWidget(self._moving(standing, slot))

    def _moving(self, standing: Scheduling, slot: Slot) -> Card:
        words = self.words
        card = Card("sand", pad=16, gap=12)
        if standing.may_wish:
            card.rows.addWidget(text(words("life.interview.may_move")))
            move = self.make_button(
                words("life.interview.move"), self._choose, icon="event", name="move"
            )
            card.rows.addWidget(flow_of([move]))
        else:
            is_late = not may_still_move(slot.starts_at, self.window_.desk.clock.now())
            key = "moved" if standing.is_moved else "too_close" if is_late else "may_move"
            card.rows.addWidget(text(words(f"life.interview.{key}")))
        return card

    def _bring(self, found: Following) -> Card:
        card = Card(gap=8)
        card.rows.addWidget(text(self.words("life.interview.bring"), "title"))
        for labels in found.bring:
            card.rows.addWidget(text(f"•  {paper_words(self.words, labels)}"))
        return card

    def _choose(self) -> None:
        self.window_.go(partial(WishScreen, followed=self.followed, wishing=self._wishing))


def _was_given(found: Following) -> bool:
    return any(entry.what == "slot" for entry in found.timeline)
