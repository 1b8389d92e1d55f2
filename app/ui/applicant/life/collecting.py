"""How the passport is fetched: by oneself, by somebody else, by post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from app.domain.requests import CollectingChosen
from app.ui.applicant.life.life_screen import Followed, LifeScreen
from app.ui.screen import Kept
from app.ui.widgets.answer_box import AnswerBox, LineBox, NoteBox
from app.ui.widgets.cards import notice
from app.ui.widgets.choice_box import RadioBox

if TYPE_CHECKING:
    from app.services.following import Following
    from app.ui.window import Window

_WAYS: tuple[Literal["self", "proxy", "post"], ...] = ("self", "proxy", "post")


class CollectScreen(LifeScreen):
    """One choice; what else is asked depends on it."""

    def __init__(self, window: Window, followed: Followed) -> None:
        super().__init__(window, "collect", followed)
        self._way = ""
        self._boxes: dict[str, AnswerBox] = {}

    def fill(self, found: Following) -> None:
        words = self.words
        self.set_heading(
            words("life.collect.heading"), words("life.collect.hint"), above=found.reference
        )
        last = found.last_asked("collecting")
        if last and isinstance(last.body, CollectingChosen):
            way = words(f"life.collect.{last.body.how}")
            says = words("life.collect.now", way=way)
            if last.code:
                self.body.addWidget(self.refusal("life.interview.refused", last.code))
            elif last.taken_at:
                self.body.addWidget(notice(self.theme, "good", says, words("life.asked_done")))
            else:
                body = words("life.asked_waits_body")
                self.body.addWidget(notice(self.theme, "sea", says, body, icon="hourglass_top"))
                self.set_primary(words("applicant.done.finish"), self.window_.lock)
                return
        choices = [
            (way, words(f"life.collect.{way}"), words(f"life.collect.{way}_help")) for way in _WAYS
        ]
        self._how = RadioBox(self.theme, words, "how", words("life.collect.heading"), choices)
        self._how.hide_label()
        self._how.set_value(self._way)
        self._how.changed.connect(self._chosen)
        self.add_box(self._how)
        self._boxes = {name: box for name, box in self._asked_for(self._way)}
        for box in self._boxes.values():
            self.add_box(box)
        self.set_primary(words("life.collect.send"), self._send, icon="send")

    def restore(self, kept: Kept) -> None:
        """Ask first what the way asks, so that what was typed finds its boxes."""
        self._way = next((way for way in _WAYS if kept.get(f"how:{way}")), self._way)
        super().restore(kept)

    def _chosen(self) -> None:
        if self._how.value() != self._way:
            self._way = self._how.value()
            self.refill()

    def _asked_for(self, way: str) -> list[tuple[str, AnswerBox]]:
        words, theme = self.words, self.theme
        if way == "proxy":
            choices = [(one, words(f"life.collect.{one}")) for one in ("family", "other")]
            return [
                ("name", LineBox(theme, words, "name", words("life.collect.proxy_name"))),
                (
                    "relation",
                    RadioBox(theme, words, "relation", words("life.collect.relation"), choices),
                ),
            ]
        if way == "post":
            phone = LineBox(
                theme,
                words,
                "phone",
                words("life.collect.phone"),
                keypad="digits",
                most=20,
                column=320,
            )
            return [
                ("name", LineBox(theme, words, "name", words("life.collect.post_name"))),
                ("address", NoteBox(theme, words, "address", words("life.collect.address"))),
                ("phone", phone),
            ]
        return []

    def _send(self) -> None:
        missing = [box for box in (self._how, *self._boxes.values()) if not box.value()]
        says = self.words("problems.answer_missing")
        for box in self._boxes.values():
            box.show_problems([says] if box in missing else [])
        self.show_summary([(f"{box.label}: {says}", box.focus_target()) for box in missing])
        if missing:
            return
        given = {name: box.value() for name, box in self._boxes.items()}
        relation: Literal["", "family", "other"] = ""
        if "relation" in given:
            relation = "family" if given["relation"] == "family" else "other"
        way = next(one for one in _WAYS if one == self._how.value())
        self.ask_office(
            CollectingChosen(
                way,
                given.get("name", "")[:120],
                relation,
                given.get("address", "")[:400],
                given.get("phone", ""),
            )
        )
