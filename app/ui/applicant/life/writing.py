"""Messages between the applicant and the office, both ways; kept here until the road is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.requests import Written
from app.services.following import mark_messages_seen
from app.ui.applicant.life.life_screen import Followed, LifeScreen
from app.ui.widgets.answer_box import NoteBox
from app.ui.widgets.cards import Card
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.following import Following, Message
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

_MOST_LETTERS = 2000


class MessagesScreen(LifeScreen):
    """What was written, oldest first, and a box for more."""

    def __init__(self, window: Window, followed: Followed) -> None:
        super().__init__(window, "messages", followed)

    def fill(self, found: Following) -> None:
        words = self.words
        self.set_heading(
            words("life.messages.heading"), words("life.messages.hint"), above=found.reference
        )
        if not found.messages:
            self.body.addWidget(text(words("life.messages.none"), "hint"))
        for message in found.messages:
            self.body.addWidget(self._bubble(message))
        self._note = NoteBox(self.theme, words, "message", words("life.messages.write"))
        self.add_box(self._note)
        self.set_primary(words("life.messages.send"), self._send, icon="send")
        if found.unread:
            application_id = found.application_id

            def seen(kiosk: Kiosk) -> None:
                mark_messages_seen(kiosk, application_id)

            self.ask(seen, lambda _none: None)

    def _bubble(self, message: Message) -> Card:
        words = self.words
        card = Card("sea" if message.is_from_office else "card", pad=16, gap=4)
        who = "office" if message.is_from_office else "mine"
        moment = words.moment(message.at)
        card.rows.addWidget(text(words(f"life.messages.{who}", moment=moment), "caption"))
        card.rows.addWidget(text(message.text))
        if not message.is_from_office:
            key = "there" if message.is_there else "waits"
            card.rows.addWidget(text(words(f"life.messages.{key}"), "caption"))
        return card

    def _send(self) -> None:
        said, words = self._note.value(), self.words
        problem = "" if said else words("errors.message_empty.detail")
        if len(said) > _MOST_LETTERS:
            problem = words("errors.message_too_long.detail", most=_MOST_LETTERS)
        self._note.show_problems([problem] if problem else [])
        self.show_summary([(problem, self._note.focus_target())] if problem else [])
        if not problem:
            self.ask_office(Written(said), self._sent)

    def _sent(self) -> None:
        self._note.set_value("")
        self.say(self.words("life.messages.kept"))
        self.look()
