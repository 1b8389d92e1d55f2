"""Choosing up to three free slots in order of wish: a day, then an hour; no network needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.requests import PriorityGroup, SlotsWished
from app.domain.slots import FreeSlot
from app.domain.words import WIB
from app.services.life_slips import clock_words, day_words
from app.ui.applicant.life.life_screen import Followed, LifeScreen
from app.ui.screen import Kept
from app.ui.widgets.buttons import CheckCard
from app.ui.widgets.cards import Card, notice
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import text
from app.ui.widgets.pills import PillButton

if TYPE_CHECKING:
    from app.services.following import Following
    from app.ui.window import Window

MOST_WISHES = 3
_GROUPS: tuple[PriorityGroup, ...] = get_args(PriorityGroup)


@dataclass
class Wishing:
    """What was chosen so far; outlives a change of language.

    Attributes:
        wishes: ids of slots, the most wanted first.
        day: whose hours are shown.
    """

    wishes: list[str] = field(default_factory=list)
    day: date | None = None


class WishScreen(LifeScreen):
    """Days as buttons, the hours of one day, and the wishes above them."""

    def __init__(self, window: Window, followed: Followed, wishing: Wishing) -> None:
        super().__init__(window, "wishing", followed)
        self._wishing = wishing

    def fill(self, found: Following) -> None:
        words, standing = self.words, found.scheduling
        self.set_heading(
            words("life.interview.choose_heading"),
            words("life.interview.choose_hint"),
            above=found.reference,
        )
        if not standing.free or standing.looked_at is None:
            body = words("life.interview.none_body")
            self.body.addWidget(notice(self.theme, "sand", words("life.interview.none"), body))
            self.set_primary(words("ui.back"), self.window_.back)
            return
        by_day = _by_day(standing.free)
        known = {one.slot.id for one in standing.free}
        wishing = self._wishing
        wishing.wishes = [one for one in wishing.wishes if one in known]
        if wishing.day not in by_day:
            wishing.day = next(iter(by_day))
        self.body.addWidget(self._chosen(standing.free))
        self._days(by_day)
        self._hours(by_day[wishing.day])
        moment = words.moment(standing.looked_at)
        self.body.addWidget(text(words("life.interview.looked_at", moment=moment), "caption"))
        groups = [
            CheckCard(self.theme, words(f"life.interview.group.{group}"), name=f"group_{group}")
            for group in _GROUPS
        ]
        self._together(text(words("life.interview.groups"), "label"), *groups)
        self.set_primary(words("life.interview.send"), self._send, icon="send")

    def _chosen(self, free: tuple[FreeSlot, ...]) -> Card:
        words = self.words
        by_id = {one.slot.id: one.slot for one in free}
        card = Card("sea", pad=16, gap=8)
        card.rows.addWidget(text(words("life.interview.chosen"), "label"))
        if not self._wishing.wishes:
            card.rows.addWidget(text(words("life.interview.chosen_none"), "hint"))
        for number, wish in enumerate(self._wishing.wishes, start=1):
            slot = by_id[wish]
            moment = f"{day_words(words, slot.starts_at)} {clock_words(words, slot.starts_at)}"
            line = QHBoxLayout()
            says = words("life.interview.wish", number=number, moment=moment, place=slot.place)
            line.addWidget(text(says, name=f"wish_{number}"), 1)
            spoken = words("life.interview.remove_spoken", number=number)
            remove = self.make_button(
                words("life.interview.remove"),
                partial(self._remove, wish),
                "plain",
                icon="close",
                spoken=spoken,
                name=f"remove_{number}",
            )
            line.addWidget(remove, 0, Qt.AlignmentFlag.AlignVCenter)
            card.rows.addLayout(line)
        return card

    def _days(self, by_day: dict[date, list[FreeSlot]]) -> None:
        words = self.words
        pills: list[QWidget] = []
        for day in by_day:
            month = words(f"calendar.month_{day.month}")[:3]
            says = f"{words(f'life.weekday_{day.weekday()}')} {day.day} {month}"
            act = partial(self._show_day, day)
            pill = PillButton(self.theme, says, act, name=f"day_{day.isoformat()}")
            pill.setChecked(day == self._wishing.day)
            pills.append(pill)
        self._together(text(words("life.interview.day"), "label"), flow_of(pills, 12))

    def _hours(self, free: list[FreeSlot]) -> None:
        words = self.words
        day = day_words(words, free[0].slot.starts_at)
        parts: list[QWidget] = [text(words("life.interview.hour", day=day), "label")]
        for place in dict.fromkeys(one.slot.place for one in free):
            pills: list[QWidget] = [self._hour(one) for one in free if one.slot.place == place]
            parts += [text(place, "hint"), flow_of(pills, 12)]
        if self._is_full:
            parts.append(text(words("life.interview.full"), "hint"))
        self._together(*parts)

    def _hour(self, one: FreeSlot) -> PillButton:
        words, slot = self.words, one.slot
        says = clock_words(words, slot.starts_at)
        act = partial(self._touch, slot.id)
        pill = PillButton(self.theme, says, act, name=f"slot_{slot.id}")
        pill.setAutoExclusive(False)
        pill.setChecked(slot.id in self._wishing.wishes)
        pill.setAccessibleDescription(words("life.interview.places", count=one.free))
        pill.setEnabled(pill.isChecked() or not self._is_full)
        return pill

    def _together(self, *parts: QWidget) -> None:
        """Put a label and what belongs to it close to each other."""
        rows = QVBoxLayout()
        rows.setSpacing(8)
        for part in parts:
            rows.addWidget(part)
        self.body.addLayout(rows)

    @property
    def _is_full(self) -> bool:
        return len(self._wishing.wishes) >= MOST_WISHES

    def kept(self) -> Kept:
        """Leave out what the wishes say better than the buttons."""
        return {
            name: value
            for name, value in super().kept().items()
            if not name.startswith(("slot_", "day_"))
        }

    # --- choosing ---------------------------------------------------------------------------------

    def _show_day(self, day: date) -> None:
        self._wishing.day = day
        self.refill()
        QTimer.singleShot(0, self, self._reveal_hours)

    def _reveal_hours(self) -> None:
        """Scroll to the hours of the day that was touched: with many days they lie further down."""
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        pills = self.findChildren(PillButton)
        hours = [one for one in pills if one.objectName().startswith("slot_")]
        for one in (*hours[-1:], *hours[:1]):
            self.view.ensureWidgetVisible(one)

    def _touch(self, slot_id: str) -> None:
        wishes = self._wishing.wishes
        if slot_id in wishes:
            wishes.remove(slot_id)
        elif not self._is_full:
            wishes.append(slot_id)
        self.refill()

    def _remove(self, slot_id: str) -> None:
        self._wishing.wishes.remove(slot_id)
        self.refill()

    def _send(self) -> None:
        if not self._wishing.wishes:
            pills = [one for one in self.findChildren(PillButton) if one.isEnabled()]
            self.show_summary([(self.words("life.interview.choose_first"), pills[0])])
            return
        groups = tuple(
            group
            for group in _GROUPS
            for card in self.findChildren(CheckCard, f"group_{group}")
            if card.isChecked()
        )
        self.ask_office(SlotsWished(tuple(self._wishing.wishes), groups), self._sent)

    def _sent(self) -> None:
        self._wishing.wishes.clear()
        self.window_.back()


def _by_day(free: tuple[FreeSlot, ...]) -> dict[date, list[FreeSlot]]:
    found: dict[date, list[FreeSlot]] = {}
    for one in sorted(free, key=lambda each: (each.slot.starts_at, each.slot.id)):
        found.setdefault(one.slot.starts_at.astimezone(WIB).date(), []).append(one)
    return found
